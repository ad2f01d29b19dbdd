/** Secrets that went to a stranger, in other programs. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createServiceHttp } from '../../src/http/service.js';
import { startProxy } from '../fakes/proxy.js';
import { createWorkshop, exchange, failureOf, textOf } from '../http/support.js';
import { readSourceFiles } from '../support/source-files.js';

const workshop = createWorkshop();
const folders: string[] = [];

afterEach(async () => {
  await workshop.closeAll();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const SECRET = 'sk-1234567890';
/** Where a program of the field puts a secret, and some that put it where nobody strips it. */
const SECRETS = {
  Authorization: `Bearer ${SECRET}`,
  Cookie: `session=${SECRET}`,
  Cookie2: SECRET,
  'Proxy-Authorization': `Basic ${SECRET}`,
  'X-Api-Key': SECRET,
  'X-Auth-Token': SECRET,
  'Client-Id': SECRET,
};

/** A server at which a redirect leads to another port, and what came there. */
async function redirected(headers: Record<string, string>, status = 302) {
  const stranger = await workshop.serve((_request, response) => response.end('arrived'));
  const server = await workshop.serve((_request, response) =>
    response.writeHead(status, { location: `${stranger.origin}/to` }).end(),
  );
  await textOf(await workshop.client().open(exchange(`${server.origin}/from?key=${SECRET}`, { headers })));
  return { sent: server.requests[0]!.headers, arrived: stranger.requests[0]!.headers };
}

describe('across a redirect to another port of the same host', () => {
  test.each([301, 302, 303, 307, 308])(
    'curl CVE-2018-1000007, CVE-2022-27774, CVE-2022-27776, yt-dlp CVE-2023-35934, undici CVE-2023-45143, GHSA-m4v8-wqvr-p9f7, follow-redirects CVE-2024-28849, rclone GHSA-8mxv-9xhp-86h4: no secret goes along (%d)',
    async (status) => {
      const { sent, arrived } = await redirected(SECRETS, status);
      expect(sent['x-api-key']).toBe(SECRET);
      expect(JSON.stringify(arrived)).not.toContain(SECRET);
    },
  );

  test('curl CVE-2021-22876: the way here, with its query, is not told either', async () => {
    const { arrived } = await redirected({});
    expect(arrived.referer).toBeUndefined();
    expect(JSON.stringify(arrived)).not.toContain(SECRET);
  });
});

describe('across a redirect to another host, over TLS', () => {
  async function world() {
    const proxy = await startProxy({
      hosts: {
        'api.example.com': (request, response) => {
          const to = new URL(request.url ?? '/', 'https://api.example.com').searchParams.get('to') ?? '';
          response.writeHead(302, { location: to }).end();
        },
        'cdn.example.net': (_request, response) => response.end('arrived'),
        'api.example.com.evil.example': (_request, response) => response.end('arrived'),
      },
    });
    workshop.later(() => proxy.close());
    const url = `http://user:${SECRET}@127.0.0.1:${proxy.port}`;
    const client = workshop.client({ proxy: url, cacert: proxy.caFile });
    const follow = (to: string) =>
      client.open(
        exchange(`https://api.example.com/from?to=${encodeURIComponent(to)}`, {
          trusted: [{ host: 'api.example.com', plain: false }],
          headers: SECRETS,
          secretsFor: (origin) => (origin === 'https://api.example.com' ? { 'x-late-key': SECRET } : undefined),
        }),
      );
    return { proxy, follow };
  }

  test.each(['https://cdn.example.net/to', 'https://api.example.com.evil.example/to'])(
    'curl CVE-2025-14524, CVE-2026-3783, wget CVE-2021-31879, rclone GHSA-h4mf-4v27-hggj: no secret goes to %s',
    async (to) => {
      const { proxy, follow } = await world();
      await textOf(await follow(to));
      expect(proxy.requests[0]?.headers['x-late-key']).toBe(SECRET);
      expect(JSON.stringify(proxy.requests[1]?.headers)).not.toContain(SECRET);
    },
  );

  test.each(['http://api.example.com/to', 'http://cdn.example.net/to'])(
    'rclone GHSA-cf44-9pgv-m4xc: https never falls to %s',
    async (to) => {
      const { proxy, follow } = await world();
      expect((await failureOf(follow(to))).code).toBe('E_UNSAFE_ADDRESS');
      expect(proxy.requests).toHaveLength(1);
      expect(proxy.refused).toEqual([]);
    },
  );

  test('curl CVE-2026-6253: what the proxy is told, no server behind it is told', async () => {
    const { proxy, follow } = await world();
    await textOf(await follow('https://cdn.example.net/to'));
    expect(proxy.requests).toHaveLength(2);
    for (const { headers } of proxy.requests) {
      expect(JSON.stringify(headers)).not.toContain(Buffer.from(`user:${SECRET}`).toString('base64'));
    }
  });
});

