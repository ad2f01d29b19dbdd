/** Items on their way into the folder of what is not saved yet, for tests of that folder. */

import { createHash } from 'node:crypto';
import { type Disk, disk } from '../../src/disk.js';
import type { AlbarettoError } from '../../src/errors.js';
import type { Bytes } from '../../src/plugin.js';
import { digestsOf } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { type KeptSession, openKeptSession } from '../../src/transfer/kept.js';
import { findLeftovers, type LeftoverOptions } from '../../src/transfer/leftovers.js';
import { createMemoryBudget, type MemoryBudget, openSpoolWriter, type SpoolWriter } from '../../src/transfer/spool.js';
import { fetchedItem } from '../support/fetched.js';
import { noiseBytes } from '../support/pictures/noise.js';

export interface Wishes {
  readonly id: string;
  /** Whether its bytes went to the disk on their way in. */
  readonly spilled?: boolean;
  readonly companions?: readonly string[];
}

/** The bytes of an item or companion with this id. */
export function contentOf(id: string): Buffer {
  return noiseBytes(createHash('sha256').update(id).digest().readUInt32BE(0), 3_000);
}

/** An item whose bytes came through a spool of the session. */
export function arrived(
  session: KeptSession,
  wishes: Wishes,
  port: Disk = disk,
  budget: MemoryBudget = createMemoryBudget(wishes.spilled === true ? 1_000 : 1_000_000),
): Promise<Fetched> {
  return arrivedIn(() => openSpoolWriter({ budget, disk: port, folder: () => session.folder() }), wishes);
}

/** The same through any spool. */
export async function arrivedIn(open: () => SpoolWriter, wishes: Wishes): Promise<Fetched> {
  const fetched = fetchedItem({ id: wishes.id, companions: wishes.companions ?? [] });
  const bytes = await receive(wishes.id, open());
  const companions: Fetched['companions'][number][] = [];
  for (const part of fetched.companions) {
    companions.push({ ...part, bytes: await receive(part.companion.id, open()) });
  }
  return { ...fetched, bytes, width: 30, height: 20, companions };
}

async function receive(id: string, writer: SpoolWriter): Promise<Bytes> {
  const content = contentOf(id);
  try {
    await writer.write(content.subarray(0, 700));
    await writer.write(content.subarray(700));
    return await writer.finish(digestsOf(content));
  } catch (thrown) {
    await writer.discard();
    throw thrown;
  }
}

/** Whether an item is whole: all its bytes are those of their ids. */
export async function isWhole(fetched: Fetched): Promise<boolean> {
  const parts: [string, Bytes][] = fetched.companions.map(({ companion, bytes }) => [companion.id, bytes]);
  for (const [id, bytes] of [[fetched.item.id, fetched.bytes] as [string, Bytes], ...parts]) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes.open()) chunks.push(chunk);
    if (!Buffer.concat(chunks).equals(contentOf(id))) return false;
  }
  return true;
}

/** Sessions in one folder; those of `living` still run. */
export function sessionsIn(root: string, living: readonly string[] = [], now: () => number = Date.now) {
  const options = (session: string, port: Disk = disk): LeftoverOptions => ({
    root,
    disk: port,
    session,
    isAlive: async (name) => living.includes(name),
    now,
  });
  return {
    open: (session: string, port?: Disk) => openKeptSession(options(session, port)),
    find: (session: string, port?: Disk) => findLeftovers(options(session, port)),
    /** Takes everything that dead sessions left into a new session. */
    async takeAll(session: string, port?: Disk) {
      const kept = openKeptSession(options(session, port));
      const taken: Fetched[] = [];
      const told: AlbarettoError[] = [];
      const found = await findLeftovers(options(session, port));
      await found.take(
        async (fetched) => void taken.push(await kept.keep(fetched)),
        (error) => told.push(error),
      );
      return { kept, taken, told, ids: taken.map(({ item }) => item.id).sort() };
    },
  };
}
