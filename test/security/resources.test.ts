/** Answers that used up memory or time, or crashed whoever read them, in other programs. */

import type * as net from 'node:net';
import * as zlib from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readWhole } from '../../src/http/body.js';
import { createWorkshop, exchange, failureOf, until } from '../http/support.js';
import { judgeChunks } from '../transfer/formats/judge.js';
import { SAMPLES } from '../transfer/formats/samples.js';

const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

/** Says this again and again until nobody listens any more. */
function endless(socket: net.Socket, part: string | Buffer): void {
  const more = (): void => {
    if (!socket.destroyed) socket.write(part, () => setImmediate(more));
  };
  more();
}

describe('a compressed answer', () => {
  const packedTwice = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(50_000_000)));

  test.each([
    'gzip, gzip',
    'gzip,gzip,gzip,gzip',
    'identity, gzip, gzip',
    Array.from({ length: 200 }, () => 'gzip').join(', '),
  ])(
    'curl CVE-2023-23916: that claims many layers of compression is not unpacked layer by layer (%s)',
    async (coding) => {
      const server = await workshop.serve((_request, response) =>
        response.writeHead(200, { 'content-encoding': coding }).end(packedTwice),
      );
      const answer = await workshop.client().open(exchange(`${server.origin}/`));
      expect((await readWhole(answer, 1_000_000, 'reading it')).body).toHaveLength(packedTwice.length);
    },
  );

  test('curl CVE-2023-23916: in many headers of its own is not either', async () => {
    const server = await workshop.serve((_request, response) =>
      response.setHeader('content-encoding', ['gzip', 'gzip', 'gzip']).end(packedTwice),
    );
    const answer = await workshop.client().open(exchange(`${server.origin}/`));
    expect((await readWhole(answer, 1_000_000, 'reading it')).body).toHaveLength(packedTwice.length);
  });

  test.each(['gzip', 'deflate', 'br'] as const)(
    'gzip bombs (204 KB became 210 MB in got): %s ends at the cap',
    async (coding) => {
      const zeros = Buffer.alloc(100_000_000);
      const bomb =
        coding === 'gzip'
          ? zlib.gzipSync(zeros)
          : coding === 'deflate'
            ? zlib.deflateSync(zeros)
            : zlib.brotliCompressSync(zeros, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } });
      const server = await workshop.serve((_request, response) =>
        response.writeHead(200, { 'content-encoding': coding }).end(bomb),
      );
      const answer = await workshop.client().open(exchange(`${server.origin}/`));
      expect(await failureOf(readWhole(answer, 1_000_000, 'reading it'))).toMatchObject({ code: 'E_TOO_LARGE' });
    },
  );
});

describe('headers', () => {
  test('curl CVE-2023-38039: without end are read to a cap', async () => {
    const server = await workshop.serveBytes((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endless(socket, `X-A: ${'a'.repeat(100)}\r\n`);
    });
    const failure = await failureOf(workshop.client().open(exchange(`${server.origin}/`)));
    expect(failure).toMatchObject({ code: 'E_TOO_LARGE', retryable: false });
    await until(() => server.sockets.size === 0);
  });

  test('rclone CVE-2026-71310: of a proxy that answers a CONNECT without end are read to a cap', async () => {
    const server = await workshop.serveBytes((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n');
        endless(socket, `X-A: ${'a'.repeat(100)}\r\n`);
      });
    });
    const client = workshop.client({ proxy: server.origin });
    const failure = await failureOf(client.open(exchange('https://api.example.com/', { trusted: [] })));
    expect(failure.code).toMatch(/^E_(TOO_LARGE|NETWORK)$/u);
    await until(() => server.sockets.size === 0);
  });

  test('rclone CVE-2026-71310: of a proxy that refuses a CONNECT at any length are read to a cap', async () => {
    const server = await workshop.serveBytes((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 1000000000000\r\n\r\n');
        endless(socket, 'a'.repeat(10_000));
      });
    });
    const client = workshop.client({ proxy: server.origin });
    const failure = await failureOf(client.open(exchange('https://api.example.com/', { trusted: [] })));
    expect(failure.code).toBe('E_NETWORK');
    await until(() => server.sockets.size === 0);
  });
});

describe('a malformed picture', () => {
  const bodies = Object.values(SAMPLES).map(({ bytes }) => bytes);
  /** A whole body with some of its bytes replaced, some left out and some put in. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...bodies),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('replace', 'cut', 'insert'), fc.uint8Array({ maxLength: 12 })), {
        minLength: 1,
        maxLength: 6,
      }),
    )
    .map(([body, changes]) => {
      let bytes = Buffer.from(body);
      for (const [place, what, added] of changes) {
        const at = place % (bytes.length + 1);
        const until = what === 'insert' ? at : Math.min(bytes.length, at + added.length);
        bytes = Buffer.concat([bytes.subarray(0, at), what === 'cut' ? Buffer.alloc(0) : added, bytes.subarray(until)]);
      }
      return bytes;
    });

  test('GHSA-6jcg-q3wp-x2f4, Go image CVE-2026-46602, CVE-2026-33813: is judged, and crashes nothing', () => {
    fc.assert(
      fc.property(mutated, fc.integer({ min: 1, max: 5_000 }), fc.boolean(), (body, size, declared) => {
        const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
          body.subarray(index * size, (index + 1) * size),
        );
        const verdict = judgeChunks(chunks, declared ? { declaredSize: body.length } : {});
        expect(typeof verdict.ok).toBe('boolean');
        if (!verdict.ok) expect(verdict.detail).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['png', 'gif', 'webp', 'jpeg'] as const)(
    'Go image CVE-2026-33813: a %s that claims four thousand million by four thousand million pixels takes no memory for them',
    (kind) => {
      const bytes = Buffer.from(SAMPLES[kind]!.bytes);
      const at = { png: 16, gif: 6, webp: 21, jpeg: bytes.indexOf(Buffer.from([0xff, 0xc0])) + 5 }[kind];
      bytes.fill(0xff, at, at + (kind === 'png' ? 8 : 4));
      const before = process.memoryUsage().arrayBuffers;
      judgeChunks([bytes], { declaredSize: bytes.length });
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
    },
  );
});
