/** How a connection may end before the body does. */

import {
  answers,
  type Behaviour,
  CHUNKED,
  chunk,
  HALF,
  half,
  head,
  LENGTH,
  PICTURE,
  repeats,
  says,
  stalls,
  wholePicture,
} from './behaviour.js';
import type { Step } from './scripted-server.js';

const most = PICTURE.subarray(0, -1);

/** Answers the first request of a connection, and resets it as soon as a second one comes on it. */
const oncePerConnection: Step = (arrival) => {
  const first = !answered.has(arrival.socket);
  answered.add(arrival.socket);
  return first ? answers('', [], '503 Busy')(arrival) : arrival.socket.resetAndDestroy();
};
const answered = new WeakSet<object>();

export const ENDINGS: readonly Behaviour[] = [
  {
    name: 'closes the connection before any answer, once',
    script: [says([], 'close'), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'closes the connection before any answer, always',
    script: [says([], 'close')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'resets the connection before any answer, once',
    script: [says([], 'reset'), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'resets the connection before any answer, always',
    script: [says([], 'reset')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'takes connections only to close them',
    script: [],
    onConnection: (socket) => void socket.end(),
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'closes the connection in the middle of the head',
    script: [says([`HTTP/1.1 200 OK\r\n${LENGTH}\r\nX-`], 'close'), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'resets the connection in the middle of the head, always',
    script: [says([`HTTP/1.1 200 OK\r\n${LENGTH}\r\nX-`], 'reset')],
    expect: 'E_NETWORK',
    requests: 5,
  },
  {
    name: 'closes the connection between the head and the body',
    script: [says([head([LENGTH])], 'close'), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  { name: 'cuts the body once', script: [half(), wholePicture], expect: 'bytes', requests: 2 },
  { name: 'cuts the body each time', script: [half()], expect: 'E_TRUNCATED', requests: 5 },
  {
    name: 'resets the connection in the middle of the body, once',
    script: [half([], 'reset'), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'resets the connection in the middle of the body, always',
    script: [half([], 'reset')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'cuts a body in chunks in the middle of a chunk',
    script: [says([head([CHUNKED]), chunk(PICTURE).subarray(0, HALF)], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'cuts a body without a length, and closes the connection in order',
    script: [says([head(['Connection: close']), PICTURE.subarray(0, HALF)], 'close')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'cuts a body without a length right at its beginning',
    script: [says([head(['Connection: close']), PICTURE.subarray(0, 3)], 'close'), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'resets the connection after the whole body, whose length is known',
    // On a busy machine the reset may overtake the last bytes now and then.
    script: [says([head([LENGTH]), PICTURE], 'reset')],
    expect: 'bytes',
  },
  {
    name: 'resets the connection after the whole body, whose length nobody knows',
    script: [says([head(['Connection: close']), PICTURE], 'reset')],
    expect: 'E_TRUNCATED',
    requests: 5,
  },
  {
    name: 'keeps the connection and resets it when it is used again',
    script: [oncePerConnection, oncePerConnection, wholePicture],
    expect: 'bytes',
    requests: 3,
  },
  {
    name: 'stalls before the first byte of the body',
    script: [stalls(head([LENGTH]))],
    expect: 'E_TIMEOUT',
    limits: { idle: 40 },
  },
  {
    name: 'stalls in the middle of the body',
    script: [stalls(head([LENGTH]), PICTURE.subarray(0, HALF))],
    expect: 'E_TIMEOUT',
    limits: { idle: 40 },
  },
  {
    name: 'stalls before the last byte of the body',
    script: [stalls(head([LENGTH]), most)],
    expect: 'E_TIMEOUT',
    limits: { idle: 40 },
  },
  {
    name: 'stalls before the last chunk',
    script: [stalls(head([CHUNKED]), chunk(PICTURE))],
    expect: 'E_TIMEOUT',
    limits: { idle: 40 },
  },
  {
    name: 'stalls once and brings the whole body then',
    script: [stalls(head([LENGTH]), PICTURE.subarray(0, HALF)), wholePicture],
    expect: 'bytes',
    limits: { idle: 400 },
  },
  {
    name: 'drips the body',
    script: [repeats(head([LENGTH]), 'x', 8)],
    expect: 'E_TIMEOUT',
    limits: { idle: 100 },
  },
  {
    name: 'sends a body without end, in chunks',
    script: [repeats(`${head([CHUNKED])}`, chunk(Buffer.alloc(16_384)))],
    maxBytes: 200_000,
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
  {
    name: 'sends a body without end and without a length',
    script: [repeats(head(['Connection: close']), Buffer.alloc(16_384))],
    maxBytes: 200_000,
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
  {
    name: 'declares a body that is larger than the cap',
    script: [stalls(head(['Content-Length: 200001']))],
    maxBytes: 200_000,
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
  {
    name: 'declares a body of half an exabyte',
    script: [stalls(head(['Content-Length: 500000000000000000']), PICTURE)],
    expect: 'E_TOO_LARGE',
    requests: 1,
  },
];
