import type * as http from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import type { HttpClient } from '../../src/http/client.js';
import { createServiceHttp, type ServiceHttpOptions } from '../../src/http/service.js';
import { fromService } from '../../src/model.js';
import { rawRecord } from '../../src/raw.js';
import type { RetryPolicy } from '../../src/retry.js';
import { startProxy } from '../fakes/proxy.js';
import { createWorkshop, failureOf, type TestServer, thrownBy, until } from './support.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

const NOW = Date.parse('2024-05-01T12:00:00Z');
const POLICY: RetryPolicy = { tries: 3, base: 100, cap: 400, total: 10_000, patience: 60_000 };

/** A service on this machine, as a plugin sees it; no wait takes any time. */
function service(server: Pick<TestServer, 'origin'>, more: Partial<ServiceHttpOptions> & { path?: string } = {}) {
  const waits: number[] = [];
  const { path = '/api', ...options } = more;
  const serviceHttp = createServiceHttp({
    client: workshop.client(),
    plugin: 'imgur',
    baseUrl: `${server.origin}${path}`,
    maxBytes: 10_000,
    now: () => NOW,
    retry: {
      policy: POLICY,
      random: () => 0.5,
      sleep: async (milliseconds) => void waits.push(milliseconds),
    },
    ...options,
  });
  return { ...serviceHttp, waits };
}

/** Answers these in order, the last one for ever. */
function answering(
  ...answers: [status: number, body: string, headers?: http.OutgoingHttpHeaders][]
): http.RequestListener {
  let next = 0;
  return (_request, response) => {
    const [status, body, headers = {}] = answers[Math.min(next, answers.length - 1)]!;
    next += 1;
    response.writeHead(status, headers).end(body);
  };
}

const what = 'reading the album';

describe('an address', () => {
  test('that is a path stands behind the base URL, with its query', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    const query = { page: 2, all: true, q: 'a b&c', none: undefined };
    await service(server).json({ url: '/albums/x?y=1', query, what });
    expect(server.requests[0]?.url).toBe('/api/albums/x?y=1&page=2&all=true&q=a+b%26c');
  });

  test('that begins with two slashes is still a path of the service', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    await service(server).json({ url: '//elsewhere.example.com/x', what });
    expect(server.requests[0]?.url).toBe('/api//elsewhere.example.com/x');
  });

  test('that is whole is taken as it is', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    await service(server).json({ url: `${server.origin}/other?sig=%2B`, what });
    expect(server.requests[0]?.url).toBe('/other?sig=%2B');
  });

  test('that is none is the service’s mistake and names the plugin', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    const failure = await failureOf(service(server).json({ url: 'no url', what, query: { a: 1 } }));
    expect(failure).toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'imgur' });
  });
});

