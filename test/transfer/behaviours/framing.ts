/** How a body says where it ends. */

import {
  type Behaviour,
  CHUNKED,
  chunk,
  HALF,
  head,
  LAST_CHUNK,
  LENGTH,
  PICTURE,
  says,
  wholePicture,
} from './behaviour.js';

const [ONE, TWO] = [PICTURE.subarray(0, HALF), PICTURE.subarray(HALF)];

export const FRAMING: readonly Behaviour[] = [
  { name: 'sends the body with its length', script: [wholePicture], expect: 'bytes', requests: 1 },
  {
    name: 'sends the body without a length and closes the connection',
    script: [says([head(['Connection: close']), PICTURE], 'close')],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'speaks HTTP/1.0',
    script: [says([`HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\n`, PICTURE], 'close')],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'speaks HTTP/1.0, keeps the connection and breaks off once',
    script: [
      says([`HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${LENGTH}\r\n\r\n`, ONE], 'close'),
      says([`HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${LENGTH}\r\n\r\n`, PICTURE]),
    ],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'sends the body in two chunks',
    script: [says([head([CHUNKED]), chunk(ONE), chunk(TWO), LAST_CHUNK])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends the body in chunks of one byte, all at once',
    script: [says([head([CHUNKED]), Buffer.concat([...PICTURE].map((byte) => chunk(Buffer.of(byte)))), LAST_CHUNK])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'puts extensions behind the sizes of its chunks',
    script: [says([head([CHUNKED]), chunk(ONE, ';signature="a;b\\"c"'), chunk(TWO, ';last'), LAST_CHUNK])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends trailers behind the last chunk',
    script: [says([head([CHUNKED, 'Trailer: X-Sum']), chunk(PICTURE), '0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n'])],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'sends a length among the trailers',
    script: [says([head([CHUNKED]), chunk(PICTURE), '0\r\nContent-Length: 5\r\n\r\n'])],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'writes the sizes of its chunks in capitals with leading zeros',
    script: [
      says([head([CHUNKED]), `0000${PICTURE.length.toString(16).toUpperCase()}\r\n`, PICTURE, `\r\n${LAST_CHUNK}`]),
    ],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'declares one byte less than it sends',
    script: [says([head([`Content-Length: ${PICTURE.length - 1}`]), PICTURE])],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'declares one byte more than it sends, and closes the connection',
    script: [says([head([`Content-Length: ${PICTURE.length + 1}`]), PICTURE], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'declares one byte more than it sends, and keeps the connection',
    script: [says([head([`Content-Length: ${PICTURE.length + 1}`]), PICTURE])],
    expect: 'E_TIMEOUT',
    limits: { idle: 40 },
  },
  {
    name: 'declares a length that fits into no number',
    script: [says([head([`Content-Length: ${'9'.repeat(30)}`]), PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'declares a length that is none',
    script: [says([head(['Content-Length: many']), PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'declares a length below zero',
    script: [says([head(['Content-Length: -1']), PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'declares the same length twice',
    script: [says([head([LENGTH, LENGTH]), PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'declares two lengths',
    script: [says([head([LENGTH, `Content-Length: ${HALF}`]), PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'declares two lengths in one line',
    script: [says([head([`Content-Length: ${PICTURE.length}, ${HALF}`]), PICTURE], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'declares a length and chunks',
    script: [says([head([LENGTH, CHUNKED]), chunk(PICTURE), LAST_CHUNK])],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'calls its coding by a name that nobody knows',
    script: [says([head(['Transfer-Encoding: squashed']), PICTURE], 'close')],
    expect: 'bytes',
    requests: 1,
  },
  {
    name: 'gives a chunk a size that is none',
    script: [says([head([CHUNKED]), chunk(ONE), 'zz\r\n', TWO])],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'gives a chunk a size that fits into no number',
    script: [says([head([CHUNKED]), chunk(ONE), `${'f'.repeat(20)}\r\n`, TWO])],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'gives a chunk a size below zero',
    script: [says([head([CHUNKED]), chunk(ONE), '-5\r\n', TWO])],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends more than the size of a chunk',
    script: [says([head([CHUNKED]), `${ONE.length.toString(16)}\r\n`, PICTURE, `\r\n${LAST_CHUNK}`])],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends less than the size of a chunk',
    script: [says([head([CHUNKED]), `${PICTURE.length.toString(16)}\r\n`, ONE, `\r\n${LAST_CHUNK}`], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'leaves the last chunk out and closes the connection',
    script: [says([head([CHUNKED]), chunk(PICTURE)], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends the last chunk in the middle',
    script: [says([head([CHUNKED]), chunk(ONE), LAST_CHUNK, chunk(TWO)], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'sends rubbish behind the whole body',
    script: [says([head([LENGTH]), PICTURE, 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad'])],
    expect: 'bytes',
    requests: 1,
  },
];
