import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createJournal, type Journal, type JournalEntry } from '../../src/archive/journal.js';
import { AlbarettoError, type ErrorFacts } from '../../src/errors.js';
import type { Receipt } from '../../src/model.js';
import type { PutOptions, Store, StoreFile } from '../../src/plugin.js';
import { bytesInMemory, digestOf, sha256Of } from '../../src/transfer/bytes.js';
import { createPacer, type Pacer } from '../../src/transfer/pace.js';
import { type Put, type StoreSurroundings, surround } from '../../src/transfer/store.js';
import { settle } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

let folder: string;
let journalPath: string;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'albaretto-store-'));
  journalPath = join(folder, 'journal', 'drive.jsonl');
  clock = new VirtualClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function fileOf(name: string, content = `content of ${name}`): StoreFile {
  const bytes = bytesInMemory(Buffer.from(content));
  return { name, role: 'media', bytes, mediaType: 'image/png', key: `key of ${name}`, onDifferent: 'suffix' };
}

const receiptOf = (file: StoreFile): Receipt => ({
  name: file.name,
  location: file.reservation ?? 'somewhere',
  size: file.bytes.size,
  digest: { algorithm: 'sha256', hex: sha256Of(file.bytes.digests) },
  outcome: 'created',
});

/** A storage that gives out ids and does what it is told; it keeps what it was asked, in order. */
class ScriptedStore implements Store {
  readonly label = 'somewhere';
  readonly location = 'folder-1';
  readonly asked: string[] = [];
  readonly puts: StoreFile[] = [];
  readonly present = new Set<string>();
  readonly reserved: number[] = [];
  /** What each put in turn does; the last one goes on. */
  script: ((file: StoreFile, options: PutOptions) => Promise<Receipt>)[] = [async (file) => receiptOf(file)];
  /** Called before each put. */
  before: (file: StoreFile) => Promise<void> = async () => undefined;
  #ids = 0;

  folder(): Promise<Store> {
    throw new Error('no folder is asked for');
  }

  async reserve(count: number): Promise<readonly string[]> {
    this.reserved.push(count);
    await settle();
    return Array.from({ length: count }, () => `id-${++this.#ids}`);
  }

  async has(files: readonly Pick<StoreFile, 'name' | 'key'>[]): Promise<ReadonlySet<string>> {
    return new Set(files.map(({ key }) => key).filter((key) => this.present.has(key)));
  }

  async put(file: StoreFile, options: PutOptions): Promise<Receipt> {
    this.puts.push(file);
    await this.before(file);
    const step = this.script.length > 1 ? this.script.shift()! : this.script[0]!;
    return step(file, options);
  }
}

const journal = (): Journal => createJournal(journalPath);

const around = (store: Store, more: Partial<StoreSurroundings> = {}): Put =>
  surround(store, {
    plugin: 'drive',
    journal: journal(),
    retry: { sleep: clock.sleep, random: () => 1 },
    now: clock.now,
    ...more,
  });

/** The lines of the journal as they are on the disk. */
async function lines(): Promise<JournalEntry[]> {
  const text = await readFile(journalPath, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalEntry);
}

const states = async () => (await lines()).map(({ state, reservation }) => `${state} ${reservation}`);

const failWith = (facts: Partial<ErrorFacts>) => async (): Promise<Receipt> => {
  throw new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no answer', ...facts });
};
const succeed = async (file: StoreFile) => receiptOf(file);

describe('the digest', () => {
  test.each<[string, (receipt: Receipt) => Partial<Receipt>]>([
    ['another digest', () => ({ digest: { algorithm: 'sha256', hex: '0'.repeat(64) } })],
    ['another md5', () => ({ digest: { algorithm: 'md5', hex: '0'.repeat(32) } })],
    ['a digest of a kind that nobody computed', () => ({ digest: { algorithm: 'sha1', hex: '0'.repeat(40) } })],
    ['a digest of a kind that nobody knows', () => ({ digest: { algorithm: 'crc32c' as 'md5', hex: '00' } })],
    ['another size', ({ size }) => ({ size: size + 1 })],
  ])('a receipt with %s is no success, and nothing is sent again', async (_name, change) => {
    const store = new ScriptedStore();
    store.script = [async (file) => ({ ...receiptOf(file), ...change(receiptOf(file)) })];
    await expect(around(store)(fileOf('a'), {})).rejects.toMatchObject({
      code: 'E_DIGEST',
      plugin: 'drive',
      hint: 'save it again',
      message: expect.stringContaining('what is stored differs from what was sent'),
    });
    expect(store.puts).toHaveLength(1);
    expect(await states()).toEqual(['begun id-1']);
  });

  test('is compared whatever its algorithm and its case', async () => {
    const store = new ScriptedStore();
    const md5 = async ({ bytes }: StoreFile) => (await digestOf(bytes, 'md5')).toUpperCase();
    store.script = [async (file) => ({ ...receiptOf(file), digest: { algorithm: 'md5', hex: await md5(file) } })];
    await expect(around(store)(fileOf('a'), {})).resolves.toMatchObject({ outcome: 'created' });
  });
});

