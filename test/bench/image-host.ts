/**
 * The server of the transfer benchmarks, a process of its own so that its work counts as nobody else's: an image host and
 * a small DALL·E Labs API, plainly on a port of 127.0.0.1 and, through a loopback proxy, over TLS under the service's real
 * names. It does as little as it can for a request, because it must be faster than every client.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { API_HOST, BLOB_HOST } from '../fakes/dalle2/index.js';
import { startProxy } from '../fakes/proxy.js';
import { createGallery, digestOf, type GalleryItem, type GalleryOptions } from './gallery.js';
import { createHistory } from './labs-api.js';

/** Given as JSON in the first argument. */
export interface HostOptions {
  readonly gallery: GalleryOptions;
  /** Milliseconds to the first byte of every answer, lists included. */
  readonly delay: number;
}

/** Where the same service stands twice: `api` is what albaretto takes as its base URL, `folder` holds the pictures. */
export interface Address {
  readonly api: string;
  readonly folder: string;
}

/** Told to the parent once, when all is ready. */
export interface HostFacts {
  readonly proxy: string;
  readonly caFile: string;
  /** Reached through the proxy alone. */
  readonly secure: Address;
  readonly plain: Address;
}

/** The answer to any message of the parent: what was asked for since the last one. */
export interface RequestCounts {
  readonly lists: number;
  readonly pictures: number;
  readonly others: number;
  /** The most requests that waited for their first byte together; tells nothing where there is no delay. */
  readonly atOnce: number;
}

interface Picture {
  readonly item: GalleryItem;
  readonly headers: Readonly<Record<string, string>>;
}

const API = '/api/labs';
const FOLDER = '/private/user-Hc5pXz81QwLr0KtVn6YdJm3s';
const NO_REQUESTS: RequestCounts = { lists: 0, pictures: 0, others: 0, atOnce: 0 };
const LINK_LIFE = 3_600_000;
/** What is larger waits for the client to take it. */
const SENT_AT_ONCE = 1_048_576;

await serve(JSON.parse(process.argv[2] ?? '') as HostOptions);

async function serve(options: HostOptions): Promise<void> {
  const pictures = new Map(
    createGallery(options.gallery).map((item) => [`${FOLDER}/${item.name}`, { item, headers: headersOf(item) }]),
  );
  let counts = { ...NO_REQUESTS };
  let waiting = 0;
  const listenerAt = (origin: string): RequestListener => {
    const listener = createListener(pictures, origin);
    return (request, response) => {
      counts[kindOf(request, pictures)] += 1;
      waiting += 1;
      counts.atOnce = Math.max(counts.atOnce, waiting);
      const answer = () => {
        waiting -= 1;
        listener(request, response);
      };
      if (options.delay === 0) answer();
      else setTimeout(answer, options.delay);
    };
  };
  const plain = createServer().listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const origin = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  plain.on('request', listenerAt(origin));
  const secure = listenerAt(`https://${BLOB_HOST}`);
  const proxy = await startProxy({ hosts: { [API_HOST]: secure, [BLOB_HOST]: secure } });

  process.on('message', () => {
    process.send?.(counts);
    counts = { ...NO_REQUESTS };
  });
  // The parent has ended, be it by a kill.
  process.once('disconnect', () => void proxy.close().finally(() => process.exit()));
  process.send?.({
    proxy: proxy.url,
    caFile: proxy.caFile,
    secure: { api: `https://${API_HOST}${API}`, folder: `https://${BLOB_HOST}${FOLDER}` },
    plain: { api: `${origin}${API}`, folder: `${origin}${FOLDER}` },
  } satisfies HostFacts);
}

function headersOf(item: GalleryItem): Record<string, string> {
  const md5 = digestOf(item, 'md5');
  return {
    'Content-Type': item.mediaType,
    'Content-Length': String(item.size),
    'Content-MD5': md5.toString('base64'),
    ETag: `"0x8DA${md5.toString('hex', 0, 6).toUpperCase()}"`,
    'Last-Modified': 'Sun, 23 Jul 2023 12:00:00 GMT',
  };
}

function kindOf(request: IncomingMessage, pictures: ReadonlyMap<string, Picture>): 'lists' | 'pictures' | 'others' {
  const path = pathOf(request);
  if (pictures.has(path)) return 'pictures';
  return path === `${API}/tasks` ? 'lists' : 'others';
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** @param origin What the links of the history lead to. */
function createListener(pictures: ReadonlyMap<string, Picture>, origin: string): RequestListener {
  const items = [...pictures.values()].map(({ item }) => item);
  const end = new Date(Date.now() + LINK_LIFE).toISOString();
  const history = createHistory(items, ({ name }) => `${origin}${FOLDER}/${name}?se=${end}&sp=r&sig=bench`);
  const page = items.map(({ name }) => `<a href="${name}">${name}</a>\n`).join('');
  return (request, response) => {
    const path = pathOf(request);
    const picture = pictures.get(path);
    if (picture !== undefined) sendPicture(picture, request, response);
    else if (path === `${API}/tasks`)
      send(response, 'application/json', history(new URL(request.url!, origin).searchParams));
    else if (path === `${FOLDER}/`) send(response, 'text/html', page);
    else response.writeHead(404, { 'Content-Length': '0' }).end();
  };
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(text)) }).end(text);
}

function sendPicture({ item, headers }: Picture, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, headers);
  if (request.method === 'HEAD') return void response.end();
  if (item.size <= SENT_AT_ONCE) return void response.end(Buffer.concat([...item.parts()]));
  // A client that leaves in the middle is its own affair.
  pipeline(Readable.from(item.parts()), response).catch(() => undefined);
}
