/** What may stand before a body. */

import { type Behaviour, CHUNKED, head, LENGTH, PICTURE, repeats, says, stalls } from './behaviour.js';

const filler = (bytes: number) => `X-Filler: ${'a'.repeat(bytes)}`;

export const HEADS: readonly Behaviour[] = [
  {
    name: 'says 100 Continue first, which nobody waited for',
    script: [says(['HTTP/1.1 100 Continue\r\n\r\n', head([LENGTH]), PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends early hints first',
    script: [
      says(['HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 3\r\n\r\n', head([LENGTH]), PICTURE]),
    ],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'says three times that it is processing first',
    script: [says(['HTTP/1.1 102 Processing\r\n\r\n'.repeat(3), head([LENGTH]), PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'says for ever that it is processing',
    script: [repeats('', 'HTTP/1.1 102 Processing\r\n\r\n', 5)],
    expect: 'E_TIMEOUT',
    limits: { connect: 50, firstByte: 50 },
  },
  {
    name: 'changes the protocol',
    script: [says(['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'sends no reason with its status',
    script: [says([`HTTP/1.1 200\r\n${LENGTH}\r\n\r\n`, PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'claims to speak HTTP/2 in the words of HTTP/1',
    script: [says([`HTTP/2.0 200 OK\r\n${LENGTH}\r\n\r\n`, PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'writes the protocol in small letters',
    script: [says([`http/1.1 200 OK\r\n${LENGTH}\r\n\r\n`, PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'answers a status of two digits',
    script: [says([`HTTP/1.1 20 OK\r\n${LENGTH}\r\n\r\n`, PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'sends the body without any head',
    script: [says([PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'greets like another service',
    script: [says(['SSH-2.0-OpenSSH_9.6\r\n'])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'sends 64 KiB in one header',
    script: [says([head([LENGTH, filler(65_536)]), PICTURE])],
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
  {
    name: 'sends 64 KiB in many headers',
    script: [says([head([LENGTH, ...Array.from({ length: 1024 }, () => filler(54))]), PICTURE])],
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
  {
    name: 'sends headers without end',
    script: [repeats('HTTP/1.1 200 OK\r\n', `${filler(1000)}\r\n`)],
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
  {
    name: 'sends trailers without end',
    script: [repeats(`${head([CHUNKED])}5\r\nhello\r\n0\r\n`, `${filler(1000)}\r\n`)],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends an extension of a chunk without end',
    script: [repeats(`${head([CHUNKED])}5;`, 'a'.repeat(10_000))],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends headers of 10 KiB, as some do with their policies',
    script: [says([head([LENGTH, filler(10_000)]), PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'puts a zero byte into a header',
    script: [says([head([LENGTH, 'X-Odd: a\0b']), PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'puts a zero byte into the name of a header',
    script: [says([head([LENGTH, 'X-O\0dd: a']), PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'puts a bare carriage return into a header',
    script: [says([head([LENGTH, 'X-Odd: a\rSet-Cookie: evil=1']), PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'ends its lines without carriage returns',
    script: [says([`HTTP/1.1 200 OK\n${LENGTH}\n\n`, PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'folds a header into a second line',
    script: [says([head([LENGTH, 'X-Folded: a\r\n b']), PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'puts a blank before the colon of a header',
    script: [says([head(['Content-Length : 5', LENGTH]), PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'sends a line without a colon',
    script: [says([head([LENGTH, 'what is this']), PICTURE])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'ends its head early, so that headers become the body',
    script: [says([head(['X-Odd: a\r\n\r\nX-Evil: b', LENGTH]), PICTURE], 'close')],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'splits its answer in two',
    script: [says([head(['Content-Length: 0']), head([LENGTH]), PICTURE])],
    expect: 'E_FORMAT',
    requests: 2,
  },
  {
    name: 'writes a header in another script',
    script: [says([Buffer.from(head([LENGTH, 'X-Name: größe 絵'])), PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'calls the body by two types',
    script: [says([head([LENGTH, 'Content-Type: text/html', 'Content-Type: image/jpeg']), PICTURE])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'takes the request and says nothing',
    script: [stalls()],
    expect: 'E_TIMEOUT',
    limits: { connect: 30, firstByte: 40 },
  },
  {
    name: 'stops in the middle of its status',
    script: [stalls('HTTP/1.1 2')],
    expect: 'E_TIMEOUT',
    limits: { connect: 30, firstByte: 40 },
  },
  {
    name: 'stops in the middle of its head',
    script: [stalls(`HTTP/1.1 200 OK\r\n${LENGTH}\r\nX-`)],
    expect: 'E_TIMEOUT',
    limits: { connect: 30, firstByte: 40 },
  },
  {
    name: 'drips its head',
    script: [repeats('HTTP/1.1 200 OK\r\n', 'X-A: b\r\n', 8)],
    expect: 'E_TIMEOUT',
    limits: { connect: 40, firstByte: 60 },
  },
];
