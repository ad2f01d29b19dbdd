import type * as http from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startProxy } from '../fakes/proxy.js';
import { createWorkshop, exchange, failureOf, textOf, until } from './support.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

/** Redirects `/n` to `/n-1`, and answers `/0`. */
const countdown: http.RequestListener = (request, response) => {
  const left = Number(request.url?.slice(1));
  if (left === 0) response.end('arrived');
  else response.writeHead(302, { location: `/${left - 1}` }).end('moved');
};

/** Answers any request with a redirect to this. */
const redirectTo =
  (location: string, status = 302): http.RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { location }).end('moved');

describe('a redirect', () => {
  test('is followed five times, and the answer tells where it came from', async () => {
    const server = await workshop.serve(countdown);
    const answer = await workshop.client().open(exchange(`${server.origin}/5`));
    expect(answer.url).toBe(`${server.origin}/0`);
    expect(await textOf(answer)).toBe('arrived');
  });

  test('is not followed a sixth time, and no socket is left open', async () => {
    const server = await workshop.serve(countdown);
    const failure = await failureOf(workshop.client().open(exchange(`${server.origin}/6`)));
    expect(failure).toMatchObject({ code: 'E_UNSAFE_ADDRESS', retryable: false });
    expect(failure.message).toContain('more than 5 redirects');
    expect(server.requests.map(({ url }) => url)).toEqual(['/6', '/5', '/4', '/3', '/2', '/1']);
    await until(() => server.sockets.size === 0);
  });

  test('to itself ends too', async () => {
    const server = await workshop.serve(redirectTo('/again'));
    expect((await failureOf(workshop.client().open(exchange(`${server.origin}/again`)))).code).toBe('E_UNSAFE_ADDRESS');
    expect(server.requests).toHaveLength(6);
  });

  test.each([301, 302, 303, 307, 308])('with the status %d is followed', async (status) => {
    const server = await workshop.serve((request, response) =>
      request.url === '/' ? response.end('arrived') : response.writeHead(status, { location: '/' }).end(),
    );
    expect(await textOf(await workshop.client().open(exchange(`${server.origin}/from`)))).toBe('arrived');
  });

  test.each([300, 304, 305, 306, 310])('is not seen in the status %d', async (status) => {
    const server = await workshop.serve(redirectTo('/elsewhere', status));
    const answer = await workshop.client().open(exchange(`${server.origin}/`));
    answer.discard();
    expect(answer.status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  test('without a place to go to, or with one that is no URL, is an answer', async () => {
    const server = await workshop.serve((request, response) =>
      request.url === '/none'
        ? response.writeHead(302).end()
        : response.writeHead(302, { location: 'https://[' }).end(),
    );
    for (const path of ['/none', '/broken']) {
      const answer = await workshop.client().open(exchange(`${server.origin}${path}`));
      answer.discard();
      expect(answer.status).toBe(302);
    }
  });

  test('that the caller wants to see is answered and not followed', async () => {
    const server = await workshop.serve(redirectTo('/elsewhere'));
    const answer = await workshop.client().open(exchange(`${server.origin}/`, { redirects: 0 }));
    expect(answer).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect(await textOf(answer)).toBe('moved');
    expect(server.requests).toHaveLength(1);
  });

  test('may be relative, and may hold a query and letters beyond ASCII', async () => {
    const server = await workshop.serve((request, response) =>
      request.url?.startsWith('/a/b')
        ? response.writeHead(302, { location: Buffer.from('../ü?q=%2B+ä').toString('latin1') }).end()
        : response.end(request.url),
    );
    expect(await textOf(await workshop.client().open(exchange(`${server.origin}/a/b`)))).toBe('/%C3%BC?q=%2B+%C3%A4');
  });

  test.each([
    ['file:///etc/passwd', 'file:'],
    ['http://pictures.example.com/a.webp', 'http:'],
    ['https://127.0.0.2/', 'private address'],
    ['https://[::1]/', 'private address'],
    ['https://0x7f.2/', 'private address'],
    ['https://169.254.169.254/latest/meta-data/', 'private address'],
    ['https://192.168.1.1/', 'private address'],
    ['//10.0.0.1/', 'http:'],
    ['https://user:password@pictures.example.com/', 'user name'],
    ['https://localhost/', 'this machine'],
    ['ftp://pictures.example.com/', 'ftp:'],
    ['javascript:alert(1)', 'javascript:'],
  ])('to %s is refused, and no socket is left open', async (location, reason) => {
    // The configured place is http://127.0.0.1 here; nothing else may be private or plain.
    const server = await workshop.serve(redirectTo(location));
    const failure = await failureOf(workshop.client().open(exchange(`${server.origin}/`)));
    expect(failure.code).toBe('E_UNSAFE_ADDRESS');
    expect(failure.message).toContain(reason);
    expect(failure.message).not.toContain('password');
    expect(server.requests).toHaveLength(1);
    await until(() => server.sockets.size === 0);
  });
});

describe('a HEAD', () => {
  test('stays one, also behind a 303', async () => {
    const server = await workshop.serve((request, response) =>
      request.url === '/' ? response.end() : response.writeHead(303, { location: '/' }).end(),
    );
    const answer = await workshop.client().open(exchange(`${server.origin}/from`, { method: 'HEAD' }));
    expect(await textOf(answer)).toBe('');
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });
});

describe('a POST', () => {
  const post = { method: 'POST', body: 'the body', headers: { 'content-type': 'text/plain' } };

  test.each([301, 302, 303])('is not turned into a GET by a %d: that is a failure', async (status) => {
    const server = await workshop.serve(redirectTo('/elsewhere', status));
    const failure = await failureOf(workshop.client().open(exchange(`${server.origin}/`, post)));
    expect(failure).toMatchObject({ code: 'E_BAD_ANSWER', retryable: false });
    expect(server.requests).toHaveLength(1);
    await until(() => server.sockets.size === 0);
  });

  test.each([307, 308])('is sent again, body and all, behind a %d to the same origin', async (status) => {
    const bodies: string[] = [];
    const server = await workshop.serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      if (request.url === '/from') response.writeHead(status, { location: '/to' }).end();
      else response.end('arrived');
    });
    expect(await textOf(await workshop.client().open(exchange(`${server.origin}/from`, post)))).toBe('arrived');
    expect(bodies).toEqual(['POST /from text/plain the body', 'POST /to text/plain the body']);
  });

  test('is not handed to another origin', async () => {
    const other = await workshop.serve((_request, response) => response.end('arrived'));
    const server = await workshop.serve(redirectTo(`${other.origin}/`, 307));
    expect((await failureOf(workshop.client().open(exchange(`${server.origin}/`, post)))).code).toBe('E_BAD_ANSWER');
    expect(other.requests).toEqual([]);
  });
});

const SECRET_HEADERS = {
  authorization: 'Bearer 1234567890',
  Cookie: 'session=1234567890',
  'X-Api-Key': '1234567890',
  'x-custom-token': '1234567890',
  'proxy-authorization': 'Basic 1234567890',
  accept: 'image/webp',
  range: 'bytes=0-',
};

describe('across origins', () => {
  test('no header goes along but harmless ones, to another port of the same host', async () => {
    const other = await workshop.serve((_request, response) => response.end('arrived'));
    const server = await workshop.serve(redirectTo(`${other.origin}/to`));
    const request = exchange(`${server.origin}/from`, {
      headers: SECRET_HEADERS,
      secretsFor: (origin) => (origin === server.origin ? { 'client-id': '1234567890' } : undefined),
    });
    expect(await textOf(await workshop.client().open(request))).toBe('arrived');
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer 1234567890',
      cookie: 'session=1234567890',
      'x-api-key': '1234567890',
      'client-id': '1234567890',
    });
    const { headers } = other.requests[0]!;
    expect(JSON.stringify(headers)).not.toContain('1234567890');
    expect(headers).toMatchObject({ accept: 'image/webp', range: 'bytes=0-', 'user-agent': 'albaretto-test' });
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'range',
      'user-agent',
    ]);
  });

  test('within an origin every header goes along', async () => {
    const server = await workshop.serve((request, response) =>
      request.url === '/to' ? response.end('arrived') : response.writeHead(302, { location: '/to' }).end(),
    );
    const request = exchange(`${server.origin}/from`, {
      headers: SECRET_HEADERS,
      secretsFor: () => ({ 'client-id': '1234567890' }),
    });
    await textOf(await workshop.client().open(request));
    expect(server.requests[1]?.headers).toMatchObject({ 'x-api-key': '1234567890', 'client-id': '1234567890' });
  });

  test('over TLS to another host, and from https to http, no secret goes along', async () => {
    const proxy = await startProxy({
      hosts: {
        'api.example.com': (request, response) => {
          const location = request.url === '/down' ? 'http://api.example.com/to' : 'https://cdn.example.net/to';
          response.writeHead(302, { location }).end();
        },
        'cdn.example.net': (_request, response) => response.end('arrived'),
      },
    });
    workshop.later(() => proxy.close());
    const client = workshop.client({ proxy: proxy.url, cacert: proxy.caFile });
    const secrets = {
      headers: SECRET_HEADERS,
      trusted: [{ host: 'api.example.com', plain: false }],
      secretsFor: (origin: string) =>
        origin === 'https://api.example.com' ? { 'client-id': '1234567890' } : undefined,
    };
    expect(await textOf(await client.open(exchange('https://api.example.com/from', secrets)))).toBe('arrived');
    expect(JSON.stringify(proxy.requests[1])).not.toContain('1234567890');
    expect(proxy.requests.map(({ host, path }) => `${host}${path}`)).toEqual([
      'api.example.com/from',
      'cdn.example.net/to',
    ]);

    const failure = await failureOf(client.open(exchange('https://api.example.com/down', secrets)));
    expect(failure.code).toBe('E_UNSAFE_ADDRESS');
    expect(proxy.requests).toHaveLength(3);
  });

  test('a secret comes back only when the way comes back to its own origin', async () => {
    const origins: string[] = [];
    const other = await workshop.serve((_request, response) =>
      response.writeHead(302, { location: `${origins[0]}/end` }).end(),
    );
    const server = await workshop.serve((request, response) =>
      request.url === '/end'
        ? response.end('arrived')
        : response.writeHead(302, { location: `${other.origin}/` }).end(),
    );
    origins.push(server.origin);
    const asked: string[] = [];
    const request = exchange(`${server.origin}/start`, {
      secretsFor(origin) {
        asked.push(origin);
        return origin === server.origin ? { authorization: 'Bearer 1234567890' } : undefined;
      },
    });
    await textOf(await workshop.client().open(request));
    expect(asked).toEqual([server.origin, other.origin, server.origin]);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

test('a link that is no URL is the service’s mistake, not a fault of the program', async () => {
  for (const link of ['', 'no url', '/path', 'https://', 'https://a b/']) {
    expect(await failureOf(workshop.client().open(exchange(link)))).toMatchObject({
      code: 'E_BAD_ANSWER',
      reach: 'item',
    });
  }
});

test('a signed query arrives byte for byte as it was received', async () => {
  const server = await workshop.serve((request, response) => response.end(request.url));
  const link = '/a/b%20c.webp?sv=2021&sig=a%2Bb%2fc%3D+d/e:f;g,h!*()&se=2024-01-01T00%3A00%3A00Z&empty=&flag&x=%zz';
  expect(await textOf(await workshop.client().open(exchange(`${server.origin}${link}`)))).toBe(link);
});

test('the trace names each hop without its query', async () => {
  const lines: string[] = [];
  const server = await workshop.serve((request, response) =>
    request.url === '/to?sig=secret' ? response.end() : response.writeHead(302, { location: '/to?sig=secret' }).end(),
  );
  const client = workshop.client({ trace: (line) => lines.push(line) });
  await textOf(await client.open(exchange(`${server.origin}/from?sig=secret`)));
  expect(lines).toEqual([
    expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/from 302 \d+ ms$/u),
    expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/to 200 \d+ ms$/u),
  ]);
});