describe('the credential', () => {
  const credential = async () => ({ name: 'authorization', value: 'Client-ID 1234567890' });

  test('goes with a path, and not with a whole URL unless that is asked for', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    const { json } = service(server, { credential });
    await json({ url: '/a', what });
    await json({ url: `${server.origin}/b`, what });
    await json({ url: `${server.origin}/c`, authorize: true, what });
    await json({ url: '/d', authorize: false, what });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Client-ID 1234567890',
      undefined,
      'Client-ID 1234567890',
      undefined,
    ]);
  });

  test('goes to the origin of the base URL only, whatever a plugin asks for', async () => {
    const other = await workshop.serve(answering([200, '{}']));
    const server = await workshop.serve(answering([302, '', { location: `${other.origin}/b` }]));
    const { json } = service(server, { credential });
    await json({ url: `${other.origin}/a`, authorize: true, what });
    await json({ url: '/redirected', what });
    expect(server.requests[0]?.headers.authorization).toBe('Client-ID 1234567890');
    expect(other.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/a', undefined],
      ['/b', undefined],
    ]);
  });

  test('moves with the base URL', async () => {
    const proxy = await startProxy({
      hosts: {
        'api.example.com': (_request, response) => void response.end('{}'),
        'moved.example.net': (_request, response) => void response.end('{}'),
      },
    });
    workshop.later(() => proxy.close());
    const client = workshop.client({ proxy: proxy.url, cacert: proxy.caFile });
    const { json } = service({ origin: 'https://moved.example.net' }, { client, credential });
    await json({ url: '/a', what });
    await json({ url: 'https://api.example.com/a', authorize: true, what });
    expect(proxy.requests.map(({ host, headers }) => [host, headers.authorization])).toEqual([
      ['moved.example.net', 'Client-ID 1234567890'],
      ['api.example.com', undefined],
    ]);
  });

  test('is asked for again with each try, and its failure is told as it is', async () => {
    const server = await workshop.serve(answering([500, ''], [200, '{}']));
    let asked = 0;
    const { json } = service(server, { credential: async () => ({ name: 'x-key', value: `key-${++asked}` }) });
    await json({ url: '/a', what });
    expect(server.requests.map(({ headers }) => headers['x-key'])).toEqual(['key-1', 'key-2']);
    const missing = new AlbarettoError({ code: 'E_CREDENTIALS', message: 'there is no token', reach: 'run' });
    const refusing = service(server, { credential: () => Promise.reject(missing) });
    expect(await failureOf(refusing.json({ url: '/a', what }))).toMatchObject({ code: 'E_CREDENTIALS', reach: 'run' });
    expect(server.requests).toHaveLength(2);
  });

  test('that is not needed and not there is not sent', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    await service(server, { credential: async () => undefined }).json({ url: '/a', what });
    expect(server.requests).toHaveLength(1);
  });
});

