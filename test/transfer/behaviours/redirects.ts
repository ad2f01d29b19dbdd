/** Where a server may send somebody, and where nobody goes. */

import {
  answers,
  type Behaviour,
  HALF,
  half,
  head,
  PICTURE,
  refuses,
  repeats,
  says,
  wholePicture,
} from './behaviour.js';
import type { Arrival, Step } from './scripted-server.js';

const goesTo = (location: string, status = '302 Found'): Step => refuses(status, [`Location: ${location}`]);
const goesToOther =
  (path: string): Step =>
  (arrival) =>
    goesTo(`${arrival.other}${path}`)(arrival);

function demand(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

/** Refused before anything is sent there. */
const refused = (name: string, location: string, status?: string): Behaviour => ({
  name: `sends everybody to ${name}`,
  script: [goesTo(location, status)],
  expect: 'E_UNSAFE_ADDRESS',
  requests: 1,
});

const SECRET = 'secret-1234567890';
const SECRETS = { authorization: `Bearer ${SECRET}`, cookie: `session=${SECRET}`, 'x-api-key': SECRET };

function withoutSecrets(_arrivals: readonly Arrival[], others: readonly Arrival[]): void {
  demand(others.length > 0, 'the second server was not asked');
  demand(!JSON.stringify(others.map(({ headers }) => headers)).includes(SECRET), 'a secret went along');
  demand(!JSON.stringify(others.map(({ headers }) => headers)).includes('referer'), 'the way here was told');
}

export const REDIRECTS: readonly Behaviour[] = [
  ...['301 Moved Permanently', '302 Found', '303 See Other', '307 Temporary Redirect', '308 Permanent Redirect'].map(
    (status): Behaviour => ({
      name: `sends everybody elsewhere with ${status}`,
      script: [goesTo('/real.png', status), wholePicture],
      expect: 'bytes',
      requests: 2,
      check: (arrivals) => demand(arrivals[1]?.path === '/real.png', 'another path was asked for'),
    }),
  ),
  {
    name: 'sends everybody five times elsewhere',
    script: [...Array.from({ length: 5 }, (_, turn) => goesTo(`/${turn}`)), wholePicture],
    expect: 'bytes',
    requests: 6,
  },
  {
    name: 'sends everybody six times elsewhere',
    script: [...Array.from({ length: 6 }, (_, turn) => goesTo(`/${turn}`)), wholePicture],
    expect: 'E_UNSAFE_ADDRESS',
    requests: 6,
  },
  {
    name: 'sends everybody in a circle',
    script: [goesTo('/a'), goesTo('/b'), goesTo('/a')],
    expect: 'E_UNSAFE_ADDRESS',
    requests: 6,
  },
  {
    name: 'sends everybody to where they are',
    script: [goesTo('/picture.png')],
    expect: 'E_UNSAFE_ADDRESS',
    requests: 6,
  },
  {
    name: 'sends everybody to a path beside this one',
    script: [goesTo('real.png?x=1'), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: (arrivals) => demand(arrivals[1]?.path === '/real.png?x=1', 'another path was asked for'),
  },
  {
    name: 'sends everybody to a path with a fragment',
    script: [goesTo('/real.png#here'), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: (arrivals) => demand(arrivals[1]?.path === '/real.png', 'another path was asked for'),
  },
  {
    name: 'sends everybody out of its own folder',
    script: [goesTo('/a/../../../real.png'), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: (arrivals) => demand(arrivals[1]?.path === '/real.png', 'another path was asked for'),
  },
  {
    name: 'sends everybody to a path in another script',
    script: [
      (arrival) => arrival.send(Buffer.from(head(['Content-Length: 0', 'Location: /größe/絵.png'], '302 Found'))),
      wholePicture,
    ],
    expect: 'bytes',
    requests: 2,
    check: (arrivals) => demand(arrivals[1]?.path === encodeURI('/größe/絵.png'), `asked for ${arrivals[1]?.path}`),
  },
  {
    name: 'hides line breaks in the place that it sends everybody to',
    script: [goesTo('/real.png?x=%0d%0aX-Evil:%201%0d%0a%0d%0aGET%20/evil'), wholePicture],
    expect: 'bytes',
    requests: 2,
    check: (arrivals) => demand(arrivals[1]?.headers['x-evil'] === undefined, 'the line was broken'),
  },
  {
    name: 'sends everybody to no place at all',
    script: [refuses('302 Found')],
    expect: 'E_BAD_ANSWER',
    requests: 1,
  },
  { name: 'sends everybody to an empty place', script: [goesTo('')], expect: 'E_UNSAFE_ADDRESS', requests: 6 },
  {
    name: 'sends everybody to a place that is none',
    script: [goesTo('https://[')],
    expect: 'E_BAD_ANSWER',
    requests: 1,
  },
  {
    name: 'names two places, of which the first counts',
    script: [refuses('302 Found', ['Location: /real.png', 'Location: file:///etc/passwd']), wholePicture],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'sends a body without end along with the way',
    script: [
      repeats(head(['Location: /real.png', 'Connection: close'], '302 Found'), Buffer.alloc(16_384)),
      wholePicture,
    ],
    expect: 'bytes',
    requests: 2,
  },
  {
    name: 'sends everybody to another port, where no secret goes along',
    script: [goesToOther('/real.png')],
    other: [wholePicture],
    location: { headers: SECRETS },
    expect: 'bytes',
    requests: 1,
    check(arrivals, others) {
      demand(arrivals[0]?.headers['x-api-key'] === SECRET, 'the server itself got no secret');
      withoutSecrets(arrivals, others);
    },
  },
  {
    name: 'sends everybody to another port and back, where no secret goes along either',
    script: [(arrival) => goesTo(`${arrival.other}/a?${arrival.origin}`)(arrival), wholePicture],
    other: [(arrival) => goesTo(`${arrival.path.split('?')[1]}/b`)(arrival)],
    location: { headers: SECRETS },
    expect: 'bytes',
    requests: 2,
    check: withoutSecrets,
  },
  {
    name: 'breaks off behind a redirect, and gives the rest there',
    script: [goesToOther('/real.png')],
    other: [
      half(['ETag: "one"']),
      answers(
        PICTURE.subarray(HALF),
        ['ETag: "one"', `Content-Range: bytes ${HALF}-${PICTURE.length - 1}/${PICTURE.length}`],
        '206 Partial Content',
      ),
    ],
    expect: 'bytes',
    requests: 2,
    check: (_arrivals, others) => demand(others[1]?.headers.range === `bytes=${HALF}-`, 'the whole was asked for'),
  },
  {
    name: 'closes the connection after each redirect',
    script: [
      says([head(['Location: /real.png', 'Connection: close', 'Content-Length: 0'], '302 Found')], 'close'),
      wholePicture,
    ],
    expect: 'bytes',
    requests: 2,
  },
  refused('another host without TLS', 'http://pictures.example.org/a.png'),
  refused('a file of this machine', 'file:///etc/passwd'),
  refused('a body inside the address', 'data:image/png;base64,iVBORw0KGgo='),
  refused('a script', 'javascript:alert(1)'),
  refused('a file server', 'ftp://pictures.example.org/a.png'),
  refused('a socket of this machine', 'http://unix:/var/run/docker.sock:/images/json'),
  refused('an object of the browser', 'blob:https://example.org/1'),
  refused('a private address', 'https://10.0.0.1/a.png'),
  refused('a private address as one number', 'https://167772161/a.png'),
  refused('a private address in hexadecimal', 'https://0xa000001/a.png'),
  refused('a private address in octal', 'https://012.0.0.1/a.png'),
  refused('a private address with parts left out', 'https://10.1/a.png'),
  refused('this machine by another of its addresses', 'https://127.0.0.2/a.png'),
  refused('this machine in IPv6', 'https://[::1]/a.png'),
  refused('this machine in IPv4 inside IPv6', 'https://[::ffff:127.0.0.1]/a.png'),
  refused('the metadata address of a cloud', 'https://169.254.169.254/latest/meta-data/'),
  refused('this machine by its name', 'https://localhost/a.png'),
  refused('a name below localhost', 'https://pictures.localhost./a.png'),
  refused('a place with a user name', 'https://user:password@pictures.example.org/a.png'),
  refused('a place that only looks like another', 'https://pictures.example.org@10.0.0.1/a.png'),
  refused('a place of another scheme, with the same name', '//10.0.0.1/a.png'),
  refused('a private address for good', 'https://10.0.0.1/a.png', '308 Permanent Redirect'),
];
