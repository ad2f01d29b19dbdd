import * as dns from 'node:dns';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';

/** What the system's resolver answers for any name, and what it was asked. */
const resolver: { answer: dns.LookupAddress[] | Error; asked: string[] } = { answer: [], asked: [] };

jest.unstable_mockModule('node:dns', () => ({
  ...dns,
  lookup(name: string, options: { all?: boolean }, callback: (error: Error | null, found?: unknown) => void) {
    resolver.asked.push(name);
    const { answer } = resolver;
    if (answer instanceof Error) return callback(answer);
    return callback(null, options.all === true ? answer : answer[0]?.address);
  },
}));

const { checkUrl, isPublicAddress, publicLookup, trustedPlace } = await import('../../src/http/address.js');
const { createAgents } = await import('../../src/http/agents.js');
const { createWorkshop, exchange, failureOf, textOf } = await import('./support.js');

const workshop = createWorkshop();

beforeEach(() => {
  resolver.answer = [];
  resolver.asked = [];
});

afterEach(() => workshop.closeAll());

const PRIVATE = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::10.0.0.1',
  '100::1',
  '2001:0:1::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '4000::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];

const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '193.99.144.80', '2606:4700:4700::1111', '64:ff9b::8.8.8.8'];

describe('an address', () => {
  test.each(PRIVATE)('%s is not one of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(PUBLIC)('%s is one of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('that cannot be read is not public', () => {
    for (const text of ['', 'localhost', '1.2.3.4.5', 'g::1', '[', '%']) expect(isPublicAddress(text)).toBe(false);
  });

  test('that is IPv4 is as public in its IPv6 forms as it is itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
      }),
    );
  });
});

function check(link: string, trusted: Parameters<typeof checkUrl>[1] = []): string {
  try {
    checkUrl(new URL(link), trusted, 'reading it');
    return 'followed';
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

describe('a link from a service', () => {
  test.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://１２７.0.0.1/',
    'https://0/',
    'https://0.0.0.0/',
    'https://169.254.169.254/latest/meta-data/',
    'https://2852039166/',
    'https://10.0.0.1:8443/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://localhost/',
    'https://localhost./',
    'https://LOCALHOST:8080/',
    'https://a.localhost/',
    'https://a.localhost./',
  ])('is not followed to %s', (link) => {
    expect(check(link)).toBe('E_UNSAFE_ADDRESS');
  });

  test.each([
    'http://pictures.example.com/',
    'file:///etc/passwd',
    'ftp://pictures.example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
    'unix:/run/docker.sock:/x',
  ])('is followed over https only, not to %s', (link) => {
    expect(check(link)).toBe('E_UNSAFE_ADDRESS');
  });

  test('is not followed when it carries a user name or a password', () => {
    expect(check('https://user@pictures.example.com/')).toBe('E_UNSAFE_ADDRESS');
    expect(check('https://:password@pictures.example.com/')).toBe('E_UNSAFE_ADDRESS');
    const home = [trustedPlace('https://service.example.com')];
    expect(check('https://user:password@service.example.com/', home)).toBe('E_UNSAFE_ADDRESS');
  });

  test('is followed to public names and public addresses', () => {
    expect(check('https://pictures.example.com/a?b=c#d')).toBe('followed');
    expect(check('https://8.8.8.8/')).toBe('followed');
    expect(check('https://[2606:4700:4700::1111]/')).toBe('followed');
    expect(check('https://notlocalhost/')).toBe('followed');
  });
});

describe('the place that the person configured', () => {
  test('may be private and may speak plain http', () => {
    expect(check('http://127.0.0.1:8080/a', [trustedPlace('http://127.0.0.1:9090')])).toBe('followed');
    expect(check('http://localhost:8080/a', [trustedPlace('http://localhost:9090')])).toBe('followed');
    expect(check('https://10.0.0.7/a', [trustedPlace('https://10.0.0.7/api')])).toBe('followed');
    expect(check('http://[::1]:8080/', [trustedPlace('http://[::1]:9090')])).toBe('followed');
  });

  test('is not left for plain http when it was configured with https', () => {
    expect(check('http://service.example.com/', [trustedPlace('https://service.example.com')])).toBe(
      'E_UNSAFE_ADDRESS',
    );
  });

  test('does not open the way to other private places', () => {
    const home = [trustedPlace('http://127.0.0.1:9090')];
    expect(check('https://127.0.0.2/', home)).toBe('E_UNSAFE_ADDRESS');
    expect(check('http://localhost/', home)).toBe('E_UNSAFE_ADDRESS');
    expect(check('http://pictures.example.com/', home)).toBe('E_UNSAFE_ADDRESS');
  });
});

describe('a name', () => {
  const lookup = (options: object) =>
    new Promise<{ error: NodeJS.ErrnoException | null; address: unknown; family?: number | undefined }>((resolve) => {
      publicLookup('pictures.example.com', options, (error, address, family) => resolve({ error, address, family }));
    });

  test('is looked up as Node asks for it: one address, or all', async () => {
    resolver.answer = [
      { address: '193.99.144.80', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ];
    expect(await lookup({})).toEqual({ error: null, address: '193.99.144.80', family: 4 });
    expect((await lookup({ all: true })).address).toEqual(resolver.answer);
  });

  test('is refused when one of its addresses is private, wherever that one stands', async () => {
    resolver.answer = [
      { address: '193.99.144.80', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    expect((await lookup({ all: true })).error?.code).toBe('EPRIVATE');
    expect((await lookup({})).error?.code).toBe('EPRIVATE');
  });

  test('is refused when it has no address', async () => {
    expect((await lookup({ all: true })).error?.code).toBe('EPRIVATE');
  });

  test('that is not known keeps the resolver’s own failure', async () => {
    resolver.answer = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    expect((await lookup({ all: true })).error?.code).toBe('ENOTFOUND');
  });

  test.each([
    ['an answer', true],
    ['media', false],
  ])('of a link for %s that leads to a private address is not connected to', async (_kind, decompress) => {
    const server = await workshop.serve((_request, response) => response.end('private'));
    resolver.answer = [{ address: '127.0.0.1', family: 4 }];
    const link = exchange(`https://pictures.example.com:${server.port}/`, { trusted: [], decompress });
    const failure = await failureOf(workshop.client().open(link));
    expect(failure).toMatchObject({ code: 'E_UNSAFE_ADDRESS', retryable: false });
    expect(failure.message).toContain('private address');
    expect(resolver.asked).toEqual(['pictures.example.com']);
    expect(server.sockets.size).toBe(0);
  });

  test('of the configured place may lead to a private address', async () => {
    const server = await workshop.serve((_request, response) => response.end('mine'));
    const home = [trustedPlace('http://localhost')];
    const answer = await workshop.client().open(exchange(`http://localhost:${server.port}/`, { trusted: home }));
    expect(await textOf(answer)).toBe('mine');
    expect(resolver.asked).toEqual([]);
  });
});

test('a connection to the configured place is not found open by a link', () => {
  const agents = createAgents({ environmentProxy: () => '' });
  const url = new URL('https://service.example.com/');
  expect(agents.agentsFor(url, true).https).not.toBe(agents.agentsFor(url, false).https);
  expect(agents.agentsFor(url, true).https).toBe(agents.agentsFor(url, true).https);
  agents.close();
});