describe('an answer in JSON', () => {
  test('is read twice over: with ordinary numbers, and without loss', async () => {
    const text = '{"id":12345678901234567890,"size":7.0,"tiny":1e-7,"__proto__":{"polluted":true},"twice":1,"twice":2}';
    const server = await workshop.serve(answering([200, text]));
    const answer = await service(server).json({ url: '/a', what });
    expect(answer.value).toMatchObject({ size: 7, twice: 2 });
    const lossless = answer.lossless() as Record<string, { toString(): string }>;
    expect(String(lossless.id)).toBe('12345678901234567890');
    expect(String(lossless.size)).toBe('7.0');
    expect(String(lossless.twice)).toBe('2');
    expect(Object.hasOwn(lossless, '__proto__')).toBe(true);
    expect((lossless as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('may begin with a byte order mark', async () => {
    const server = await workshop.serve(answering([200, '\ufeff{"a":1}']));
    const answer = await service(server).json({ url: '/a', what });
    expect(answer.value).toEqual({ a: 1 });
    expect(String((answer.lossless() as { a: unknown }).a)).toBe('1');
  });

  test('is asked for', async () => {
    const server = await workshop.serve(answering([200, '{}']));
    await service(server).json({ url: '/a', headers: { 'x-a': 'b' }, what });
    expect(server.requests[0]?.headers).toMatchObject({ accept: 'application/json', 'x-a': 'b' });
  });

  test('that is nested beyond measure is the service’s mistake', async () => {
    // A number that JavaScript prints otherwise takes the careful parser, which calls itself for each level.
    const text = `${'['.repeat(100_000)}1.0${']'.repeat(100_000)}`;
    const server = await workshop.serve(answering([200, text]));
    const answer = await service(server, { maxBytes: 1_000_000 }).json({ url: '/a', what });
    expect(thrownBy(() => answer.lossless())).toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'imgur' });
  });

  test('that is nested beyond measure and has no such number is refused when it is to be kept', async () => {
    const server = await workshop.serve(answering([200, `${'['.repeat(100_000)}${']'.repeat(100_000)}`]));
    const answer = await service(server, { maxBytes: 1_000_000 }).json({ url: '/a', what });
    expect(thrownBy(() => rawRecord(answer.lossless()))).toMatchObject({ code: 'E_BAD_ANSWER' });
  });

  test.each([
    ['<!DOCTYPE html><p>maintenance', 'a page of HTML'],
    ['  \n<html>', 'a page of HTML'],
    ['Service Unavailable', 'text'],
    ['{"cut":', 'text'],
    ['', 'nothing'],
  ])('that is %j in truth is an outage, and tried again', async (body, name) => {
    const server = await workshop.serve(answering([200, body]));
    const { json, waits } = service(server);
    const failure = await failureOf(json({ url: '/a', what }));
    expect(failure).toMatchObject({ code: 'E_BAD_ANSWER', retryable: true, plugin: 'imgur' });
    expect(failure.describe()).toBe(
      `[imgur] reading the album: the service answered ${name} where JSON belongs: the service seems to be in trouble; try again later`,
    );
    expect(server.requests).toHaveLength(POLICY.tries);
    expect(waits).toEqual([50, 100]);
  });

  test('comes in the end when the outage passes', async () => {
    const server = await workshop.serve(answering([504, '<html>'], [200, '<html>'], [200, '{"a":1}']));
    expect((await service(server).json({ url: '/a', what })).value).toEqual({ a: 1 });
  });

  test('larger than the cap is refused and not tried again', async () => {
    const server = await workshop.serve(answering([200, JSON.stringify('x'.repeat(20_000))]));
    const failure = await failureOf(service(server).json({ url: '/a', what }));
    expect(failure).toMatchObject({ code: 'E_TOO_LARGE', plugin: 'imgur' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a status', () => {
  test.each([
    [400, 'E_BAD_ANSWER', 1, 'item'],
    [401, 'E_CREDENTIALS', 1, 'run'],
    [403, 'E_CREDENTIALS', 1, 'item'],
    [404, 'E_NOT_FOUND', 1, 'item'],
    [408, 'E_UNAVAILABLE', 3, 'item'],
    [410, 'E_NOT_FOUND', 1, 'item'],
    [418, 'E_BAD_ANSWER', 1, 'item'],
    [425, 'E_UNAVAILABLE', 3, 'item'],
    [429, 'E_RATE_LIMITED', 3, 'host'],
    [500, 'E_UNAVAILABLE', 3, 'item'],
    [501, 'E_UNAVAILABLE', 1, 'item'],
    [503, 'E_UNAVAILABLE', 3, 'item'],
    [504, 'E_UNAVAILABLE', 3, 'item'],
    [505, 'E_UNAVAILABLE', 1, 'item'],
    [302, 'E_BAD_ANSWER', 1, 'item'],
  ])('of %d is %s after %d tries and reaches the %s', async (status, code, tries, reach) => {
    const server = await workshop.serve(answering([status, '']));
    const failure = await failureOf(service(server).bytes({ url: '/a', what }));
    expect(failure).toMatchObject({ code, reach, plugin: 'imgur' });
    expect(failure.message).toBe(`reading the album: nothing (HTTP ${status})`);
    expect(server.requests).toHaveLength(tries);
  });

  test('that the plugin takes for an answer is one', async () => {
    const server = await workshop.serve(answering([404, '{"gone":true}']));
    const answer = await service(server).json({ url: '/a', accept: [404], what });
    expect(answer).toMatchObject({ status: 404, value: { gone: true } });
  });

  test('is explained by the plugin, in the service’s words, made printable and short', async () => {
    const server = await workshop.serve(
      answering([402, JSON.stringify({ error: `pay\u001b[2J\nnow ${'x'.repeat(500)}` })]),
    );
    const failure = await failureOf(
      service(server).json({
        url: '/a',
        what,
        explain: (answer, json) => ({
          code: 'E_TASK_FAILED',
          message: fromService((json as { error: string }).error),
          hint: `status ${answer.status}`,
        }),
      }),
    );
    expect(failure).toMatchObject({ code: 'E_TASK_FAILED', hint: 'status 402', retryable: false });
    expect(failure.message).toMatch(/^reading the album: pay\[2J now x+… \(HTTP 402\)$/u);
    expect(failure.message.length).toBeLessThan(350);
  });

  test('that the plugin declares to be worth another try is tried again', async () => {
    const server = await workshop.serve(answering([400, '{}'], [200, '{}']));
    await service(server).json({ url: '/a', what, explain: () => ({ retryable: true }) });
    expect(server.requests).toHaveLength(2);
  });

  test('with a fault in the plugin’s own reading of it is a fault of the program that names the plugin', async () => {
    const server = await workshop.serve(answering([400, '{}']));
    const explain = () => {
      throw new TypeError('x is undefined');
    };
    for (const method of ['GET', 'POST'] as const) {
      const failure = await failureOf(service(server).json({ method, url: '/a', what, explain }));
      expect(failure).toMatchObject({ code: 'E_INTERNAL', plugin: 'imgur' });
    }
  });
});

describe('Retry-After', () => {
  test.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    ['a date', { 'retry-after': new Date(NOW + 9000).toUTCString() }, 9000],
    ['milliseconds', { 'retry-after-ms': '1234' }, 1234],
  ])('in %s is waited for', async (_form, headers, wait) => {
    const server = await workshop.serve(answering([429, '', headers], [200, '{}']));
    const { json, waits } = service(server);
    await json({ url: '/a', what });
    expect(waits).toEqual([wait]);
  });

  test('that asks for more than the program’s patience ends the tries at once', async () => {
    const server = await workshop.serve(answering([503, '', { 'retry-after': '3600' }]));
    const { json, waits } = service(server);
    expect(await failureOf(json({ url: '/a', what }))).toMatchObject({ code: 'E_UNAVAILABLE', retryAfter: 3_600_000 });
    expect(waits).toEqual([]);
  });
});

describe('what is sent again', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('is no %s, unless its caller says so', async (method) => {
    const server = await workshop.serve(answering([503, '']));
    await failureOf(service(server).bytes({ method, url: '/a', body: 'x', what }));
    expect(server.requests).toHaveLength(1);
    await failureOf(service(server).bytes({ method, url: '/a', body: 'x', retry: true, what }));
    expect(server.requests).toHaveLength(1 + POLICY.tries);
  });

  test('is a GET and a HEAD, unless its caller says not to', async () => {
    const server = await workshop.serve(answering([503, '']));
    await failureOf(service(server).bytes({ method: 'HEAD', url: '/a', what }));
    expect(server.requests).toHaveLength(POLICY.tries);
    await failureOf(service(server).bytes({ url: '/a', retry: false, what }));
    expect(server.requests).toHaveLength(POLICY.tries + 1);
  });

  test('is what broke off in its body, or was never answered', async () => {
    let tries = 0;
    const server = await workshop.serveBytes((socket) => {
      socket.once('data', () => {
        tries += 1;
        if (tries === 1) socket.destroy();
        else if (tries === 2) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{');
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}');
      });
    });
    expect((await service(server).json({ url: '/a', what })).value).toEqual({ a: 1 });
  });

  test('is nothing once the person has had enough', async () => {
    const controller = new AbortController();
    const server = await workshop.serve((_request, response) => {
      controller.abort();
      response.writeHead(503).end();
    });
    const failure = await failureOf(service(server).json({ url: '/a', signal: controller.signal, what }));
    expect(failure.code).toBe('E_INTERRUPTED');
    expect(server.requests).toHaveLength(1);
  });
});

test('no answer leaves its connection open when it is refused', async () => {
  const server = await workshop.serve((_request, response) => {
    response.writeHead(500);
    response.write('x'.repeat(50_000));
  });
  await failureOf(
    service(server, { retry: { policy: { ...POLICY, tries: 1 }, sleep: async () => undefined } }).json({
      url: '/a',
      what,
    }),
  );
  await until(() => server.sockets.size === 0);
});

test('the limit for the first byte is the plugin’s to set', async () => {
  const server = await workshop.serve(answering([200, '{}']));
  const real = workshop.client();
  const limits: unknown[] = [];
  const client: HttpClient = {
    ...real,
    open(request) {
      limits.push(request.timeouts?.firstByte);
      return real.open(request);
    },
  };
  const { json } = service(server, { client });
  await json({ url: '/a', firstByte: 5000, what });
  await json({ url: '/a', what });
  expect(limits).toEqual([5000, undefined]);
});
