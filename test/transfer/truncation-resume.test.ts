import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { trustedPlace } from '../../src/http/address.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import type { Source } from '../../src/plugin.js';
import { type Downloaded, download } from '../../src/transfer/download.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { says } from './behaviours/behaviour.js';
import { type Arrival, type ScriptedServer, startScriptedServer } from './behaviours/scripted-server.js';
import { SAMPLES } from './formats/samples.js';

const PLACES = 16;

/** What the server has, where it cuts, and how it says lengths; one test at a time sets them. */
interface Shelf {
  body: Buffer;
  /** After so many bytes of the whole file the first answers end, one place an answer. */
  cuts: number[];
  chunked: boolean;
  /** Bytes of the file that were sent in all. */
  sent: number;
}

const shelf: Shelf = { body: Buffer.alloc(0), cuts: [], chunked: false, sent: 0 };
let server: ScriptedServer;
let client: HttpClient;
let arrivals: Arrival[] = [];

beforeAll(async () => {
  server = await startScriptedServer({ script: [serve] });
  client = createHttpClient({ agents: createAgents({ environmentProxy: () => '' }), userAgent: 'albaretto-test' });
});
afterAll(async () => {
  client.close();
  await server.close();
});

/** Minds `Range` with the right `If-Range`, and cuts as the shelf says. */
async function serve(arrival: Arrival): Promise<void> {
  arrivals.push(arrival);
  const { body, chunked } = shelf;
  const { range, 'if-range': condition } = arrival.headers;
  const from = condition === '"one"' ? Number(/^bytes=(\d+)-$/u.exec(range ?? '')?.[1] ?? 0) : 0;
  const cut = shelf.cuts.shift();
  const part = body.subarray(from, cut);
  shelf.sent += part.length;
  const lines = [
    from > 0 ? 'HTTP/1.1 206 Partial Content' : 'HTTP/1.1 200 OK',
    'ETag: "one"',
    chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length - from}`,
    ...(from > 0 ? [`Content-Range: bytes ${from}-${body.length - 1}/${body.length}`] : []),
  ];
  const coded = chunked && part.length > 0 ? [`${part.length.toString(16)}\r\n`, part, '\r\n'] : [part];
  const last = chunked && cut === undefined ? ['0\r\n\r\n'] : [];
  await says([`${lines.join('\r\n')}\r\n\r\n`, ...coded, ...last], cut === undefined ? 'keep' : 'close')(arrival);
}

async function fetchIt(body: Buffer, cuts: readonly number[], chunked = false): Promise<Downloaded> {
  Object.assign(shelf, { body, cuts: [...cuts], chunked, sent: 0 });
  arrivals = [];
  const clock = new VirtualClock();
  const source: Source = {
    open: () => {
      throw new Error('nothing is listed here');
    },
    locate: async () => ({ kind: 'request', url: `${server.origin}/picture` }),
  };
  return download({ id: 'picture-1', taskId: 'task-1' }, source, {
    client,
    plugin: 'test',
    trusted: [trustedPlace(server.origin)],
    maxBytes: 10_000_000,
    retry: { sleep: clock.sleep, random: () => 0 },
    now: clock.now,
  });
}

/** Places all over a body: its first byte, its last one, and between them. */
function places(length: number): number[] {
  return Array.from({ length: PLACES }, (_, index) => 1 + Math.round((index * (length - 2)) / (PLACES - 1)));
}

const ranges = () => arrivals.map(({ headers }) => headers.range);

/** Formats whose own structure does not tell where they end say it by their length alone. */
describe.each(Object.entries(SAMPLES))('a body of the kind %s', (_kind, { bytes: body, facts }) => {
  test.each([
    ['with its length', false],
    ['in chunks', true],
  ])('%s that is cut anywhere goes on there, and nothing is sent twice', async (_coding, chunked) => {
    for (const place of places(body.length)) {
      const { bytes, mediaType } = await fetchIt(body, [place], chunked);
      expect([place, Buffer.from(bytes.inMemory!).equals(body)]).toEqual([place, true]);
      expect(mediaType).toBe(facts.mediaType);
      expect([place, ranges()]).toEqual([place, [undefined, `bytes=${place}-`]]);
      expect([place, shelf.sent]).toEqual([place, body.length]);
    }
  });
});

test('a body that is cut four times goes on each time, and nothing is sent twice', async () => {
  const { bytes: body } = SAMPLES['large png']!;
  const cuts = [1, 1000, 1001, body.length - 1];
  const { bytes } = await fetchIt(body, cuts);
  expect(Buffer.from(bytes.inMemory!).equals(body)).toBe(true);
  expect(ranges()).toEqual([undefined, ...cuts.map((cut) => `bytes=${cut}-`)]);
  expect(shelf.sent).toBe(body.length);
});

test('a body that is cut before its first byte is asked for from its beginning', async () => {
  const { bytes: body } = SAMPLES.png!;
  const { bytes } = await fetchIt(body, [0, 0]);
  expect(Buffer.from(bytes.inMemory!).equals(body)).toBe(true);
  expect(ranges()).toEqual([undefined, undefined, undefined]);
});

test('a body that never brings anything new is given up after all tries', async () => {
  const { bytes: body } = SAMPLES.png!;
  await expect(
    fetchIt(
      body,
      Array.from({ length: 9 }, () => 100),
    ),
  ).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  expect(ranges()).toEqual([undefined, ...Array.from({ length: 4 }, () => 'bytes=100-')]);
});