describe('the journal', () => {
  test('has the id on the disk before the create is sent, and its end after it', async () => {
    const store = new ScriptedStore();
    const seen: string[][] = [];
    store.before = async () => void seen.push(await states());
    await around(store)(fileOf('a'), {});
    expect(seen).toEqual([['begun id-1']]);
    expect(await states()).toEqual(['begun id-1', 'done id-1']);
    expect(store.puts[0]!.reservation).toBe('id-1');
    const file = fileOf('a');
    expect((await lines())[0]).toMatchObject({
      key: file.key,
      location: 'folder-1',
      sha256: sha256Of(file.bytes.digests),
    });
  });

  test('gives every try of a file the same id', async () => {
    const store = new ScriptedStore();
    store.script = [failWith({ retryable: true }), failWith({ retryable: true }), succeed];
    await around(store)(fileOf('a'), {});
    expect(store.puts.map(({ reservation }) => reservation)).toEqual(['id-1', 'id-1', 'id-1']);
    expect(await states()).toEqual(['begun id-1', 'done id-1']);
  });

  test('gives the same id in the next run when this one ended before the answer came', async () => {
    const first = new ScriptedStore();
    first.script = [failWith({})];
    await expect(around(first)(fileOf('a'), {})).rejects.toThrow();
    const next = new ScriptedStore();
    await around(next)(fileOf('a'), {});
    expect(next.puts.map(({ reservation }) => reservation)).toEqual(['id-1']);
    expect(next.reserved).toEqual([]);
    expect(await states()).toEqual(['begun id-1', 'done id-1']);
  });

  test('says what is sent now when the content has changed, under the same id', async () => {
    const first = new ScriptedStore();
    first.script = [failWith({})];
    await expect(around(first)(fileOf('a', 'old'), {})).rejects.toThrow();
    await around(new ScriptedStore())(fileOf('a', 'new'), {});
    const [old, begun, done] = await lines();
    expect([old, begun, done].map((entry) => entry!.reservation)).toEqual(['id-1', 'id-1', 'id-1']);
    expect(old!.sha256).not.toBe(begun!.sha256);
    expect(begun!.sha256).toBe(done!.sha256);
  });

  test('gives different files different ids, of one request', async () => {
    const store = new ScriptedStore();
    const put = around(store);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => put(fileOf(name), {})));
    expect(new Set(store.puts.map(({ reservation }) => reservation)).size).toBe(4);
    expect(store.reserved).toEqual([100]);
  });

  test('asks for a thousand ids when the first hundred are used', async () => {
    const store = new ScriptedStore();
    const put = around(store);
    for (let number = 0; number < 101; number += 1) await put(fileOf(`f${number}`), {});
    expect(store.reserved).toEqual([100, 1000]);
    expect(new Set(store.puts.map(({ reservation }) => reservation)).size).toBe(101);
  });

  test('a storage that gives out no ids is not asked for ever', async () => {
    const store = new ScriptedStore();
    store.reserve = async (count) => {
      store.reserved.push(count);
      return [];
    };
    await expect(around(store)(fileOf('a'), {})).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'drive' });
    expect(store.reserved).toEqual([100]);
    expect(store.puts).toEqual([]);
  });

  test('is not needed for what is there already', async () => {
    const store = new ScriptedStore();
    store.present.add('key of a');
    await around(store)(fileOf('a'), {});
    expect(store.reserved).toEqual([]);
    expect(store.puts[0]!.reservation).toBeUndefined();
    expect(await lines()).toEqual([]);
  });

  test.each([
    ['where its own is taken', false, ['begun id-1', 'begun id-2', 'done id-2']],
    ['for what is there with other bytes', true, ['begun id-1', 'done id-1']],
  ])('has an id on the disk before the storage gets it, %s', async (_when, isThere, expected) => {
    const store = new ScriptedStore();
    if (isThere) store.present.add('key of a');
    const seen: string[] = [];
    const exchange = async (file: StoreFile, { reserve }: PutOptions) => {
      seen.push((await reserve?.()) ?? 'none', (await states()).at(-1)!);
      return receiptOf(file);
    };
    store.script = [exchange];
    await around(store)(fileOf('a'), {});
    const id = isThere ? 'id-1' : 'id-2';
    expect(seen).toEqual([id, `begun ${id}`]);
    expect(await states()).toEqual(expected);
  });

  test('gives the id that took the place of another one to every later try, in the next run too', async () => {
    const store = new ScriptedStore();
    const exchange = async (_file: StoreFile, { reserve }: PutOptions): Promise<Receipt> => {
      await reserve?.();
      throw new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no answer', retryable: true });
    };
    store.script = [exchange, failWith({})];
    await expect(around(store)(fileOf('a'), {})).rejects.toThrow();
    const next = new ScriptedStore();
    await around(next)(fileOf('a'), {});
    expect([...store.puts, ...next.puts].map(({ reservation }) => reservation)).toEqual(['id-1', 'id-2', 'id-2']);
  });

  test('gets no new lines when what was saved is saved again', async () => {
    const store = new ScriptedStore();
    await around(store)(fileOf('a'), {});
    store.present.add('key of a');
    for (let time = 0; time < 3; time += 1) await around(store)(fileOf('a'), {});
    expect(await states()).toEqual(['begun id-1', 'done id-1']);
  });

  test('gives what was left half done its id even where the storage shows it already', async () => {
    const first = new ScriptedStore();
    first.script = [failWith({})];
    await expect(around(first)(fileOf('a'), {})).rejects.toThrow();
    const next = new ScriptedStore();
    next.present.add('key of a');
    await around(next)(fileOf('a'), {});
    expect(next.puts[0]!.reservation).toBe('id-1');
    expect(await states()).toEqual(['begun id-1', 'done id-1']);
  });

  test('keeps the folders of one storage apart', async () => {
    const store = new ScriptedStore();
    await around(store)(fileOf('a'), {});
    const other = Object.assign(new ScriptedStore(), { location: 'folder-2' });
    await around(other)(fileOf('a'), {});
    expect(other.reserved).toEqual([100]);
    expect((await lines()).map(({ location }) => location)).toEqual(['folder-1', 'folder-1', 'folder-2', 'folder-2']);
  });

  test('that cannot be written stops before anything is sent', async () => {
    const store = new ScriptedStore();
    const put = around(store, { journal: createJournal(folder) });
    await expect(put(fileOf('a'), {})).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'run', plugin: 'drive' });
    expect(store.puts).toEqual([]);
  });

  test('is not kept for a sink that gives no ids', async () => {
    const store = Object.assign(new ScriptedStore(), { reserve: undefined }) as unknown as Store & ScriptedStore;
    await around(store)(fileOf('a'), {});
    expect(await lines()).toEqual([]);
  });
});

