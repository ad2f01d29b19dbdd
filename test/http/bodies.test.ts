import * as zlib from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { readWhole } from '../../src/http/body.js';
import { createWorkshop, exchange, failureOf, textOf, until } from './support.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

/** A server that says exactly this and ends, or resets, the connection. */
async function saying(bytes: string | Buffer, end: 'end' | 'reset' | 'stay' = 'end') {
  return workshop.serveBytes((socket) => {
    socket.once('data', () =>
      socket.write(bytes, () => {
        if (end === 'end') socket.end();
        if (end === 'reset') setTimeout(() => socket.resetAndDestroy(), 20); // after the bytes have arrived
      }),
    );
  });
}

async function read(origin: string, more: Parameters<typeof exchange>[1] = {}): Promise<string> {
  return textOf(await workshop.client().open(exchange(`${origin}/`, more)));
}

const head = (...lines: string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

function packed(coding: 'gzip' | 'deflate' | 'br', text: string): Buffer {
  if (coding === 'br') return zlib.brotliCompressSync(text);
  return coding === 'gzip' ? zlib.gzipSync(text) : zlib.deflateSync(text);
}

describe('a body that is cut', () => {
  test.each(['end', 'reset'] as const)('before its declared length fails (%s)', async (end) => {
    const server = await saying(`${head('Content-Length: 100')}half`, end);
    expect(await failureOf(read(server.origin))).toMatchObject({ code: 'E_TRUNCATED', retryable: true });
  });

  test.each(['end', 'reset'] as const)('before its last chunk fails (%s)', async (end) => {
    const server = await saying(`${head('Transfer-Encoding: chunked')}4\r\nhalf\r\n`, end);
    expect(await failureOf(read(server.origin))).toMatchObject({ code: 'E_TRUNCATED', retryable: true });
  });

  test('in the middle of a chunk fails', async () => {
    const server = await saying(`${head('Transfer-Encoding: chunked')}ff\r\nhalf`);
    expect((await failureOf(read(server.origin))).code).toBe('E_TRUNCATED');
  });

  test('by a chunk that is none fails', async () => {
    const server = await saying(`${head('Transfer-Encoding: chunked')}4\r\nhalf\r\nzz\r\n`, 'stay');
    expect((await failureOf(read(server.origin))).code).toBe('E_TRUNCATED');
  });

  test('without any sign of its end is taken as it is: its format has to tell', async () => {
    const server = await saying(`${head('Connection: close')}half`);
    expect(await read(server.origin)).toBe('half');
  });

  test('by a reset fails, also without a declared length', async () => {
    const server = await saying(`${head('Connection: close')}half`, 'reset');
    expect((await failureOf(read(server.origin))).code).toBe('E_TRUNCATED');
  });

  test('is taken without a connection being left open', async () => {
    const server = await saying(`${head('Content-Length: 100')}half`);
    await failureOf(read(server.origin));
    await until(() => server.sockets.size === 0);
  });
});

describe.each(['gzip', 'deflate', 'br'] as const)('a body in %s', (coding) => {
  const text = 'a picture of a lantern '.repeat(2000);
  const bytes = packed(coding, text);
  const declared = head(`Content-Encoding: ${coding}`, `Content-Length: ${bytes.length}`);

  test('is unpacked', async () => {
    const server = await saying(Buffer.concat([Buffer.from(declared), bytes]));
    expect(await read(server.origin)).toBe(text);
  });

  test('is left packed where that is asked for, and is not even asked for', async () => {
    const server = await workshop.serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(bytes),
    );
    const answer = await workshop.client().open(exchange(`${server.origin}/`, { decompress: false }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(bytes);
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('that is cut on the way fails', async () => {
    const server = await saying(Buffer.concat([Buffer.from(declared), bytes.subarray(0, bytes.length >> 1)]));
    expect((await failureOf(read(server.origin, { timeouts: { idle: 5000 } }))).code).toBe('E_TRUNCATED');
  });

  test('that was cut before it was sent fails', async () => {
    const half = bytes.subarray(0, bytes.length >> 1);
    for (const lines of [[`Content-Length: ${half.length}`], ['Connection: close']]) {
      const server = await saying(Buffer.concat([Buffer.from(head(`Content-Encoding: ${coding}`, ...lines)), half]));
      expect((await failureOf(read(server.origin, { timeouts: { idle: 5000 } }))).code).toBe('E_TRUNCATED');
    }
  });

  test('that is nothing of the kind fails', async () => {
    const server = await saying(`${head(`Content-Encoding: ${coding}`, 'Content-Length: 40')}${'<html>no'.repeat(5)}`);
    expect((await failureOf(read(server.origin, { timeouts: { idle: 5000 } }))).code).toBe('E_TRUNCATED');
  });
});

describe('a body that is read whole', () => {
  const open = async (origin: string) => workshop.client().open(exchange(`${origin}/`));

  test('is answered with its status, headers and address', async () => {
    const server = await workshop.serve((_request, response) => response.writeHead(404, { 'x-a': 'b' }).end('none'));
    const whole = await readWhole(await open(server.origin), 100, 'reading it');
    expect(whole).toMatchObject({ status: 404, url: `${server.origin}/`, headers: { 'x-a': 'b' } });
    expect(Buffer.from(whole.body).toString()).toBe('none');
  });

  test('may be just as large as the cap, and not one byte larger', async () => {
    const server = await workshop.serve((_request, response) => response.end('x'.repeat(1000)));
    expect((await readWhole(await open(server.origin), 1000, 'reading it')).body).toHaveLength(1000);
    const failure = await failureOf(readWhole(await open(server.origin), 999, 'reading it'));
    expect(failure).toMatchObject({ code: 'E_TOO_LARGE', retryable: false });
  });

  test('ends at the cap when it unpacks to more than it seems, and its connection with it', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(200_000_000));
    let sent = 0;
    const server = await workshop.serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const more = () => {
        for (; sent < bomb.length; sent += 4096) {
          if (!response.write(bomb.subarray(sent, sent + 4096))) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const before = process.memoryUsage().arrayBuffers;
    expect((await failureOf(readWhole(await open(server.origin), 1_048_576, 'reading it'))).message).toContain('1 MiB');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
    await until(() => server.sockets.size === 0);
  });

  test('that never ends ends at the cap', async () => {
    const server = await workshop.serve((_request, response) => {
      const timer = setInterval(() => response.write('.'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect((await failureOf(readWhole(await open(server.origin), 1_000_000, 'reading it'))).code).toBe('E_TOO_LARGE');
    await until(() => server.sockets.size === 0);
  });
});

describe('a head', () => {
  test('that is too large fails and is not tried again', async () => {
    const server = await saying(`HTTP/1.1 200 OK\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`, 'stay');
    expect(await failureOf(read(server.origin))).toMatchObject({ code: 'E_TOO_LARGE', retryable: false });
    await until(() => server.sockets.size === 0);
  });

  test('with a header that comes twice answers both', async () => {
    const server = await saying(head('X-A: 1', 'x-a: 2', 'Set-Cookie: a=1', 'set-cookie: b=2', 'Content-Length: 0'));
    const answer = await workshop.client().open(exchange(`${server.origin}/`));
    answer.discard();
    expect(answer.headers).toMatchObject({ 'x-a': '1, 2', 'set-cookie': 'a=1, b=2' });
  });

  test.each([
    ['an answer that is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two different lengths', head('Content-Length: 4', 'Content-Length: 5')],
    ['a length that is none', head('Content-Length: many')],
    ['a length and chunks', head('Content-Length: 4', 'Transfer-Encoding: chunked')],
    ['nothing at all', ''],
  ])('that is %s fails', async (_name, bytes) => {
    const server = await saying(bytes, bytes === '' ? 'end' : 'stay');
    const failure = await failureOf(read(server.origin, { timeouts: { connect: 500, firstByte: 500, idle: 500 } }));
    expect(failure).toMatchObject({ code: 'E_NETWORK', retryable: true });
  });
});

test('a change of protocols that nobody asked for is no answer', async () => {
  const server = await saying('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 'stay');
  expect(await failureOf(read(server.origin))).toMatchObject({ code: 'E_NETWORK', retryable: true });
  await until(() => server.sockets.size === 0);
});

describe('a request', () => {
  test('with a header that none may be is refused before anything is sent', async () => {
    const server = await workshop.serve((_request, response) => response.end());
    for (const value of ['a\r\nX-Evil: 1', 'tok€n', 'a\0b']) {
      const secret = exchange(`${server.origin}/`, { secretsFor: () => ({ authorization: value }) });
      const failure = await failureOf(workshop.client().open(secret));
      expect(failure).toMatchObject({ code: 'E_USAGE', retryable: false });
      expect(failure.describe()).not.toContain(value);
    }
    expect(server.requests).toEqual([]);
  });

  test('sends bytes, text or nothing, with its length', async () => {
    const server = await workshop.serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.end(`${request.headers['content-length']} ${Buffer.concat(chunks).toString('hex')}`);
    });
    const part = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
    expect(await read(server.origin, { method: 'POST', body: part })).toBe('2 0102');
    expect(await read(server.origin, { method: 'PUT', body: 'ä' })).toBe('2 c3a4');
    expect(await read(server.origin, { method: 'POST' })).toBe('0 ');
    expect(await read(server.origin, { method: 'DELETE' })).toBe('0 ');
    expect(await read(server.origin)).toBe('undefined ');
  });

  test('says what the program calls itself', async () => {
    const server = await workshop.serve((request, response) => response.end(request.headers['user-agent']));
    expect(await read(server.origin)).toBe('albaretto-test');
  });
});
