/** How a server refuses, and what is made of it. */

import { answers, type Behaviour, head, PICTURE, refuses, repeats, wholePicture } from './behaviour.js';
import type { Arrival } from './scripted-server.js';

const [MINUTES, HOUR] = [4, 3600];

function renewedOnce(arrivals: readonly Arrival[]): void {
  const links = arrivals.map(({ path }) => path);
  const expected = ['/picture.png?sig=secret-1', '/picture.png?sig=secret-2'];
  if (JSON.stringify(links) !== JSON.stringify(expected)) throw new Error(`asked for ${links.join(' ')}`);
}

/** A link that is refused is asked for anew, once. */
const links = (
  [
    ['401 Unauthorized', 'E_EXPIRED'],
    ['403 Forbidden', 'E_EXPIRED'],
    ['404 Not Found', 'E_NOT_FOUND'],
    ['410 Gone', 'E_NOT_FOUND'],
  ] as const
).flatMap(([status, code]): Behaviour[] => [
  {
    name: `refuses a link with ${status}, and takes a new one`,
    script: [refuses(status), wholePicture],
    expect: 'bytes',
    requests: 2,
    waits: [],
    check: renewedOnce,
  },
  {
    name: `refuses every link with ${status}`,
    script: [refuses(status)],
    expect: code,
    requests: 2,
    waits: [],
    check: renewedOnce,
  },
]);

/** Statuses for which a second try would change nothing. */
const final = (
  [
    ['204 No Content', 'E_BAD_ANSWER'],
    ['304 Not Modified', 'E_BAD_ANSWER'],
    ['300 Multiple Choices', 'E_BAD_ANSWER'],
    ['305 Use Proxy', 'E_BAD_ANSWER'],
    ['400 Bad Request', 'E_BAD_ANSWER'],
    ['402 Payment Required', 'E_BAD_ANSWER'],
    ['418 I am a Teapot', 'E_BAD_ANSWER'],
    ['451 Unavailable For Legal Reasons', 'E_BAD_ANSWER'],
    ['501 Not Implemented', 'E_UNAVAILABLE'],
    ['505 HTTP Version Not Supported', 'E_UNAVAILABLE'],
  ] as const
).map(
  ([status, code]): Behaviour => ({ name: `answers ${status}`, script: [refuses(status)], expect: code, requests: 1 }),
);

/** Statuses that may pass. */
const passing = ['408 Request Timeout', '425 Too Early', '500 Fault', '502 Bad Gateway', '503 Busy', '504 Timeout'].map(
  (status): Behaviour => ({
    name: `answers ${status} twice, and then the picture`,
    script: [refuses(status), refuses(status), wholePicture],
    expect: 'bytes',
    requests: 3,
    waits: [500, 1000],
  }),
);

export const REFUSALS: readonly Behaviour[] = [
  ...links,
  ...final,
  ...passing,
  { name: 'answers 500 for ever', script: [refuses('500 Fault')], expect: 'E_UNAVAILABLE', requests: 5 },
  {
    name: 'answers a status that nobody knows, for ever',
    script: [refuses('599 Odd')],
    expect: 'E_UNAVAILABLE',
    requests: 5,
  },
  { name: 'answers a status above all others', script: [refuses('999 No')], expect: 'E_UNAVAILABLE', requests: 5 },
  {
    name: 'asks twice for time in seconds, and is given it',
    script: [
      refuses('429 Too Many Requests', ['Retry-After: 7']),
      refuses('429 Too Many Requests', ['Retry-After: 3']),
      wholePicture,
    ],
    expect: 'bytes',
    requests: 3,
    waits: [7000, 3000],
  },
  {
    name: 'asks for time in milliseconds, and is given it',
    script: [refuses('429 Too Many Requests', ['Retry-After-Ms: 1234', 'Retry-After: 9']), wholePicture],
    expect: 'bytes',
    requests: 2,
    waits: [1234],
  },
  {
    name: 'asks for time until a date, and is given it',
    // The clock of these tests stands at 12:00.
    script: [refuses('503 Busy', ['Retry-After: Wed, 28 Sep 2022 12:00:20 GMT']), wholePicture],
    expect: 'bytes',
    requests: 2,
    waits: [20_000],
  },
  {
    name: 'asks for time until a date that is past, and is asked again after a while',
    script: [refuses('429 Too Many Requests', ['Retry-After: Wed, 28 Sep 2022 11:59:00 GMT']), wholePicture],
    expect: 'bytes',
    requests: 2,
    waits: [500],
  },
  ...['soon', '-5', '1e9', '', '5 minutes'].map(
    (text): Behaviour => ({
      name: `asks for time in words that nobody understands: '${text}'`,
      script: [refuses('429 Too Many Requests', [`Retry-After: ${text}`]), wholePicture],
      expect: 'bytes',
      requests: 2,
      waits: [500],
    }),
  ),
  {
    name: 'asks for no time at all, and is asked again after a time of one’s own',
    script: [refuses('429 Too Many Requests', ['Retry-After: 0']), wholePicture],
    expect: 'bytes',
    requests: 2,
    waits: [500],
  },
  {
    name: 'asks for a few minutes each time, and is given up in the end',
    script: [refuses('429 Too Many Requests', [`Retry-After: ${MINUTES * 60}`])],
    expect: 'E_RATE_LIMITED',
    requests: 5,
    waits: Array.from({ length: 4 }, () => MINUTES * 60_000),
  },
  {
    name: 'asks for more time than anybody waits',
    script: [refuses('429 Too Many Requests', [`Retry-After: ${HOUR}`])],
    expect: 'E_RATE_LIMITED',
    requests: 1,
    waits: [],
  },
  {
    name: 'asks for all the time that there is',
    script: [refuses('429 Too Many Requests', [`Retry-After: ${'9'.repeat(400)}`])],
    expect: 'E_RATE_LIMITED',
    requests: 1,
    waits: [],
  },
  {
    name: 'limits everybody for ever and does not say for how long',
    script: [refuses('429 Too Many Requests')],
    expect: 'E_RATE_LIMITED',
    requests: 5,
  },
  {
    name: 'sends a body without end along with its refusal',
    script: [repeats(head(['Connection: close'], '404 Not Found'), Buffer.alloc(16_384))],
    expect: 'E_NOT_FOUND',
    requests: 2,
  },
  {
    name: 'sends the picture along with its refusal',
    script: [answers(PICTURE, [], '404 Not Found')],
    expect: 'E_NOT_FOUND',
    requests: 2,
  },
  {
    name: 'says something that would drive a terminal along with its refusal',
    script: [answers('\u001b]52;c;aGFsbG8=\u0007\u001b[2J', ['X-Error: \u009b2J'], '400 \u001b[31mNo')],
    expect: 'E_BAD_ANSWER',
    requests: 1,
  },
];
