import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AlbarettoError } from '../../src/errors.js';
import type { OpenAnswer } from '../../src/http/client.js';
import type { Digest } from '../../src/model.js';
import { type Declared, Reception } from '../../src/transfer/reception.js';
import { openMemoryWriter } from '../../src/transfer/spool.js';
import { gif, png, webp } from '../support/pictures.js';

const PICTURE = png(20, 20, 1);
const ETAG = '"version-1"';
const whole = (more: Record<string, string> = {}) =>
  answer(200, { 'content-length': String(PICTURE.length), etag: ETAG, ...more });

function answer(status: number, headers: Record<string, string>): OpenAnswer {
  return { status, headers, url: 'https://example.org/a', body: nothing(), discard: () => undefined };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** What of a body comes before its connection breaks. */
async function* broken(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
  throw new AlbarettoError({ code: 'E_TRUNCATED', message: 'cut', retryable: true });
}

const open = (maxBytes = 1_000_000, known: readonly Digest[] = []) =>
  new Reception('picture-1', openMemoryWriter(), { maxBytes }, known);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: AlbarettoError) => thrown.code,
  );

/** A reception that has the first 100 bytes of the picture. */
async function begun(first: OpenAnswer, declared: Declared = { size: PICTURE.length }): Promise<Reception> {
  const reception = open();
  await reception.begin(first, declared);
  expect(await codeOf(reception.take(broken(PICTURE.subarray(0, 100))))).toBe('E_TRUNCATED');
  return reception;
}

/** @param headers Instead of the right ones; an empty one is none. */
function restOf(headers: Record<string, string> = {}): OpenAnswer {
  const right = { etag: ETAG, 'content-range': `bytes 100-${PICTURE.length - 1}/${PICTURE.length}` };
  const given = Object.entries({ ...right, ...headers }).filter(([, value]) => value !== '');
  return answer(206, Object.fromEntries(given));
}

describe('the next try asks for', () => {
  const DATE = 'Wed, 01 May 2024 12:00:00 GMT';

  test.each<[string, OpenAnswer, Record<string, string>]>([
    ['the rest, if it is of the same file', whole(), { range: 'bytes=100-', 'if-range': ETAG }],
    [
      'the rest by an old date where there is no ETag',
      answer(200, { 'last-modified': 'Wed, 01 May 2024 11:59:00 GMT', date: DATE }),
      { range: 'bytes=100-', 'if-range': 'Wed, 01 May 2024 11:59:00 GMT' },
    ],
    ['the whole, where the ETag is weak', whole({ etag: 'W/"version-1"' }), {}],
    ['the whole, where the ETag is no quoted one', whole({ etag: 'version-1' }), {}],
    ['the whole, where nothing tells one version from another', answer(200, {}), {}],
    ['the whole, where the date is of this very moment', answer(200, { 'last-modified': DATE, date: DATE }), {}],
    [
      'the whole, where the file changed less than a minute ago',
      answer(200, { 'last-modified': 'Wed, 01 May 2024 11:59:01 GMT', date: DATE }),
      {},
    ],
    ['the whole, where the server says no time of its own', answer(200, { 'last-modified': DATE }), {}],
    ['the whole, where the date is none', answer(200, { 'last-modified': 'yesterday', date: DATE }), {}],
    ['the whole, where the server has no ranges', whole({ 'accept-ranges': 'none' }), {}],
    ['the whole, where the body is encoded', whole({ 'content-encoding': 'gzip' }), {}],
  ])('%s', async (_name, first, headers) => {
    expect((await begun(first)).headers()).toEqual(headers);
  });

  test('the whole, before anything came and after everything was refused', async () => {
    const reception = open();
    expect(reception.headers()).toEqual({});
    await reception.begin(whole(), {});
    expect(reception.headers()).toEqual({});
    await reception.take([Buffer.from('<html>')]);
    expect(await codeOf(reception.finish())).toBe('E_FORMAT');
    expect(reception.headers()).toEqual({});
    const started = await begun(whole());
    await started.startAnew();
    expect(started.headers()).toEqual({});
  });
});

