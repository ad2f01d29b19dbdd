/** Answers that Google should not give, and what the fake does not. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { DriveConnection } from '../../../sinks/google-drive/connection.js';
import { download, PART } from '../../../sinks/google-drive/download.js';
import { readFile } from '../../../sinks/google-drive/drive-file.js';
import type { HttpAnswer } from '../../../src/plugin.js';
import { manyBytes } from './files.js';
import { failure } from './support.js';

const CONTENT = manyBytes(PART + 1000);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

type Answer = Partial<Pick<HttpAnswer, 'status' | 'body' | 'headers'>>;

/** A connection that answers what the test says; told the range that was asked for. */
function connectionOf(answer: (range: string | undefined) => Answer): DriveConnection {
  const read: DriveConnection['read'] = async (_sending, url, headers) => ({
    status: 206,
    headers: {},
    body: new Uint8Array(0),
    url,
    ...answer(headers.range),
  });
  return { read } as DriveConnection;
}

async function bytesFrom(connection: DriveConnection, facts: object = { sha256Checksum: SHA256 }): Promise<Buffer> {
  const file = readFile({ id: '1', name: 'film.mp4', size: String(CONTENT.length), ...facts })!;
  const chunks: Uint8Array[] = [];
  for await (const chunk of download(connection, file, 'reading film.mp4', undefined)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What was asked for, as RFC 9110 has it. */
function partOf(range: string | undefined, content = CONTENT, total = content.length): Answer {
  const [, first, last] = (/^bytes=(\d+)-(\d+)$/u.exec(range ?? '') ?? []).map(Number) as [number, number, number];
  return { body: content.subarray(first, last + 1), headers: { 'content-range': `bytes ${first}-${last}/${total}` } };
}

describe('a file in parts', () => {
  test('is what was asked for', async () => {
    expect((await bytesFrom(connectionOf((range) => partOf(range)))).equals(CONTENT)).toBe(true);
  });

  test('may come whole each time, from a server that heeds no range', async () => {
    const whole = connectionOf(() => ({ status: 200, body: CONTENT }));
    expect((await bytesFrom(whole)).equals(CONTENT)).toBe(true);
  });

  test('is compared by md5 where Drive has no other digest, and by its size where it has none', async () => {
    const connection = connectionOf((range) => partOf(range));
    const md5Checksum = createHash('md5').update(CONTENT).digest('hex');
    expect((await bytesFrom(connection, { md5Checksum })).equals(CONTENT)).toBe(true);
    await failure(bytesFrom(connection, { md5Checksum: md5Checksum.replace(/./gu, '0') }), 'E_DIGEST');
    expect((await bytesFrom(connection, {})).equals(CONTENT)).toBe(true);
  });

  test.each<[string, (range: string | undefined) => Answer]>([
    ['of another total', (range) => partOf(range, CONTENT, CONTENT.length + 1)],
    ['whole and longer', () => ({ status: 200, body: Buffer.concat([CONTENT, CONTENT]) })],
    ['whole and shorter', () => ({ status: 200, body: CONTENT.subarray(1) })],
    ['of other bytes', (range) => partOf(range, Buffer.from(CONTENT).fill(0, 5, 10))],
  ])('%s has changed since', async (_what, answer) => {
    expect((await failure(bytesFrom(connectionOf(answer)), 'E_DIGEST')).retryable).toBe(true);
  });

  test.each<[string, (range: string | undefined) => Answer]>([
    ['that says nothing of its range', (range) => ({ ...partOf(range), headers: {} })],
    [
      'of another place',
      (range) => ({ ...partOf(range), headers: { 'content-range': `bytes 5-9/${CONTENT.length}` } }),
    ],
    ['of no known total', (range) => ({ ...partOf(range), headers: { 'content-range': 'bytes 0-9/*' } })],
    ['that is cut', (range) => ({ ...partOf(range), body: CONTENT.subarray(0, 5) })],
    ['without content', (range) => ({ ...partOf(range), status: 204 })],
  ])('%s is no answer', async (_what, answer) => {
    expect((await failure(bytesFrom(connectionOf(answer)), 'E_BAD_ANSWER')).retryable).toBe(true);
  });
});
