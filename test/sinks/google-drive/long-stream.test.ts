import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import descriptor from '../../../sinks/google-drive/index.js';
import { CHUNK } from '../../../sinks/google-drive/resumable.js';
import type { Exchange, HttpClient, OpenAnswer } from '../../../src/http/client.js';
import { createServiceHttp } from '../../../src/http/service.js';
import type { Store } from '../../../src/plugin.js';
import { sinkContext } from '../../support/sink-context.js';
import { type BufferWatch, longStream, MEBIBYTE, watchBuffers } from '../long-stream.js';
import { picture } from './files.js';

const SIZE = 300 * MEBIBYTE;
/** One part of 8 MiB as the sink holds it and as the program's client sends it, and what Node itself needs. */
const MOST = 64 * MEBIBYTE;
const FOLDER = { id: '1folder', name: 'Pictures', mimeType: 'application/vnd.google-apps.folder' };
const SESSION = 'https://www.googleapis.com/upload/drive/v3/files?uploadType=resumable&upload_id=secret';

/** A Drive that counts and digests what it is sent, and keeps none of it. */
class ForgetfulDrive implements HttpClient {
  /** Bytes of each part. */
  readonly parts: number[] = [];
  readonly #hash = createHash('sha256');
  readonly #size: number;
  readonly #watch: BufferWatch;
  #kept = 0;

  constructor(size: number, watch: BufferWatch) {
    this.#size = size;
    this.#watch = watch;
  }

  async open({ method, url, body }: Exchange): Promise<OpenAnswer> {
    const { pathname, searchParams } = new URL(url);
    if (method === 'PUT') return this.#take(body as Uint8Array);
    if (pathname.endsWith('/generateIds')) return answer(200, { ids: ['1new'] });
    if (searchParams.get('uploadType') === 'resumable') return answer(200, {}, { location: SESSION });
    if (pathname === '/drive/v3/files') return answer(200, { files: [] });
    return answer(200, { ...FOLDER, capabilities: { canAddChildren: true } });
  }

  close(): void {}

  async #take(body: Uint8Array): Promise<OpenAnswer> {
    this.parts.push(body.length);
    this.#hash.update(body);
    this.#kept += body.length;
    if (this.parts.length % 4 === 0) await this.#watch.sample();
    if (this.#kept < this.#size) return answer(308, undefined, { range: `bytes=0-${this.#kept - 1}` });
    const sha256Checksum = this.#hash.digest('hex');
    return answer(200, {
      id: '1new',
      name: 'film.mp4',
      size: String(this.#kept),
      sha256Checksum,
      parents: ['1folder'],
    });
  }
}

function answer(status: number, json: object | undefined, headers: Readonly<Record<string, string>> = {}): OpenAnswer {
  const text = json === undefined ? '' : JSON.stringify(json);
  const body = (async function* () {
    yield Buffer.from(text);
  })();
  const type = { 'content-type': 'application/json; charset=UTF-8' };
  return {
    status,
    headers: { ...type, ...headers },
    url: 'https://www.googleapis.com/',
    body,
    discard: () => undefined,
  };
}

async function storeOver(client: HttpClient): Promise<Store> {
  const context = sinkContext({
    http: createServiceHttp({
      client,
      plugin: 'google-drive',
      baseUrl: 'https://albaretto.invalid',
      maxBytes: 33_554_432,
      retry: { sleep: async () => undefined },
      now: Date.now,
    }),
    options: { scope: 'drive' },
    secrets: {
      identity: { kind: 'oauth-client', id: 'client', secret: 'secret' },
      signIn: {
        refreshToken: 'refresh',
        accessToken: 'access',
        expiresAt: Date.now() + 3_600_000,
        scopes: ['https://www.googleapis.com/auth/drive'],
        folders: [],
      },
    },
  });
  return (await descriptor.load()).create(context).open('1folder-of-pictures', {});
}

describe('a file of 300 MiB that comes as a stream', () => {
  test('is sent part by part, with a few parts in memory at any time', async () => {
    const watch = await watchBuffers();
    const drive = new ForgetfulDrive(SIZE, watch);
    const store = await storeOver(drive);
    const bytes = longStream(SIZE);
    const sent: number[] = [];
    // As in the program: one signal for the whole run, which outlives every request.
    const options = { signal: new AbortController().signal, onProgress: (count: number) => sent.push(count) };
    const receipt = await store.put({ ...picture({ name: 'film.mp4' }), bytes }, options);
    expect(receipt).toMatchObject({ outcome: 'created', size: SIZE, digest: bytes.digests[0] });
    expect(drive.parts).toHaveLength(Math.ceil(SIZE / CHUNK));
    expect(Math.max(...drive.parts)).toBe(CHUNK);
    expect(sent.at(-1)).toBe(SIZE);
    expect(watch.samples).toBeGreaterThan(8);
    expect(watch.most).toBeLessThan(MOST);
  });
});
