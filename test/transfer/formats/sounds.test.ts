import { expect, test } from '@jest/globals';
import { oggPage } from '../../support/pictures/sounds.js';
import { riffChunk, riffFile } from '../../support/pictures/webp.js';
import { flac, mp3, ogg, wav } from '../../support/pictures.js';
import { judge } from './judge.js';

/** Judges a body whose length was declared. */
function judgeDeclared(body: Buffer) {
  return judge(body, { declaredSize: body.length });
}

test('a WAVE file without sound is damaged', () => {
  expect(judge(riffFile('WAVE', riffChunk('fmt ', Buffer.alloc(16))))).toMatchObject({
    problem: 'damaged',
    detail: 'holds no sound',
  });
});

test('what stands behind a WAVE file is let be', () => {
  expect(judge(Buffer.concat([wav(10), Buffer.from('junk')]))).toMatchObject({ ok: true, mediaType: 'audio/wav' });
});

test('an MP3 that is shorter than its index says is cut, whatever length was declared', () => {
  const whole = mp3(6, { index: true });
  const shorter = whole.subarray(0, (whole.length / 6) * 4);
  expect(judgeDeclared(shorter)).toMatchObject({ problem: 'truncated', detail: 'ends before its last frame' });
});

test('an MP3 whose frames stop following each other is damaged', () => {
  const frames = mp3(3);
  expect(judgeDeclared(Buffer.concat([frames, Buffer.from('not a frame')]))).toMatchObject({
    problem: 'damaged',
    detail: 'loses its frames',
  });
  const wrongRate = Buffer.from(frames);
  wrongRate[2] = 0xf0;
  expect(judgeDeclared(wrongRate)).toMatchObject({ problem: 'damaged' });
});

test('tags of all kinds stand around the frames of an MP3', () => {
  const items = Buffer.from('\x01\0\0\0\0\0\0\0Title\0x', 'latin1');
  const apeHead = (flags: number) => {
    const head = Buffer.from('APETAGEX\xd0\x07\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
    head.writeUInt32LE(items.length + 32, 12);
    head.writeUInt32LE(flags, 20);
    return head;
  };
  const ape = Buffer.concat([apeHead(0xa000_0000), items, apeHead(0x8000_0000)]);
  const body = Buffer.concat([mp3(3, { tags: true }).subarray(0, -128), ape, Buffer.from('TAG'), Buffer.alloc(125)]);
  expect(judgeDeclared(body)).toMatchObject({ ok: true, mediaType: 'audio/mpeg' });
  expect(judgeDeclared(body.subarray(0, -1))).toMatchObject({ problem: 'truncated' });
});

test('an MP3 tag with nothing behind it is cut', () => {
  expect(judgeDeclared(mp3(0, { tags: true }))).toMatchObject({
    problem: 'truncated',
    detail: 'ends before its first frame',
  });
});

test('every stream of an Ogg file must have its last page', () => {
  const [first, second] = [ogg(3, 1), ogg(3, 2)];
  expect(judge(Buffer.concat([first, second]))).toMatchObject({ ok: true });
  const firstPage = oggPage(Buffer.from('\x80theora', 'latin1'), 0x02, 0, 9, 0);
  expect(judge(Buffer.concat([firstPage, first]))).toMatchObject({
    problem: 'truncated',
    detail: 'ends before the last page of its stream',
  });
  const lastPage = oggPage(Buffer.alloc(600), 0x04, 1, 9, 1);
  expect(judge(Buffer.concat([firstPage, first, lastPage]))).toMatchObject({ ok: true, mediaType: 'video/ogg' });
});

test('an Ogg file of endless streams is not followed', () => {
  const pages = Array.from({ length: 70 }, (_, serial) => oggPage(Buffer.from('x'), 0x02, 0, serial, 0));
  expect(judge(Buffer.concat(pages))).toMatchObject({ problem: 'damaged', detail: 'has too many streams' });
});

test('a FLAC file must begin as it should and have a frame', () => {
  const body = flac();
  const noFrame = Buffer.from(body);
  noFrame[4 + 38 + 20] = 0;
  expect(judgeDeclared(noFrame)).toMatchObject({ problem: 'damaged', detail: 'loses its frames' });
  const wrongLength = Buffer.from(body);
  wrongLength[7] = 33;
  expect(judgeDeclared(wrongLength)).toMatchObject({ problem: 'damaged', detail: 'has a damaged header' });
});
