import * as net from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OpenAnswer } from '../../src/http/client.js';
import { createWorkshop, exchange, failureOf, textOf, until } from './support.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';

/** An address of this machine at which nothing listens. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a wait for', () => {
  test('a connection that nobody takes ends at once when it is refused', async () => {
    const port = await freePort();
    const failure = await failureOf(workshop.client().open(exchange(`http://127.0.0.1:${port}/`)));
    expect(failure).toMatchObject({ code: 'E_NETWORK', retryable: true, reach: 'host' });
    expect(failure.describe()).toBe(
      `reading it: 127.0.0.1:${port}: it refused the connection: check the address and whether it is up`,
    );
  });

  test('TLS that never begins ends after the limit for connecting', async () => {
    const server = await workshop.serveBytes(() => undefined);
    const failure = await failureOf(
      workshop.client().open(exchange(`https://127.0.0.1:${server.port}/`, { timeouts: { connect: 50 } })),
    );
    expect(failure).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
    await until(() => server.sockets.size === 0);
  });

  test('a proxy that takes the connection and says nothing ends after both limits', async () => {
    const server = await workshop.serveBytes(() => undefined);
    const client = workshop.client({ proxy: server.origin });
    const request = exchange('https://api.example.com/', { trusted: [], timeouts: { connect: 20, firstByte: 30 } });
    expect(await failureOf(client.open(request))).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
  });

  test('the first byte ends after its limit', async () => {
    const server = await workshop.serve(() => undefined);
    const failure = await failureOf(
      workshop.client().open(exchange(`${server.origin}/`, { timeouts: { connect: 20, firstByte: 30 } })),
    );
    expect(failure).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
    expect(failure.message).toContain('did not answer');
    expect(failure.reach).toBe('host');
    await until(() => server.sockets.size === 0);
  });

  test('the rest of a head that stops in its middle ends after the limit for the first byte', async () => {
    const server = await workshop.serveBytes((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-'));
    const request = exchange(`${server.origin}/`, { timeouts: { connect: 20, firstByte: 30 } });
    expect((await failureOf(workshop.client().open(request))).code).toBe('E_TIMEOUT');
  });

  test('an answer after any number of 1xx ends after the limit for the first byte', async () => {
    const server = await workshop.serveBytes((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const request = exchange(`${server.origin}/`, { timeouts: { connect: 50, firstByte: 50 } });
    expect((await failureOf(workshop.client().open(request))).code).toBe('E_TIMEOUT');
  });

  test('the next byte of a body ends after its limit', async () => {
    const server = await workshop.serveBytes((socket) => socket.write(`${HEAD}half`));
    const answer = await workshop.client().open(exchange(`${server.origin}/`, { timeouts: { idle: 50 } }));
    const failure = await failureOf(textOf(answer));
    expect(failure).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
    expect(failure.message).toContain('no byte came');
    await until(() => server.sockets.size === 0);
  });

  test('a body that drips for ever ends after the limit for the whole of it', async () => {
    const server = await workshop.serve((_request, response) => {
      const timer = setInterval(() => response.write('.'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const answer = await workshop
      .client()
      .open(exchange(`${server.origin}/`, { timeouts: { idle: 5000, whole: 100 } }));
    const failure = await failureOf(textOf(answer));
    expect(failure).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
    expect(failure.message).toContain('did not end');
    await until(() => server.sockets.size === 0);
  });

  test('the taker of a body counts for no limit of the sender', async () => {
    const server = await workshop.serveBytes((socket) => {
      socket.write(`${HEAD}half`);
      setTimeout(() => socket.write('.whole'), 20);
    });
    const answer = await workshop.client().open(exchange(`${server.origin}/`, { timeouts: { idle: 100 } }));
    let text = '';
    for await (const chunk of answer.body) {
      text += Buffer.from(chunk).toString();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(text).toBe('half.whole');
  });
});

/** A signal that is listened to, and by how many. */
function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const listeners = new Set<unknown>();
  signal.addEventListener = ((type: string, listener: () => void, options: object) => {
    listeners.add(listener);
    add(type, listener, options);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((type: string, listener: () => void) => {
    listeners.delete(listener);
    remove(type, listener);
  }) as typeof signal.removeEventListener;
  return { controller, signal, listeners };
}

describe('an abort', () => {
  test('before the request sends nothing', async () => {
    const server = await workshop.serve((_request, response) => response.end());
    const failure = await failureOf(
      workshop.client().open(exchange(`${server.origin}/`, { signal: AbortSignal.abort('enough') })),
    );
    expect(failure.code).toBe('E_INTERRUPTED');
    expect(server.sockets.size).toBe(0);
  });

  test('while TLS is made', async () => {
    const { controller, signal } = countedSignal();
    const server = await workshop.serveBytes(() => controller.abort());
    const failure = await failureOf(workshop.client().open(exchange(`https://127.0.0.1:${server.port}/`, { signal })));
    expect(failure.code).toBe('E_INTERRUPTED');
    await until(() => server.sockets.size === 0);
  });

  test('while a proxy is asked', async () => {
    const { controller, signal } = countedSignal();
    const server = await workshop.serveBytes((socket) => socket.on('data', () => controller.abort()));
    const client = workshop.client({ proxy: server.origin });
    const failure = await failureOf(client.open(exchange('https://api.example.com/', { signal, trusted: [] })));
    expect(failure.code).toBe('E_INTERRUPTED');
  });

  test('before the first byte', async () => {
    const { controller, signal, listeners } = countedSignal();
    const server = await workshop.serve(() => controller.abort());
    expect((await failureOf(workshop.client().open(exchange(`${server.origin}/`, { signal })))).code).toBe(
      'E_INTERRUPTED',
    );
    await until(() => server.sockets.size === 0);
    expect(listeners.size).toBe(0);
  });

  test('between the head and the body', async () => {
    const { controller, signal } = countedSignal();
    const server = await workshop.serveBytes((socket) => socket.write(HEAD));
    const answer = await workshop.client().open(exchange(`${server.origin}/`, { signal }));
    controller.abort();
    expect((await failureOf(textOf(answer))).code).toBe('E_INTERRUPTED');
    await until(() => server.sockets.size === 0);
  });

  test('in the middle of the body', async () => {
    const { controller, signal, listeners } = countedSignal();
    const server = await workshop.serveBytes((socket) => socket.write(`${HEAD}half`));
    const answer = await workshop.client().open(exchange(`${server.origin}/`, { signal }));
    const read = async () => {
      for await (const _chunk of answer.body) controller.abort();
    };
    expect((await failureOf(read())).code).toBe('E_INTERRUPTED');
    await until(() => server.sockets.size === 0);
    expect(listeners.size).toBe(0);
  });

  test('between two redirects follows none of them', async () => {
    const { controller, signal } = countedSignal();
    const server = await workshop.serve((_request, response) => {
      response.writeHead(302, { location: '/next' }).end();
      response.on('finish', () => controller.abort());
    });
    const failure = await failureOf(workshop.client().open(exchange(`${server.origin}/`, { signal })));
    expect(failure.code).toBe('E_INTERRUPTED');
    await until(() => server.sockets.size === 0);
  });

  test('after the end changes nothing, and the signal is let go', async () => {
    const { controller, signal, listeners } = countedSignal();
    const server = await workshop.serve((_request, response) => response.end('whole'));
    const client = workshop.client();
    for (let round = 0; round < 30; round += 1) {
      expect(await textOf(await client.open(exchange(`${server.origin}/`, { signal })))).toBe('whole');
      (await client.open(exchange(`${server.origin}/`, { signal }))).discard();
    }
    expect(listeners.size).toBe(0);
    controller.abort();
  });
});

describe('an answer that nobody wants', () => {
  test('is discarded with its connection, whatever it still sends', async () => {
    const server = await workshop.serve((_request, response) => {
      const timer = setInterval(() => response.write('.'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(timer));
    });
    const answer = await workshop.client().open(exchange(`${server.origin}/`));
    answer.discard();
    answer.discard();
    await until(() => server.sockets.size === 0);
  });

  test('is discarded by whoever stops walking it', async () => {
    const server = await workshop.serve((_request, response) => void response.write('half'));
    const answer: OpenAnswer = await workshop.client().open(exchange(`${server.origin}/`));
    for await (const _chunk of answer.body) break;
    await until(() => server.sockets.size === 0);
  });

  test('that breaks off before anybody looks at it fails for whoever walks it later, and crashes nothing', async () => {
    const server = await workshop.serveBytes((socket) => {
      socket.write(`${HEAD}half`);
      setTimeout(() => socket.resetAndDestroy(), 10);
    });
    const answer = await workshop.client().open(exchange(`${server.origin}/`));
    await until(() => server.sockets.size === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await failureOf(textOf(answer))).code).toBe('E_TRUNCATED');
  });
});

test('a connection is kept and used again, and closing the client ends it', async () => {
  const server = await workshop.serve((_request, response) => response.end('whole'));
  const client = workshop.client();
  for (let round = 0; round < 5; round += 1) await textOf(await client.open(exchange(`${server.origin}/`)));
  expect(server.sockets.size).toBe(1);
  client.close();
  await until(() => server.sockets.size === 0);
});