describe('the rest', () => {
  const size = PICTURE.length;

  test.each<[string, Record<string, string>]>([
    ['with the size of the file', {}],
    ['without the size, which is known', { 'content-range': `bytes 100-${size - 1}/*` }],
    ['under a coding that is none', { 'content-encoding': 'identity' }],
  ])('%s is put behind what is there', async (_name, headers) => {
    const reception = await begun(whole());
    await reception.begin(restOf(headers), {});
    await reception.take([PICTURE.subarray(100)]);
    const { bytes, mediaType } = await reception.finish();
    expect(mediaType).toBe('image/png');
    expect(Buffer.from(bytes.inMemory!).equals(PICTURE)).toBe(true);
  });

  test.each<[string, Record<string, string>]>([
    ['another beginning', { 'content-range': `bytes 0-${size - 1}/${size}` }],
    ['a beginning a byte late', { 'content-range': `bytes 101-${size - 1}/${size}` }],
    ['a beginning a byte early', { 'content-range': `bytes 99-${size - 1}/${size}` }],
    ['an end before the end', { 'content-range': `bytes 100-${size - 2}/${size}` }],
    ['an end behind the end', { 'content-range': `bytes 100-${size}/${size}` }],
    ['another size of the file', { 'content-range': `bytes 100-${size}/${size + 1}` }],
    ['another unit', { 'content-range': `items 100-${size - 1}/${size}` }],
    ['words for numbers', { 'content-range': 'bytes all' }],
    ['no range', { 'content-range': '' }],
    ['two ranges', { 'content-range': `bytes 100-200/${size}, bytes 201-${size - 1}/${size}` }],
    ['several parts', { 'content-type': 'multipart/byteranges; boundary=x', 'content-range': '' }],
    ['another ETag', { etag: '"version-2"' }],
    ['the same ETag, but weak', { etag: `W/${ETAG}` }],
    ['no ETag', { etag: '' }],
    ['a coding', { 'content-encoding': 'gzip' }],
  ])('with %s is refused, and the next try starts anew', async (_name, headers) => {
    const reception = await begun(whole());
    await expect(reception.begin(restOf(headers), {})).rejects.toMatchObject({ code: 'E_BAD_ANSWER', retryable: true });
    expect(reception.headers()).toEqual({});
    await reception.begin(whole(), { size });
    await reception.take([PICTURE]);
    expect((await reception.finish()).bytes.size).toBe(size);
  });

  test('of another date is refused, where the date is all that is known', async () => {
    const dates = { 'last-modified': 'Wed, 01 May 2024 11:00:00 GMT', date: 'Wed, 01 May 2024 12:00:00 GMT' };
    const first = answer(200, dates);
    const later = { ...dates, 'last-modified': 'Wed, 01 May 2024 11:30:00 GMT' };
    for (const headers of [later, {}]) {
      const rest = answer(206, { 'content-range': `bytes 100-${size - 1}/${size}`, ...headers });
      expect(await codeOf((await begun(first)).begin(rest, {}))).toBe('E_BAD_ANSWER');
    }
    const rest = answer(206, { 'content-range': `bytes 100-${size - 1}/${size}`, ...dates });
    expect(await codeOf((await begun(first)).begin(rest, {}))).toBe('done');
  });

  test('without any size is refused: nobody could tell whether it is all of it', async () => {
    const first = answer(200, { etag: ETAG });
    const rest = restOf({ 'content-range': `bytes 100-${size - 1}/*` });
    expect(await codeOf((await begun(first, {})).begin(rest, {}))).toBe('E_BAD_ANSWER');
  });

  test('says how long the file is, where the first answer did not', async () => {
    // A format that may end anywhere: only the size can tell that its rest was cut.
    const reception = await begun(answer(200, { etag: ETAG }), { endMarked: true });
    await reception.begin(restOf(), {});
    await reception.take([PICTURE.subarray(100, size - 1)]);
    await expect(reception.finish()).rejects.toMatchObject({
      code: 'E_TRUNCATED',
      message: `picture-1: ${size - 1} bytes came where ${size} were declared`,
    });
  });

  test('that nobody asked for is refused', async () => {
    expect(await codeOf(open().begin(restOf({ 'content-range': `bytes 0-${size - 1}/${size}` }), {}))).toBe(
      'E_BAD_ANSWER',
    );
  });
});

describe('a whole body', () => {
  test('after a part takes its place', async () => {
    const other = gif(1, 500);
    const reception = await begun(whole());
    await reception.begin(answer(200, { etag: '"version-2"' }), { size: other.length });
    await reception.take([other]);
    expect((await reception.finish()).mediaType).toBe('image/gif');
  });

  test('is measured by the digests of its own answer', async () => {
    const digest = (bytes: Buffer) => ({
      algorithm: 'md5' as const,
      hex: createHash('md5').update(bytes).digest('hex'),
    });
    const reception = open();
    await reception.begin(whole(), { digests: [digest(PICTURE)] });
    await reception.take([PICTURE]);
    const { bytes } = await reception.finish();
    expect(bytes.digests).toContainEqual(digest(PICTURE));
    const refused = open();
    await refused.begin(whole(), { digests: [digest(gif(1, 500))] });
    await refused.take([PICTURE]);
    await expect(refused.finish()).rejects.toMatchObject({ code: 'E_DIGEST', retryable: true });
  });

  test.each(['md5', 'sha1', 'sha256'] as const)('is measured by the %s that its source knows', async (algorithm) => {
    const digest = (bytes: Buffer) => ({ algorithm, hex: createHash(algorithm).update(bytes).digest('hex') });
    const take = async (known: Digest) => {
      const reception = open(undefined, [known]);
      await reception.begin(whole(), {});
      await reception.take([PICTURE]);
      return reception.finish();
    };
    expect((await take(digest(PICTURE))).bytes.digests).toContainEqual(digest(PICTURE));
    await expect(take(digest(gif(1, 500)))).rejects.toMatchObject({ code: 'E_DIGEST', retryable: true });
  });

  test('larger than the cap is refused, by its declared size or at the byte that is too many', async () => {
    const declared = open(PICTURE.length - 1);
    expect(await codeOf(declared.begin(whole(), { size: PICTURE.length }))).toBe('E_TOO_LARGE');
    const silent = open(PICTURE.length - 1);
    await silent.begin(answer(200, {}), {});
    expect(await codeOf(silent.take([PICTURE]))).toBe('E_TOO_LARGE');
    const fitting = open(PICTURE.length);
    await fitting.begin(answer(200, {}), {});
    await fitting.take([PICTURE.subarray(0, 50), PICTURE.subarray(50)]);
    expect((await fitting.finish()).bytes.size).toBe(PICTURE.length);
  });
});

