import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { bytesInMemory, createDigester, digestOf, digestsOf, sha256Of } from '../../src/transfer/bytes.js';

const CONTENT = Buffer.alloc(2_500_000, 'albaretto ');

async function read(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('bytes in memory', () => {
  test('can be read as often as a retry needs them', async () => {
    const bytes = bytesInMemory(CONTENT);
    expect((await read(bytes.open())).equals(CONTENT)).toBe(true);
    expect((await read(bytes.open())).equals(CONTENT)).toBe(true);
  });

  test.each([0, 1, 1_048_576, 2_499_999, 2_500_000])('are read from offset %i to the end', async (offset) => {
    expect((await read(bytesInMemory(CONTENT).open(offset))).equals(CONTENT.subarray(offset))).toBe(true);
  });

  test('are handed on in parts and never copied', async () => {
    const bytes = bytesInMemory(CONTENT);
    let largest = 0;
    for await (const chunk of bytes.open()) {
      largest = Math.max(largest, chunk.length);
      expect(chunk.buffer).toBe(CONTENT.buffer);
    }
    expect(largest).toBeLessThan(CONTENT.length);
    expect(bytes.inMemory).toBe(CONTENT);
  });

  test('know their size and their sha256, and any other digest when it is asked for', async () => {
    const bytes = bytesInMemory(CONTENT);
    expect(bytes.size).toBe(2_500_000);
    expect(bytes.digests.map(({ algorithm }) => algorithm)).toEqual(['sha256']);
    for (const algorithm of ['sha256', 'md5', 'sha1'] as const) {
      expect(await digestOf(bytes, algorithm)).toBe(createHash(algorithm).update(CONTENT).digest('hex'));
    }
  });

  test('that are not what they were have no other digest', async () => {
    const changed = { ...bytesInMemory(CONTENT), open: () => bytesInMemory(Buffer.from('other')).open() };
    await expect(digestOf(changed, 'md5')).rejects.toMatchObject({ code: 'E_DIGEST' });
  });

  test('are read once for a digest that is asked for twice', async () => {
    let reads = 0;
    const bytes = bytesInMemory(CONTENT);
    const watched = {
      ...bytes,
      open: () => {
        reads += 1;
        return bytes.open();
      },
    };
    expect(await digestOf(watched, 'md5')).toBe(await digestOf(watched, 'md5'));
    expect(reads).toBe(1);
  });

  test('are not read to their end when the person interrupts', async () => {
    const controller = new AbortController();
    const endless = async function* () {
      for (;;) {
        yield CONTENT;
        controller.abort();
      }
    };
    const bytes = { ...bytesInMemory(CONTENT), open: endless };
    await expect(digestOf(bytes, 'md5', controller.signal)).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('have no digest of a kind that is none of ours', async () => {
    await expect(digestOf(bytesInMemory(CONTENT), 'crc32c' as 'md5')).rejects.toMatchObject({ code: 'E_DIGEST' });
  });

  test('are not read for a digest that they carry', async () => {
    const unread = { size: 1, digests: [{ algorithm: 'md5', hex: 'ab' }] as const, open: () => [] as never };
    expect(await digestOf(unread, 'md5')).toBe('ab');
  });

  test('take digests that were computed while they came', () => {
    const digests = digestsOf(Buffer.from('other'));
    expect(bytesInMemory(CONTENT, digests).digests).toBe(digests);
  });
});

test('a digest over parts is the digest of the whole', () => {
  const digester = createDigester(['md5']);
  for (let at = 0; at < CONTENT.length; at += 77_777) digester.update(CONTENT.subarray(at, at + 77_777));
  const md5 = createHash('md5').update(CONTENT).digest('hex');
  expect(digester.digests()).toEqual([...digestsOf(CONTENT), { algorithm: 'md5', hex: md5 }]);
});

test('bytes without a sha256 are a fault of this program', () => {
  expect(sha256Of(digestsOf(CONTENT))).toMatch(/^[0-9a-f]{64}$/u);
  expect(() => sha256Of([{ algorithm: 'md5', hex: '00' }])).toThrow(TypeError);
});
