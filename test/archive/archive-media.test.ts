import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkSize, readMedia } from '../../src/archive/archive-media.js';
import { jpeg, mp4, png, wav } from '../support/pictures.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-media-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

describe('reading a media file', () => {
  test.each([
    ['png', png(7, 9, 1), 'image/png', 7, 9],
    ['jpg', jpeg(2, 900), 'image/jpeg', expect.any(Number), expect.any(Number)],
    ['mp4', mp4(3, 2_500_000), 'video/mp4', expect.anything(), expect.anything()],
    ['wav', wav(100), 'audio/wav', undefined, undefined],
  ])('says what the bytes of a %s are, whatever it is called', async (_kind, bytes, mediaType, width, height) => {
    writeFileSync(at('picture.xyz'), bytes);
    const facts = await readMedia(at('picture.xyz'), undefined);
    expect(facts).toMatchObject({
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ...(width === undefined ? {} : { width, height }),
    });
    expect(facts.mediaType).toMatch(mediaType === 'audio/wav' ? /^audio\//u : new RegExp(`^${mediaType}$`, 'u'));
    if (width === undefined) expect('width' in facts).toBe(false);
  });

  test.each([
    ['a page', Buffer.from('<!doctype html><title>x</title>')],
    ['nothing', Buffer.alloc(0)],
    ['half a picture', png(8, 8, 1).subarray(0, 60)],
    ['noise', Buffer.from('no picture at all')],
  ])('refuses %s', async (_what, bytes) => {
    writeFileSync(at('a.png'), bytes);
    await expect(readMedia(at('a.png'), undefined)).rejects.toMatchObject({ code: 'E_FORMAT', reach: 'item' });
  });

  test('follows no link, and waits for no pipe', async () => {
    writeFileSync(at('a.png'), png(8, 8, 1));
    symlinkSync(at('a.png'), at('link.png'));
    mkdirSync(at('folder.png'));
    const names = ['link.png', 'folder.png', 'nothing.png', 'a.png/b', 'x'.repeat(300)];
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [at('pipe.png')]);
      names.push('pipe.png');
    }
    for (const name of names)
      await expect(readMedia(at(name), undefined)).rejects.toMatchObject({ code: 'E_NOT_FOUND', reach: 'item' });
  });

  test('stops when it is interrupted', async () => {
    writeFileSync(at('a.png'), png(8, 8, 1));
    await expect(readMedia(at('a.png'), AbortSignal.abort())).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('looking at the size of a file', () => {
  test('says nothing of one that has as many bytes as it should', async () => {
    writeFileSync(at('a.png'), 'abc');
    expect(await checkSize(at('a.png'), 3)).toBeUndefined();
  });

  test('tells one that has not, or is none', async () => {
    writeFileSync(at('a.png'), 'abc');
    symlinkSync(at('a.png'), at('link.png'));
    await expect(checkSize(at('a.png'), 4)).rejects.toMatchObject({ code: 'E_TRUNCATED', reach: 'item' });
    for (const name of ['link.png', 'nothing.png', '.'])
      await expect(checkSize(at(name), 3)).rejects.toMatchObject({ code: 'E_NOT_FOUND', reach: 'item' });
  });
});