test('curl CVE-2020-8169: a link with a password in it is refused before any name is looked up, and is not told', async () => {
  for (const link of [`https://user:${SECRET}@example.com/`, `https://user:${SECRET}%40@example.com/`]) {
    const failure = await failureOf(workshop.client().open(exchange(link, { trusted: [] })));
    expect(failure.code).toBe('E_UNSAFE_ADDRESS');
    expect(failure.describe()).not.toContain(SECRET);
  }
});

test('curl CVE-2024-11053, CVE-2025-0167, CVE-2026-3783, yt-dlp CVE-2026-26331: no netrc is read, whoever names one', async () => {
  const home = mkdtempSync(join(tmpdir(), 'albaretto-netrc-'));
  folders.push(home);
  writeFileSync(
    join(home, '.netrc'),
    `machine 127.0.0.1 login user password ${SECRET}\ndefault login user password ${SECRET}\n`,
  );
  const before = { HOME: process.env.HOME, NETRC: process.env.NETRC };
  Object.assign(process.env, { HOME: home, NETRC: join(home, '.netrc') });
  try {
    const server = await workshop.serve((_request, response) => response.writeHead(401).end());
    (await workshop.client().open(exchange(`${server.origin}/`))).discard();
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

test('got CVE-2022-33987 / GHSA-pfrx-2q88-qq97: a redirect to a socket of this machine is refused', async () => {
  for (const location of ['http://unix:/var/run/docker.sock:/v1/info', 'unix:/var/run/docker.sock']) {
    const server = await workshop.serve((_request, response) => response.writeHead(302, { location }).end());
    expect((await failureOf(workshop.client().open(exchange(`${server.origin}/`)))).code).toBe('E_UNSAFE_ADDRESS');
  }
});

test('follow-redirects CVE-2023-26159: an address that parsers read differently leads nowhere', async () => {
  for (const location of [
    'https://[::1',
    'https:/\\127.0.0.2/',
    'https:\\\\127.0.0.2',
    'https://127.0.0.2\\@example.com/',
  ]) {
    const server = await workshop.serve((_request, response) => response.writeHead(302, { location }).end('moved'));
    const outcome = await workshop
      .client()
      .open(exchange(`${server.origin}/`))
      .then(
        (answer) => {
          answer.discard();
          return answer.status;
        },
        (thrown: { code: string }) => thrown.code,
      );
    expect([location, outcome]).toEqual([location, location.includes('[') ? 302 : 'E_UNSAFE_ADDRESS']);
  }
});

test('yt-dlp CVE-2026-50019, CVE-2023-35934: cookies that a server sets are kept for nobody', async () => {
  const server = await workshop.serve((_request, response) =>
    response.writeHead(200, { 'set-cookie': `session=${SECRET}; Domain=127.0.0.1; Path=/` }).end(),
  );
  const client = workshop.client();
  for (let turn = 0; turn < 2; turn += 1) await textOf(await client.open(exchange(`${server.origin}/`)));
  expect(server.requests[1]?.headers.cookie).toBeUndefined();
});

test('anchored by rule: a service’s secret goes to the origin of its base URL and to no link that its answers give', async () => {
  const stranger = await workshop.serve((_request, response) => response.end('{}'));
  const server = await workshop.serve((_request, response) => response.end('{}'));
  const http = createServiceHttp({
    client: workshop.client(),
    plugin: 'test',
    baseUrl: server.origin,
    credential: async () => ({ name: 'x-api-key', value: SECRET }),
    maxBytes: 1000,
    retry: { sleep: async () => undefined },
    now: Date.now,
  });
  await http.json({ url: '/own', what: 'reading it' });
  await http.json({ url: `${stranger.origin}/next`, what: 'reading it', authorize: true });
  expect(server.requests[0]?.headers['x-api-key']).toBe(SECRET);
  expect(JSON.stringify(stranger.requests[0]?.headers)).not.toContain(SECRET);
});

test('curl CVE-2024-11053, yt-dlp CVE-2023-35934: no package of the program reads netrc files, cookies or keyrings', () => {
  const files = readSourceFiles(fileURLToPath(new URL('../..', import.meta.url)), ['src', 'sources', 'sinks']);
  const packages = files.flatMap(({ imports }) => imports.map(({ target }) => target ?? ''));
  expect(packages.filter((name) => /netrc|cookie|keytar/iu.test(name))).toEqual([]);
});
