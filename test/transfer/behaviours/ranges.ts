/** How a broken download goes on, or must not. */

import { mp3 } from '../../support/pictures.js';
import {
  answers,
  type Behaviour,
  CHANGED,
  CHUNKED,
  chunk,
  HALF,
  half,
  head,
  LAST_CHUNK,
  md5,
  PICTURE,
  refuses,
  says,
  wholePicture,
} from './behaviour.js';
import type { Arrival, Step } from './scripted-server.js';

const ETAG = 'ETag: "one"';
const SIZE = PICTURE.length;
const OLD = ['Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT', 'Date: Tue, 02 Jan 2024 00:00:00 GMT'];
const REST = PICTURE.subarray(HALF);

/** A part of a body, under the status and the range that it claims to be. */
function part(range: string, body: Buffer, lines: readonly string[] = [ETAG]): Step {
  return answers(body, [`Content-Range: ${range}`, ...lines], '206 Partial Content');
}

const rightRange = `bytes ${HALF}-${SIZE - 1}/${SIZE}`;
const rightRest = part(rightRange, REST);

/** What of the range was asked for, by request. */
const asked = (arrivals: readonly Arrival[]) => arrivals.map(({ headers }) => [headers.range, headers['if-range']]);

function expectAsked(...expected: readonly (string | undefined)[][]) {
  return (arrivals: readonly Arrival[]) => {
    if (JSON.stringify(asked(arrivals)) !== JSON.stringify(expected)) {
      throw new Error(`asked for ${JSON.stringify(asked(arrivals))}`);
    }
  };
}

const NOTHING = [undefined, undefined];
const goesOn = (at: number, validator = '"one"') => [`bytes=${at}-`, validator];
const goesOnAndStartsAnew = expectAsked(NOTHING, goesOn(HALF), NOTHING);
const neverGoesOn = expectAsked(NOTHING, NOTHING);

/** Minds ranges and conditions as it should, and breaks off after so many bytes each time. */
function honest(body: Buffer, etag: string, most: number, end: 'close' | 'reset' = 'close'): Step {
  return (arrival) => {
    const from = Number(/^bytes=(\d+)-$/u.exec(arrival.headers.range ?? '')?.[1] ?? 0);
    const goes = from > 0 && arrival.headers['if-range'] === etag;
    const rest = goes ? body.subarray(from) : body;
    const range = goes ? [`Content-Range: bytes ${from}-${body.length - 1}/${body.length}`] : [];
    const status = goes ? '206 Partial Content' : '200 OK';
    const lines = [`Content-Length: ${rest.length}`, `ETag: ${etag}`, ...range];
    return says([head(lines, status), rest.subarray(0, most)], end)(arrival);
  };
}

/** Half of it, then a part that does not fit, then the whole: it must not be spliced, and not given up. */
function misfit(name: string, wrong: Step, more: Partial<Behaviour> = {}): Behaviour {
  return {
    name,
    script: [half([ETAG]), wrong, wholePicture],
    expect: 'bytes',
    requests: 3,
    check: goesOnAndStartsAnew,
    ...more,
  };
}

/** Eight frames of one length; whatever whole number of them there is, is a whole sound to those who see no more. */
const sound = mp3(8);
const FRAME = sound.length / 8;