describe('tries', () => {
  test('are repeated for what may work a little later, with growing waits', async () => {
    const store = new ScriptedStore();
    store.script = [
      failWith({ retryable: true }),
      failWith({ retryable: true }),
      failWith({ retryable: true }),
      succeed,
    ];
    await around(store)(fileOf('a'), {});
    expect(clock.waits).toEqual([1000, 2000, 4000]);
  });

  test('end after eight', async () => {
    const store = new ScriptedStore();
    store.script = [failWith({ retryable: true })];
    await expect(around(store)(fileOf('a'), {})).rejects.toMatchObject({ code: 'E_UNAVAILABLE', plugin: 'drive' });
    expect(store.puts).toHaveLength(8);
    expect(clock.waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000]);
  });

  test('go on where bytes went for longer than all of them may take', async () => {
    const store = new ScriptedStore();
    const film = async (_file: StoreFile, { onProgress }: PutOptions) => {
      await clock.sleep(3_600_000, undefined);
      onProgress?.(1_000_000);
      throw new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no answer', retryable: true });
    };
    store.script = [film, succeed];
    await around(store)(fileOf('a'), {});
    expect(store.puts).toHaveLength(2);
  });

  test('wait as long as the storage asks, up to ten minutes', async () => {
    const store = new ScriptedStore();
    store.script = [failWith({ code: 'E_RATE_LIMITED', retryable: true, retryAfter: 90_000 }), succeed];
    await around(store)(fileOf('a'), {});
    expect(clock.waits).toEqual([90_000]);
    store.script = [failWith({ code: 'E_RATE_LIMITED', retryable: true, retryAfter: 3_600_000 })];
    await expect(around(store)(fileOf('b'), {})).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
    expect(store.puts).toHaveLength(3);
  });

  test.each<[string, Partial<ErrorFacts>]>([
    ['a full storage', { code: 'E_NO_SPACE', reach: 'run' }],
    ['a folder that is not granted', { code: 'E_NOT_GRANTED' }],
    ['a revoked sign-in', { code: 'E_CREDENTIALS', reach: 'run' }],
  ])('%s is told at once', async (_name, facts) => {
    const store = new ScriptedStore();
    store.script = [failWith(facts)];
    await expect(around(store)(fileOf('a'), {})).rejects.toMatchObject({ ...facts, plugin: 'drive' });
    expect(store.puts).toHaveLength(1);
  });

  test('an abort ends the wait for the next one and is no failure of the sink', async () => {
    const store = new ScriptedStore();
    store.script = [failWith({ retryable: true })];
    const controller = new AbortController();
    const onWait = () => controller.abort();
    const put = around(store, { retry: { sleep: clock.sleep, onWait } });
    const thrown = await put(fileOf('a'), { signal: controller.signal }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'E_INTERRUPTED', plugin: undefined });
    expect(store.puts).toHaveLength(1);
  });

  test('a raw error of a sink becomes one of this program that names it', async () => {
    const store = new ScriptedStore();
    store.script = [() => Promise.reject(new TypeError('undefined is no function'))];
    await expect(around(store)(fileOf('a'), {})).rejects.toMatchObject({ code: 'E_INTERNAL', plugin: 'drive' });
  });
});

