import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { inChunks, judge, judgeChunks } from './judge.js';

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

test.each([
  ['<!DOCTYPE html>\n<html><head><title>504</title>', 'text/html', 'is an HTML page'],
  ['\ufeff  \n<!-- saved -->\n<HTML lang="en">', 'text/html', 'is an HTML page'],
  ['<html><body><svg width="9"></svg></body></html>', 'text/html', 'is an HTML page'],
  ['<center><h1>Bad Gateway</h1></center>', 'text/html', 'is an HTML page'],
  ['<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html xmlns="y">', 'text/html', 'is an HTML page'],
  [
    '<?xml version="1.0" encoding="utf-8"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    'image/svg+xml',
    'is an SVG drawing',
  ],
  ['<svg onload="alert(1)">', 'image/svg+xml', 'is an SVG drawing'],
  [
    '\ufeff<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>m</Message>',
    'application/xml',
    'is an XML document (AuthenticationFailed)',
  ],
  ['<?xml version="1.0"?><Error><Code>\u001b[31m</Code>', 'application/xml', 'is an XML document'],
  ['<rss version="2.0"></rss>', 'application/xml', 'is an XML document'],
  ['{"error":{"message":"no"}}', 'application/json', 'is a JSON document'],
  [' [\n{"id":1}]', 'application/json', 'is a JSON document'],
  ['{}', 'application/json', 'is a JSON document'],
  ['Not Found\n', 'text/plain', 'is plain text'],
  ['{ not json', 'text/plain', 'is plain text'],
  ['Zu viele Anfragen für heute – später', 'text/plain', 'is plain text'],
  ['%PDF-1.7\n', 'application/pdf', 'is a PDF document'],
])('%j is no picture', (text, mediaType, detail) => {
  expect(judge(Buffer.from(text, 'utf8'))).toEqual({ ok: false, problem: 'not-media', mediaType, detail });
});

test('text of 16 bits a letter is text too', () => {
  expect(judge(utf16('<!DOCTYPE html><html>'))).toMatchObject({ problem: 'not-media', detail: 'is an HTML page' });
});

test('a long page is known by its first bytes, wherever a chunk cuts a letter', () => {
  const page = Buffer.from(`<html>${'ä€😀'.repeat(4_000)}`, 'utf8');
  for (const size of [1, 7, 511, 512, 513, 70_000]) {
    expect(judgeChunks(inChunks(page, [size]))).toMatchObject({ problem: 'not-media', detail: 'is an HTML page' });
  }
});

test.each([
  ['a gzip-compressed page', gzipSync('<html></html>'), 'not-media', 'is gzip-compressed data'],
  ['an archive', Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1'), 'not-media', 'is a ZIP archive'],
  ['a Windows program', Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'), 'not-media', 'is a program'],
  ['a Linux program', Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1'), 'not-media', 'is a program'],
  [
    'a BMP picture',
    Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0', 'latin1'),
    'unknown',
    'is a BMP picture, a kind that this program cannot check',
  ],
  [
    'a TIFF picture',
    Buffer.from('II*\0\x08\0\0\0', 'latin1'),
    'unknown',
    'is a TIFF picture, a kind that this program cannot check',
  ],
  [
    'a JPEG XL picture',
    Buffer.from('\0\0\0\x0cJXL \r\n\x87\n', 'latin1'),
    'unknown',
    'is a JPEG XL picture, a kind that this program cannot check',
  ],
  [
    'an AVI film',
    Buffer.from('RIFF\0\x01\0\0AVI LIST', 'latin1'),
    'unknown',
    'is an AVI film, a kind that this program cannot check',
  ],
  ['noise', deflateSync(Buffer.alloc(900, 'noise')), 'unknown', 'is of no kind that this program knows'],
  ['zeros', Buffer.alloc(2_000), 'unknown', 'is of no kind that this program knows'],
])('%s is not taken for a picture', (_, body, problem, detail) => {
  expect(judge(body)).toMatchObject({ ok: false, problem, detail });
});
