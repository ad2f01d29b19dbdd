/** Finding an item's file again: in what was listed, in the item's own record, or by asking for its job. */

import {
  AlbarettoError,
  interrupted,
  type Located,
  type LocateOptions,
  type Location,
  type RawRecord,
  SharedRequests,
} from '../../src/plugin.js';
import type { Connection } from './connection.js';
import { type OutputFile, type OutputFiles, placeOf, placeOfId } from './files.js';
import type { Job } from './jobs.js';
import { gone } from './pages.js';
import type { FilePlace } from './reference.js';
import type { Server } from './server.js';
import { fields } from './values.js';
import { cloudLocation, viewLocation } from './view.js';

export interface LocatorOptions {
  readonly connection: Connection;
  readonly server: Server;
  find(job: Job): OutputFiles;
  now(): number;
}

export interface Locator {
  /** Remembers where the files of a job are. */
  keep(taskId: string, files: readonly OutputFile[]): void;
  locate(item: Located, options: LocateOptions): Promise<Location>;
}

/** So many files are at hand at once without growing for ever. */
const MOST = 5000;

export function createLocator({ connection, server, find, now }: LocatorOptions): Locator {
  const places = new Map<string, FilePlace>();
  const links = new Map<string, Location>();
  const requests = new SharedRequests<void>();
  const keyOf = ({ taskId, id }: Pick<Located, 'id' | 'taskId'>) => `${taskId}\n${id}`;

  const keep: Locator['keep'] = (taskId, files) => {
    for (const { id, type, subfolder, filename } of files)
      remember(places, keyOf({ taskId, id }), { type, subfolder, filename });
  };

  /** Files of one job are downloaded side by side: it is asked for once. */
  const askAgain = (taskId: string, signal: AbortSignal | undefined): Promise<void> =>
    requests.ask(taskId, signal, async (own) => keep(taskId, find(await server.job(taskId, own)).files));

  /** A server that was restarted has forgotten its jobs and still has their files: then the item's own record says where. */
  const placeFor = async (item: Located, { signal, renew }: LocateOptions): Promise<FilePlace> => {
    const key = keyOf(item);
    const recorded = places.get(key) ?? placeIn(item.raw) ?? placeOfId(item.id);
    if (recorded !== undefined && (!renew || connection.isCloud || placeOfId(item.taskId) !== undefined))
      return recorded;
    places.delete(key);
    try {
      await askAgain(item.taskId, signal);
    } catch (thrown) {
      if (recorded === undefined || !(thrown instanceof AlbarettoError) || thrown.code !== 'E_NOT_FOUND') throw thrown;
      return recorded;
    }
    const place = places.get(key);
    if (place === undefined) throw gone(item.id);
    return place;
  };

  return {
    keep,
    async locate(item, options) {
      if (options.signal?.aborted) throw interrupted(options.signal.reason);
      const place = await placeFor(item, options);
      if (!connection.isCloud) return viewLocation(connection, place);
      const known = options.renew ? undefined : links.get(keyOf(item));
      if (known?.kind === 'request' && known.expiresAt !== undefined && known.expiresAt > now()) return known;
      const location = await cloudLocation(connection, place, options.signal);
      if (location.kind === 'request') remember(links, keyOf(item), location);
      return location;
    },
  };
}

function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.delete(key);
  known.set(key, value);
  const oldest = known.size > MOST ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
}

/** What `items.ts` writes down of a file. */
function placeIn(raw: RawRecord | undefined): FilePlace | undefined {
  try {
    return placeOf(fields(JSON.parse(raw?.json ?? 'null'))?.output);
  } catch {
    return undefined;
  }
}
