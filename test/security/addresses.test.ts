/** Links that led a program to places that only its user can reach, in other programs. */

import * as dns from 'node:dns';
import { afterEach, describe, expect, jest, test } from '@jest/globals';

/** What the system's resolver answers, one answer a question; the last one is given again and again. */
const resolver: { answers: dns.LookupAddress[][] } = { answers: [] };

jest.unstable_mockModule('node:dns', () => ({
  ...dns,
  lookup(_name: string, options: { all?: boolean }, callback: (error: Error | null, found?: unknown) => void) {
    const answer = resolver.answers.length > 1 ? resolver.answers.shift()! : resolver.answers[0]!;
    callback(null, options.all === true ? answer : answer[0]?.address);
  },
}));

const { createWorkshop, exchange, failureOf, textOf } = await import('../http/support.js');
const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

const away = (link: string) => exchange(link, { trusted: [] });

describe('a link out of a service’s answer', () => {
  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://localhost/',
    'https://printer.localhost/',
  ])('got follows to [::1] (measured), wget CVE-2026-15146: %s is refused, and nothing is connected', async (link) => {
    expect((await failureOf(workshop.client().open(away(link)))).code).toBe('E_UNSAFE_ADDRESS');
  });

  test.each([
    'file:///etc/passwd',
    'file://localhost/etc/passwd',
    'ftp://example.com/a',
    'gopher://example.com/',
    'data:,a',
    'dict://example.com/',
  ])('curl’s file:// family, wget CVE-2026-15146: %s is refused', async (link) => {
    expect((await failureOf(workshop.client().open(away(link)))).code).toBe('E_UNSAFE_ADDRESS');
  });

  test.each([
    'https://example.com;@127.0.0.1/',
    'https://example.com:443@127.0.0.1/',
    'https://example.com%00@127.0.0.1/',
    'https://127.0.0.1;example.com/',
    'https://127.0.0.1#@example.com/',
    'https://127.0.0.1?@example.com/',
  ])('wget CVE-2024-38428: %s is read in one way only, and refused', async (link) => {
    // Whatever is left as a name leads to this machine.
    resolver.answers = [[{ address: '127.0.0.1', family: 4 }]];
    expect((await failureOf(workshop.client().open(away(link)))).code).toMatch(/^E_(UNSAFE_ADDRESS|BAD_ANSWER)$/u);
  });

  test('DNS rebinding: a name that leads to a private address is refused when the connection is made', async () => {
    const server = await workshop.serve((_request, response) => response.end('inside'));
    resolver.answers = [[{ address: '127.0.0.1', family: 4 }]];
    const failure = await failureOf(workshop.client().open(away(`https://rebinding.example.com:${server.port}/`)));
    expect(failure).toMatchObject({ code: 'E_UNSAFE_ADDRESS', retryable: false });
    expect(server.sockets.size).toBe(0);
  });

  test('DNS rebinding: one private address among public ones is enough to refuse all of them', async () => {
    const server = await workshop.serve((_request, response) => response.end('inside'));
    resolver.answers = [
      [
        { address: '198.51.100.7', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ];
    const failure = await failureOf(workshop.client().open(away(`https://rebinding.example.com:${server.port}/`)));
    expect(failure.code).toBe('E_UNSAFE_ADDRESS');
    expect(server.sockets.size).toBe(0);
  });
});

test('yt-dlp CVE-2023-46121: nothing in an answer makes requests go through another proxy', async () => {
  const evil = await workshop.serve((_request, response) => response.end('evil'));
  const server = await workshop.serve((request, response) =>
    request.url === '/'
      ? response
          .writeHead(302, {
            location: '/next?__smuggle_proxy=1#__youtubedl_smuggle=%7B%22proxy%22%3A%20%22x%22%7D',
            proxy: evil.origin,
            'proxy-authenticate': 'Basic',
            'x-http-proxy': evil.origin,
            'alt-svc': `h2="127.0.0.1:${evil.port}"`,
          })
          .end()
      : response.end('arrived'),
  );
  const client = workshop.client();
  expect(await textOf(await client.open(exchange(`${server.origin}/`)))).toBe('arrived');
  expect(await textOf(await client.open(exchange(`${server.origin}/again`)))).toBe('arrived');
  expect(evil.requests).toEqual([]);
});