/** What a server does with one request of the property below. */
interface Turn {
  readonly version: 0 | 1;
  /** `honest` minds If-Range; the others do something else with the request. */
  readonly manner:
    | 'honest'
    | 'ignores ranges'
    | 'ignores the condition'
    | 'ignores the condition and hides the ETag'
    | 'wrong place'
    | 'too short'
    | 'other size'
    | '416';
  /** Bytes of the answer that come before it breaks; what is more than all of them is all of them. */
  readonly count: number;
  readonly chunk: number;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  version: fc.constantFrom(0 as const, 0 as const, 0 as const, 1 as const),
  manner: fc.constantFrom(
    'honest' as const,
    'honest' as const,
    'honest' as const,
    'ignores ranges',
    'ignores the condition',
    'ignores the condition and hides the ETag',
    'wrong place',
    'too short',
    'other size',
    '416',
  ),
  count: fc.integer({ min: 0, max: 1600 }),
  chunk: fc.integer({ min: 1, max: 400 }),
});

/** Two versions of one file. Their halves fit together for everybody who does not look at what they show. */
const VERSIONS = [webp(1, 1_500), webp(2, 1_500)] as const;

function answerOf({ version, manner, count }: Turn, asked: Record<string, string>) {
  const file = VERSIONS[version];
  const etag = `"v${version}"`;
  const from = Number(/^bytes=(\d+)-$/u.exec(asked.range ?? '')?.[1] ?? 0);
  const sameFile = asked['if-range'] === etag || manner !== 'honest';
  if (from === 0 || manner === 'ignores ranges' || !sameFile) {
    const head = answer(200, { etag, 'content-length': String(file.length) });
    return { head, body: file.subarray(0, count), isCut: count < file.length };
  }
  if (manner === '416') return undefined;
  const start = manner === 'wrong place' ? from - 1 : from;
  const end = manner === 'too short' ? file.length - 2 : file.length - 1;
  const total = manner === 'other size' ? file.length + 1 : file.length;
  const known: Record<string, string> = manner.endsWith('hides the ETag') ? {} : { etag };
  const head = answer(206, { ...known, 'content-range': `bytes ${start}-${end}/${total}` });
  const body = file.subarray(start, end + 1);
  return { head, body: body.subarray(0, count), isCut: count < body.length };
}

function* inChunks(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* bodyOf(bytes: Uint8Array, { chunk }: Turn, isCut: boolean): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes, chunk);
  if (isCut) yield* broken(Buffer.alloc(0));
}

/** One try of a download; answers what is finished. */
async function attempt(reception: Reception, next: Turn): Promise<Uint8Array | undefined> {
  const given = answerOf(next, reception.headers());
  if (given === undefined) {
    await reception.startAnew();
    return undefined;
  }
  try {
    await reception.begin(given.head, { size: Number(given.head.headers['content-length']) || undefined });
    await reception.take(bodyOf(given.body, next, given.isCut));
    return (await reception.finish()).bytes.inMemory;
  } catch (thrown) {
    expect((thrown as AlbarettoError).retryable).toBe(true);
    return undefined;
  }
}

/** A body that came in one piece. */
async function finishedOf(body: Uint8Array): Promise<unknown> {
  const reception = open();
  await reception.begin(answer(200, {}), {});
  await reception.take([body]);
  return reception.finish();
}

test('whatever servers do over many tries, what is finished is one version of the file from its first to its last byte', async () => {
  const [one, two] = VERSIONS;
  expect(await codeOf(finishedOf(Buffer.concat([one.subarray(0, 700), two.subarray(700)])))).toBe('done');
  let finished = 0;
  let resumed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 12 }), async (turns) => {
      const reception = open();
      for (const next of turns) {
        const goesOn = reception.headers().range !== undefined;
        const bytes = await attempt(reception, next);
        if (bytes === undefined) continue;
        finished += 1;
        if (goesOn) resumed += 1;
        expect(VERSIONS.some((version) => version.equals(bytes))).toBe(true);
        break;
      }
      await reception.discard();
    }),
    { numRuns: 1500 },
  );
  // The property is about downloads that came to their end, many of them over several tries.
  expect(finished).toBeGreaterThan(300);
  expect(resumed).toBeGreaterThan(50);
});
