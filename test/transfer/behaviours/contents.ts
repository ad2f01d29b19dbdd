/** What a body may be instead of the picture. */

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { mp3, png, webm } from '../../support/pictures.js';
import {
  answers,
  type Behaviour,
  CHANGED,
  CHUNKED,
  chunk,
  HALF,
  head,
  LAST_CHUNK,
  md5,
  PICTURE,
  says,
  wholePicture,
} from './behaviour.js';

const SIGNATURE = PICTURE.subarray(0, 8);
const PAGE = '<!DOCTYPE html><html><body><h1>Sorry</h1></body></html>';
const DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>';

/** The picture with one bit of its pixels turned over: only its checksum tells. */
const bitten = Buffer.from(PICTURE);
bitten.writeUInt8(bitten.readUInt8(HALF) ^ 1, HALF);

const sound = mp3(8);
const recording = webm({ open: true });
/** Here it could end as well. */
const RECORDED = 269;

export const CONTENTS: readonly Behaviour[] = [
  {
    name: 'gives the right Content-MD5',
    script: [answers(PICTURE, [`Content-MD5: ${md5(PICTURE)}`])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'gives a Content-MD5 of another body, once',
    script: [answers(PICTURE, [`Content-MD5: ${md5(CHANGED)}`]), answers(PICTURE, [`Content-MD5: ${md5(PICTURE)}`])],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'gives a Content-MD5 of another body, always',
    script: [answers(PICTURE, [`Content-MD5: ${md5(CHANGED)}`])],
    expect: 'E_DIGEST',
    requests: 5,
  },
  {
    name: 'gives a Content-MD5 that is none',
    script: [answers(PICTURE, ['Content-MD5: x'])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends another body than its own interface declared, by its digest',
    script: [wholePicture],
    wanted: { digests: [{ algorithm: 'sha256', hex: 'ab'.repeat(32) }] },
    expect: 'E_DIGEST',
    requests: 5,
  },
  {
    name: 'sends another body than its own interface declared, by its size',
    script: [answers(PICTURE)],
    wanted: { size: PICTURE.length + 1 },
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'turns over one bit of the body, once',
    script: [answers(bitten), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  { name: 'turns over one bit of the body, always', script: [answers(bitten)], expect: 'E_FORMAT', requests: 2 },
  {
    name: 'sends a page of HTML in place of the picture',
    script: [answers(PAGE, ['Content-Type: text/html'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends a page of HTML and calls it a picture',
    script: [answers(PAGE, ['Content-Type: image/jpeg'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends a page of HTML once, as when somebody has to wait, and then the picture',
    script: [answers(PAGE, ['Content-Type: image/jpeg']), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'sends the picture and calls it HTML',
    script: [answers(PICTURE, ['Content-Type: text/html'])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends an error as JSON with the status of a success',
    script: [answers('{"error":{"message":"try again"}}', ['Content-Type: application/json'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends lines of JSON that break off',
    script: [says([head([CHUNKED]), chunk(Buffer.from('{"a":1}\n{"b":')), LAST_CHUNK])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  { name: 'sends an empty body', script: [answers('')], expect: 'E_FORMAT', requests: 2 },
  {
    name: 'sends an empty body in chunks',
    script: [says([head([CHUNKED]), LAST_CHUNK])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends an empty body without a length',
    script: [says([head(['Connection: close'])], 'close')],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends the signature of a PNG and zeros',
    script: [answers(Buffer.concat([SIGNATURE, Buffer.alloc(50)]), ['Content-Type: image/png'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends the signature of a PNG and nothing else',
    script: [answers(SIGNATURE)],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'declares the length of the half that it sends',
    script: [answers(PICTURE.subarray(0, HALF))],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends a drawing with a script in it',
    script: [answers(DRAWING, ['Content-Type: image/svg+xml'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends a program',
    script: [answers(Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(900)]))],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends an archive',
    script: [answers(Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(900)]))],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'packs the picture with gzip although nobody asked for it',
    script: [answers(gzipSync(PICTURE), ['Content-Encoding: gzip'])],
    expect: 'E_FORMAT',
    requests: 2,
    check: (arrivals) => {
      if (arrivals[0]?.headers['accept-encoding'] !== 'identity') throw new Error('it was asked for');
    },
  },
  {
    name: 'packs the picture with brotli although nobody asked for it',
    script: [answers(brotliCompressSync(PICTURE), ['Content-Encoding: br'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'claims a coding that it did not use',
    script: [answers(PICTURE, ['Content-Encoding: gzip'])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends a hundred megabytes of zeros packed into a hundred kilobytes',
    script: [answers(deflateSync(Buffer.alloc(100_000_000)), ['Content-Encoding: deflate'])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'sends another whole picture with the second try',
    script: [says([head([`Content-Length: ${PICTURE.length}`]), PICTURE.subarray(0, HALF)], 'close'), answers(CHANGED)],
    body: CHANGED,
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'sends a sound that may end anywhere, with its length',
    script: [answers(sound)],
    body: sound,
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends a sound that may end anywhere, and nothing that says where',
    script: [says([head(['Connection: close']), sound], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends half a recording that may end anywhere, in chunks that end too early',
    script: [
      says([head([CHUNKED]), chunk(recording.subarray(0, RECORDED)), '5\r\n'], 'close'),
      says([head([CHUNKED]), chunk(recording), LAST_CHUNK]),
    ],
    body: recording,
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'sends a picture that is as small as one can be',
    script: [answers(png(1, 1, 1))],
    body: png(1, 1, 1),
    expect: 'bytes',
    requests: 1,
  },
];