describe('the pace', () => {
  const LIMITS = { start: 2, burst: 1, floor: 0.5, ceiling: 10 };
  const pacer = (): Pacer => createPacer(LIMITS, clock);

  test('holds creations to the rate', async () => {
    const store = new ScriptedStore();
    const times: number[] = [];
    const begun = clock.now();
    store.before = async () => void times.push(clock.now() - begun);
    const put = around(store, { pacer: pacer() });
    for (const name of ['a', 'b', 'c']) await put(fileOf(name), {});
    expect(times).toEqual([0, 500, 1000]);
  });

  test('is one for all stores of a session', async () => {
    const shared = pacer();
    const [one, other] = [new ScriptedStore(), Object.assign(new ScriptedStore(), { location: 'folder-2' })];
    await around(one, { pacer: shared })(fileOf('a'), {});
    await around(other, { pacer: shared })(fileOf('b'), {});
    expect(clock.waits).toEqual([500]);
  });

  test('does not hold back what is there already', async () => {
    const store = new ScriptedStore();
    for (const name of ['a', 'b', 'c', 'd']) store.present.add(`key of ${name}`);
    const put = around(store, { pacer: pacer() });
    for (const name of ['a', 'b', 'c', 'd']) await put(fileOf(name), {});
    expect(clock.waits).toEqual([]);
  });

  test('is slowed down by a limit for everybody, and each try takes a turn', async () => {
    const store = new ScriptedStore();
    const shared = pacer();
    store.script = [failWith({ code: 'E_RATE_LIMITED', retryable: true, retryAfter: 5000 }), succeed];
    const begun = clock.now();
    await around(store, { pacer: shared })(fileOf('a'), {});
    expect(shared.rate).toBe(1);
    expect(clock.now() - begun).toBe(6000);
    await around(store, { pacer: shared })(fileOf('b'), {});
    expect(clock.now() - begun).toBe(7000);
  });

  test('learns from creations in a row', async () => {
    const store = new ScriptedStore();
    const shared = pacer();
    const put = around(store, { pacer: shared });
    for (let number = 0; number < 20; number += 1) await put(fileOf(`f${number}`), {});
    expect(shared.rate).toBe(2.5);
  });

  test('ends the run when for ten minutes there was nothing but limits', async () => {
    const store = new ScriptedStore();
    store.script = [failWith({ code: 'E_RATE_LIMITED', retryable: true, message: 'too fast', hint: 'wait' })];
    const put = around(store, { pacer: pacer() });
    const [begun, failures] = [clock.now(), [] as AlbarettoError[]];
    while (failures.at(-1)?.reach !== 'run' && failures.length < 40) {
      failures.push(await put(fileOf(`f${failures.length}`), {}).catch((thrown) => thrown));
    }
    expect(failures.at(-1)).toMatchObject({ code: 'E_RATE_LIMITED', retryable: false, reach: 'run', hint: 'wait' });
    expect(failures.at(-1)?.message).toMatch(/^too fast; for 10 minutes/u);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(600_000);
    expect(clock.now() - begun).toBeLessThan(720_000);
  });

  test.each([
    ['a creation', succeed],
    ['another failure', failWith({ code: 'E_TRUNCATED' })],
  ])('goes on as long as there is %s between the limits', async (_what, between) => {
    const store = new ScriptedStore();
    const limit = failWith({ code: 'E_RATE_LIMITED', retryable: true });
    const put = around(store, { pacer: pacer() });
    for (let number = 0; number < 20; number += 1) {
      store.script = [...Array(7).fill(limit), between];
      const result = await put(fileOf(`f${number}`), {}).catch((thrown) => thrown);
      expect(result).toMatchObject(between === succeed ? { outcome: 'created' } : { code: 'E_TRUNCATED' });
    }
  });

  test('is not lowered by other failures', async () => {
    const store = new ScriptedStore();
    const shared = pacer();
    store.script = [failWith({ retryable: true }), succeed];
    await around(store, { pacer: shared })(fileOf('a'), {});
    expect(shared.rate).toBe(2);
  });
});
