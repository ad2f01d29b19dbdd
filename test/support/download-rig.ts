/** One download at a time, from a server on loopback by a source that leads there. */

import { trustedPlace } from '../../src/http/address.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient } from '../../src/http/client.js';
import type { LocateOptions, Location, Source } from '../../src/plugin.js';
import { type Downloaded, type DownloadOptions, download, type Wanted } from '../../src/transfer/download.js';
import { type MediaServer, startMediaServer } from './media-server.js';
import { VirtualClock } from './virtual-clock.js';

export const ITEM: Wanted = { id: 'generation-1', taskId: 'task-1' };

export interface DownloadRig {
  readonly server: MediaServer;
  readonly clock: VirtualClock;
  /** What the source was asked, in order. */
  readonly asked: LocateOptions[];
  /** A source whose links lead to the server, each another one, with what else it says of them. */
  source(facts?: Partial<Extract<Location, { kind: 'request' }>>): Source;
  /** A source that answers this whenever it is asked. */
  locating(locate: () => Location): Source;
  /** From {@link source}, where nothing else is said. */
  fetch(from?: Source, item?: Wanted, more?: Partial<DownloadOptions>): Promise<Downloaded>;
  close(): Promise<void>;
}

/** @param plugin Whose downloads they are. */
export async function openDownloadRig(plugin = 'dalle2'): Promise<DownloadRig> {
  const server = await startMediaServer();
  const client = createHttpClient({ agents: createAgents({ environmentProxy: () => '' }), userAgent: 'test' });
  const clock = new VirtualClock();
  const asked: LocateOptions[] = [];
  const locating: DownloadRig['locating'] = (locate) => ({
    // biome-ignore lint/correctness/useYield: nothing is listed here
    async *open() {
      throw new Error('nothing is listed here');
    },
    async locate(_item, options) {
      asked.push(options);
      return locate();
    },
  });
  const source: DownloadRig['source'] = (facts = {}) =>
    locating(() => ({ kind: 'request', url: `${server.origin}/picture?sig=${asked.length}`, ...facts }));
  return {
    server,
    clock,
    asked,
    source,
    locating,
    fetch: (from = source(), item = ITEM, more = {}) =>
      download(item, from, {
        client,
        plugin,
        trusted: [trustedPlace(server.origin)],
        maxBytes: 1_000_000,
        retry: { sleep: clock.sleep, random: () => 1 },
        now: clock.now,
        ...more,
      }),
    async close() {
      client.close();
      await server.close();
    },
  };
}
