/** Where a session's bytes are between their download and their place at a destination. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, disk } from '../disk.js';
import { describedDisk } from '../disk-failure.js';
import { identityText, ownIdentity, parseIdentity, stateOf } from '../process-identity.js';
import { type Fetched, letGo } from './fetch.js';
import { type KeptSession, openKeptSession } from './kept.js';
import { findLeftovers, type LeftoverOptions, type Leftovers } from './leftovers.js';
import { createMemoryBudget, openSpoolWriter, type SpoolWriter } from './spool.js';

export interface Holding {
  /** A place for a body that goes to the buffer. */
  openForBuffer(): SpoolWriter;
  /** A place for a body on its way through a pipe. */
  openForPipe(): SpoolWriter;
  /** Whether more than what is under way may wait in the pipe's memory. */
  hasPipeRoom(): boolean;
  /** Writes an item down so that it outlives a crash. */
  keep(fetched: Fetched): Promise<Fetched>;
  /** The item is saved or dropped: its memory and its files go. */
  release(fetched: Fetched): Promise<void>;
  /** What sessions that ended have left; `undefined` for nothing. */
  leftovers(): Promise<Leftovers | undefined>;
  close(): Promise<void>;
}

export interface HoldingOptions {
  /** The configuration folder. */
  readonly folder: string;
  /** Bytes that the buffer may hold in memory. */
  readonly memory: number;
  now(): number;
  /** Default: the real one. */
  readonly disk?: Disk;
}

/** What a pipe has in memory at once at most; more waits on the disk. */
const PIPE_MEMORY = 33_554_432;

export function openHolding(options: HoldingOptions): Holding {
  const buffer = createMemoryBudget(options.memory);
  const pipe = createMemoryBudget(Math.min(PIPE_MEMORY, options.memory));
  const root = join(options.folder, 'unsaved');
  let opened: Promise<KeptSession> | undefined;
  const own = describedDisk(options.disk ?? disk, root);
  const describe = async (): Promise<LeftoverOptions> => ({
    root,
    disk: own,
    session: identityText(await ownIdentity()),
    isAlive,
    now: options.now,
  });
  const session = () => {
    opened ??= describe().then(openKeptSession);
    return opened;
  };
  const folder = async () => (await session()).folder();
  return {
    openForBuffer: () => openSpoolWriter({ budget: buffer, disk: own, folder }),
    openForPipe: () => openSpoolWriter({ budget: pipe, disk: own, folder }),
    hasPipeRoom: () => pipe.used < pipe.limit / 2,
    keep: async (fetched) => (await session()).keep(fetched),
    async release(fetched) {
      if (opened !== undefined) return (await opened).release(fetched);
      await letGo(fetched);
    },
    async leftovers() {
      if (!existsSync(root)) return undefined;
      const found = await findLeftovers(await describe());
      return found.items === 0 ? undefined : found;
    },
    close: async () => (await opened)?.close(),
  };
}

/** A folder with another name than a session's is nobody's; one of another machine may be in use there. */
async function isAlive(session: string): Promise<boolean> {
  const identity = parseIdentity(session);
  return identity !== undefined && (await stateOf(identity)) !== 'ended';
}
