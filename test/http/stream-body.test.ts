import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AlbarettoError } from '../../src/errors.js';
import { type BodyOptions, streamBody } from '../../src/http/stream-body.js';

/** Bodies that a test has begun; each must be left destroyed or ended. */
const streams: PassThrough[] = [];

afterEach(() => {
  for (const stream of streams.splice(0)) stream.destroy();
});

/** A body that a test writes into, and its reader. */
function body(limits: Partial<BodyOptions['timeouts']> = {}, more: Partial<Omit<BodyOptions, 'timeouts'>> = {}) {
  const stream = new PassThrough({ highWaterMark: 1_000_000 });
  streams.push(stream);
  // As the client does for its requests: an error that nobody walks into must not end the process.
  stream.on('error', () => undefined);
  const chunks = streamBody(stream, {
    what: 'picture-1',
    signal: undefined,
    throttle: undefined,
    timeouts: { idle: 10_000, whole: 60_000, ...limits },
    ...more,
  });
  return { stream, chunks };
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const failureOf = async (work: Promise<unknown>) =>
  (await work.then(
    () => ({ code: 'none' }),
    (thrown: unknown) => thrown,
  )) as AlbarettoError;

/** Writes so many bytes again and again until the body is over. */
async function drip(stream: PassThrough, bytes: number, every: number): Promise<void> {
  while (!stream.destroyed && !stream.writableEnded) {
    stream.write(Buffer.alloc(bytes, '.'));
    await delay(every);
  }
}

describe('a body', () => {
  test('comes as it was sent, in its own chunks', async () => {
    const { stream, chunks } = body();
    stream.write('half');
    stream.end('.whole');
    expect(await read(chunks)).toBe('half.whole');
  });

  test('may be empty', async () => {
    const { stream, chunks } = body();
    stream.end();
    expect(await read(chunks)).toBe('');
  });

  test('that breaks off is told as cut, and may be tried again', async () => {
    const { stream, chunks } = body();
    stream.write('half');
    setImmediate(() => stream.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
    expect(await failureOf(read(chunks))).toMatchObject({
      code: 'E_TRUNCATED',
      retryable: true,
      message: 'picture-1: the connection ended before the whole body had come',
    });
  });

  test('that is closed without an end or an error is told as cut', async () => {
    const { stream, chunks } = body();
    stream.write('half');
    setImmediate(() => stream.destroy());
    expect((await failureOf(read(chunks))).code).toBe('E_TRUNCATED');
  });

  test('that nobody walks to its end is let go', async () => {
    const { stream, chunks } = body();
    stream.write('half');
    for await (const _chunk of chunks) break;
    expect(stream.destroyed).toBe(true);
  });

  test('leaves nothing behind that would keep the program from ending', async () => {
    const waiting = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = waiting();
    const ended = body();
    ended.stream.end('whole');
    await read(ended.chunks);
    const left = body();
    left.stream.write('half');
    for await (const _chunk of left.chunks) break;
    const broken = body();
    broken.stream.destroy(new Error('gone'));
    await failureOf(read(broken.chunks));
    expect(waiting()).toBeLessThanOrEqual(before);
  });
});

describe('a server that', () => {
  test('sends nothing more is given up after the idle limit', async () => {
    const { stream, chunks } = body({ idle: 40 });
    stream.write('half');
    expect(await failureOf(read(chunks))).toMatchObject({
      code: 'E_TIMEOUT',
      retryable: true,
      message: 'picture-1: no byte came within 0 s',
    });
    expect(stream.destroyed).toBe(true);
  });

  test('sends nothing at all is given up too', async () => {
    const { chunks } = body({ idle: 40 });
    expect((await failureOf(read(chunks))).message).toContain('no byte came');
  });

  test('drips is given up, however regularly it drips', async () => {
    const { stream, chunks } = body({ idle: 300 });
    void drip(stream, 1, 10);
    const failure = await failureOf(read(chunks));
    expect(failure).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
    expect(failure.message).toContain('hardly a byte came');
  });

  test('is slow but brings something is not: its bytes since it was last fast enough count', async () => {
    const { stream, chunks } = body({ idle: 250 });
    void drip(stream, 4_000, 10);
    setTimeout(() => stream.end(), 700);
    expect((await read(chunks)).length).toBeGreaterThan(10_000);
  });

  test('is fast at first and drips then is given up as well', async () => {
    const { stream, chunks } = body({ idle: 150 });
    stream.write(Buffer.alloc(500_000));
    void drip(stream, 1, 10);
    expect((await failureOf(read(chunks))).message).toContain('hardly a byte came');
  });

  test('never comes to an end is given up after the limit for the whole', async () => {
    const { stream, chunks } = body({ idle: 5_000, whole: 150 });
    void drip(stream, 4_000, 5);
    const failure = await failureOf(read(chunks));
    expect(failure).toMatchObject({ code: 'E_TIMEOUT', retryable: true });
    expect(failure.message).toContain('the body did not end');
  });

  test('stalls when hardly any time is left for the whole is given up by that limit, not by the idle one', async () => {
    const { stream, chunks } = body({ idle: 5_000, whole: 60 });
    stream.write('half');
    expect((await failureOf(read(chunks))).message).toContain('the body did not end');
  });
});

describe('whoever walks a body', () => {
  test('may take longer than every limit', async () => {
    const { stream, chunks } = body({ idle: 80, whole: 120 });
    for (const part of ['a', 'b', 'c']) stream.write(part);
    let text = '';
    for await (const chunk of chunks) {
      text += Buffer.from(chunk).toString();
      await delay(200);
      if (text.length === 3) stream.end();
    }
    expect(text).toBe('abc');
  });

  test('may wait with the first chunk as long as it likes', async () => {
    const { stream, chunks } = body({ idle: 40, whole: 60 });
    stream.end('whole');
    await delay(150);
    expect(await read(chunks)).toBe('whole');
  });

  test('is told of a server that stalls while it is waiting itself again', async () => {
    const { stream, chunks } = body({ idle: 60 });
    stream.write('half');
    const walk = async () => {
      for await (const _chunk of chunks) await delay(150);
    };
    expect((await failureOf(walk())).code).toBe('E_TIMEOUT');
  });
});

describe('the cap on the rate', () => {
  test('is asked for every chunk, before it is handed on, and its waits count for no limit', async () => {
    const asked: number[] = [];
    const handed: number[] = [];
    const throttle = async (bytes: number) => {
      expect(handed.length).toBe(asked.length);
      asked.push(bytes);
      await delay(120);
    };
    const { stream, chunks } = body({ idle: 80, whole: 100 }, { throttle });
    void (async () => {
      for (const part of ['a', 'bb', 'ccc']) {
        stream.write(part);
        await delay(1);
      }
      stream.end();
    })();
    for await (const chunk of chunks) handed.push(chunk.length);
    expect(handed).toEqual(asked);
    expect(asked.reduce((sum, bytes) => sum + bytes, 0)).toBe(6);
  });

  test('ends its wait, and the body, when the person has had enough', async () => {
    const controller = new AbortController();
    const throttle = async (_bytes: number, signal: AbortSignal | undefined) => {
      setImmediate(() => controller.abort());
      await delay(1_000_000, undefined, { signal: signal! });
    };
    const { stream, chunks } = body({}, { throttle, signal: controller.signal });
    stream.write('half');
    expect((await failureOf(read(chunks))).code).toBe('E_INTERRUPTED');
    expect(stream.destroyed).toBe(true);
  });
});

describe('an abort', () => {
  test.each([
    ['before the first byte', 0],
    ['in the middle', 1],
  ])('%s ends the body', async (_when, parts) => {
    const controller = new AbortController();
    const { stream, chunks } = body({}, { signal: controller.signal });
    if (parts > 0) stream.write('half');
    setTimeout(() => controller.abort(), 10);
    expect((await failureOf(read(chunks))).code).toBe('E_INTERRUPTED');
    expect(stream.destroyed).toBe(true);
  });

  test('that came before the walk begins reads nothing', async () => {
    const { stream, chunks } = body({}, { signal: AbortSignal.abort() });
    stream.end('whole');
    expect((await failureOf(read(chunks))).code).toBe('E_INTERRUPTED');
    expect(stream.destroyed).toBe(true);
  });
});
