/** Claims on jobs, so that of two processes that would do the same one waits or leaves. */

import { sleep } from '../../clock.js';
import { ownIdentity } from '../../process-identity.js';
import type { CatalogDatabase } from './database.js';
import { identityColumns, identityIn, isLive, type ProcessColumns } from './live-process.js';

export interface JobHolder {
  readonly pid: number;
  readonly since: Date;
  /** False for a process of another machine or container. */
  readonly here: boolean;
}

export type Claim =
  /** `release` may be called more than once; the end of the process releases too. */
  { readonly kind: 'claimed'; release(): Promise<void> } | { readonly kind: 'held'; readonly holder: JobHolder };

export interface ClaimOptions {
  /** Waits until the job is free instead of answering who has it. */
  readonly wait?: boolean | undefined;
  /** Ends the waiting with E_INTERRUPTED. */
  readonly signal?: AbortSignal | undefined;
  /** Told once, before the waiting begins. */
  onHeld?(holder: JobHolder): void;
}

export interface Jobs {
  /**
   * Of all who claim a job one has it, until it releases it or its process ends. A second claim of this process is refused
   * too. A process of another machine is believed for 15 minutes after its last sign; `advanceRun` of a run of the job is
   * one.
   */
  claimJob(job: string, options?: ClaimOptions): Promise<Claim>;
}

/** Milliseconds between two looks at a job that another one has. */
const PAUSE = 300;

interface ClaimRow extends ProcessColumns {
  readonly id: number;
  readonly since: number;
  readonly seen_at: number;
}

export function jobs(database: CatalogDatabase, now: () => number): Jobs {
  const holderOf = async (job: string): Promise<ClaimRow | undefined> =>
    (await database.read((sql) => sql.all<ClaimRow>('SELECT * FROM claims WHERE job = ?', job)))[0];

  /** `undefined` when somebody else was faster. */
  const take = async (job: string, dead: ClaimRow | undefined): Promise<Claim | undefined> => {
    const own = identityColumns(await ownIdentity());
    const id = await database.write((sql) => {
      if (dead !== undefined) sql.run('DELETE FROM claims WHERE id = ?', dead.id);
      const inserted = sql.run(
        `INSERT INTO claims (job, since, seen_at, host, pid, process_start) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (job) DO NOTHING`,
        ...[job, now(), now(), ...own],
      );
      return inserted.changes === 0 ? undefined : inserted.id;
    });
    if (id === undefined) return undefined;
    const release = async () => {
      await database.write((sql) => sql.run('DELETE FROM claims WHERE id = ?', id));
    };
    return { kind: 'claimed', release };
  };

  const tryOnce = async (job: string): Promise<Claim> => {
    for (;;) {
      const row = await holderOf(job);
      if (row !== undefined && (await isLive(row, row.seen_at, now()))) {
        const here = identityIn(row).host === (await ownIdentity()).host;
        return { kind: 'held', holder: { pid: row.pid as number, since: new Date(row.since), here } };
      }
      const claim = await take(job, row);
      if (claim !== undefined) return claim;
    }
  };

  return {
    claimJob: async (job, options = {}) => {
      for (let told = false; ; told = true) {
        const claim = await tryOnce(job);
        if (claim.kind === 'claimed' || options.wait !== true) return claim;
        if (!told) options.onHeld?.(claim.holder);
        await sleep(PAUSE * (1 + Math.random()), options.signal);
      }
    },
  };
}