export const RANGES: readonly Behaviour[] = [
  {
    name: 'gives the rest of a body that broke off',
    script: [half([ETAG]), rightRest],
    expect: 'bytes',
    requests: 2,
    check: expectAsked(NOTHING, goesOn(HALF)),
  },
  {
    name: 'gives the rest in chunks',
    script: [
      half([ETAG]),
      says([head([CHUNKED, ETAG, `Content-Range: ${rightRange}`], '206 Partial Content'), chunk(REST), LAST_CHUNK]),
    ],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'gives the rest by its date, where that is old enough',
    script: [half(OLD), part(rightRange, REST, OLD)],
    expect: 'bytes',
    requests: 2,
    check: expectAsked(NOTHING, goesOn(HALF, 'Mon, 01 Jan 2024 00:00:00 GMT')),
  },
  {
    name: 'breaks off again and again, and gives the rest each time',
    script: [honest(PICTURE, '"one"', Math.ceil(SIZE / 4))],
    expect: 'bytes',
    requests: 4,
    check: expectAsked(NOTHING, ...[1, 2, 3].map((turn) => goesOn(turn * Math.ceil(SIZE / 4)))),
  },
  {
    name: 'resets the connection in the middle, and gives the rest',
    script: [honest(PICTURE, '"one"', HALF, 'reset'), honest(PICTURE, '"one"', SIZE)],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'gives the whole body again, because it has no ranges',
    script: [half([ETAG]), answers(PICTURE, [ETAG])],
    expect: 'bytes',
    requests: 2,
    check: expectAsked(NOTHING, goesOn(HALF)),
  },
  {
    name: 'changed the file, says so with the whole new one, and is believed',
    script: [honest(PICTURE, '"one"', HALF), honest(CHANGED, '"two"', SIZE * 2)],
    body: CHANGED,
    expect: 'bytes',
    requests: 2,
  },
  misfit(
    'changed the file, minds no conditions, and gives the rest of the new one under its new ETag',
    part(`bytes ${HALF}-${CHANGED.length - 1}/${CHANGED.length}`, CHANGED.subarray(HALF), ['ETag: "two"']),
  ),
  misfit(
    'changed the file to one of the same size, minds no conditions, and gives its rest under no ETag',
    part(rightRange, Buffer.concat([CHANGED, Buffer.alloc(SIZE)]).subarray(HALF, SIZE), []),
  ),
  misfit('gives the rest under the same ETag, but weak', part(rightRange, REST, ['ETag: W/"one"'])),
  misfit('gives a part that begins at the beginning', part(`bytes 0-${SIZE - 1}/${SIZE}`, PICTURE)),
  misfit('gives a part that begins a byte late', part(`bytes ${HALF + 1}-${SIZE - 1}/${SIZE}`, REST.subarray(1))),
  misfit('gives a part that ends before the end', part(`bytes ${HALF}-${SIZE - 2}/${SIZE}`, REST.subarray(0, -1))),
  misfit('gives a part of a file of another size', part(`bytes ${HALF}-${SIZE}/${SIZE + 1}`, REST)),
  misfit('gives a part in another unit', part(`items ${HALF}-${SIZE - 1}/${SIZE}`, REST)),
  misfit('gives a part and does not say which', answers(REST, [ETAG], '206 Partial Content')),
  misfit('gives a part whose range is none', part('bytes of yours', REST)),
  misfit(
    'gives several parts at once',
    answers(
      `--x\r\nContent-Range: ${rightRange}\r\n\r\n${REST.toString('latin1')}\r\n--x--\r\n`,
      ['Content-Type: multipart/byteranges; boundary=x', ETAG],
      '206 Partial Content',
    ),
  ),
  misfit('gives the rest packed', part(rightRange, REST, [ETAG, 'Content-Encoding: gzip'])),
  misfit(
    'says that there is no rest, although there is',
    refuses('416 Range Not Satisfiable', ['Content-Range: bytes */10']),
  ),
  misfit('gives fewer bytes than its part has by its own range', part(rightRange, REST.subarray(0, -5))),
  misfit('gives more bytes than its part has by its own range', part(rightRange, Buffer.concat([REST, REST]))),
  misfit('gives rubbish for the rest', part(rightRange, Buffer.alloc(REST.length)), { requests: 3 }),
  {
    name: 'says for ever that there is no rest',
    script: [half([ETAG]), refuses('416 Range Not Satisfiable')],
    expect: 'E_BAD_ANSWER',
    requests: 5,
  },
  {
    name: 'gives the wrong part for ever',
    script: [half([ETAG]), part(`bytes 0-${SIZE - 1}/${SIZE}`, PICTURE)],
    expect: 'E_BAD_ANSWER',
    requests: 5,
  },
  {
    name: 'gives a part although the whole was asked for',
    script: [part(`bytes 0-${SIZE - 1}/${SIZE}`, PICTURE)],
    expect: 'E_BAD_ANSWER',
    requests: 5,
  },
  {
    name: 'gives a weak ETag, of which nobody may take the rest',
    script: [half(['ETag: W/"one"']), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: neverGoesOn,
  },
  {
    name: 'gives nothing that tells one version from another',
    script: [half(), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: neverGoesOn,
  },
  {
    name: 'changed the file this very minute, by its date',
    script: [half([OLD[0]!, 'Date: Mon, 01 Jan 2024 00:00:30 GMT']), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: neverGoesOn,
  },
  {
    name: 'says that it has no ranges',
    script: [half([ETAG, 'Accept-Ranges: none']), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: neverGoesOn,
  },
  {
    name: 'gives the rest under another date',
    script: [half(OLD), part(rightRange, REST, ['Last-Modified: Mon, 01 Jan 2024 05:00:00 GMT']), wholePicture],
    expect: 'bytes',
    requests: 3,
  },
  {
    name: 'gives the rest with the digest of the part, which is none of the whole',
    script: [half([ETAG, `Content-MD5: ${md5(PICTURE)}`]), part(rightRange, REST, [ETAG, `Content-MD5: ${md5(REST)}`])],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'gives a rest with which the whole has another digest than it said',
    script: [half([ETAG, `Content-MD5: ${md5(CHANGED)}`]), rightRest, wholePicture],
    expect: 'bytes',
    requests: 3,
    check: goesOnAndStartsAnew,
  },
  {
    name: 'cuts the rest of a sound that may end anywhere, and closes the connection in order',
    script: [
      says([head([CHUNKED, ETAG]), chunk(sound.subarray(0, 3 * FRAME))], 'close'),
      says(
        [
          head(
            ['Connection: close', ETAG, `Content-Range: bytes ${3 * FRAME}-${sound.length - 1}/${sound.length}`],
            '206 Partial Content',
          ),
          sound.subarray(3 * FRAME, 7 * FRAME),
        ],
        'close',
      ),
      answers(sound),
    ],
    body: sound,
    expect: 'bytes',
    requests: 3,
    check: expectAsked(NOTHING, goesOn(3 * FRAME), NOTHING),
  },
  {
    name: 'has a link that runs out in the middle, and gives the rest for a new one',
    script: [half([ETAG]), refuses('403 Forbidden'), rightRest],
    expect: 'bytes',
    requests: 3,
    check: (arrivals) => {
      expectAsked(NOTHING, goesOn(HALF), goesOn(HALF))(arrivals);
      if (arrivals[2]?.path !== '/picture.png?sig=secret-2') throw new Error('the link was not renewed');
    },
  },
  {
    name: 'is busy in the middle, and gives the rest when it is not',
    script: [half([ETAG]), refuses('503 Busy', ['Retry-After: 1']), rightRest],
    expect: 'bytes',
    requests: 3,
  },
];
