import { beforeEach, describe, expect, test } from '@jest/globals';
import { untilAborted } from '../../src/abort.js';
import { AlbarettoError } from '../../src/errors.js';
import type { HttpClient } from '../../src/http/client.js';
import type { Item } from '../../src/model.js';
import { type Fetched, type FetchOptions, type FetchResult, fetchItems, letGo } from '../../src/transfer/fetch.js';
import { createMemoryBudget, type MemoryBudget, openSpoolWriter } from '../../src/transfer/spool.js';
import { gate, settle } from '../support/gate.js';
import { type MemoryItem, MemoryService, type MemoryTask } from '../support/memory-service.js';
import { MemorySource } from '../support/memory-source.js';
import { VirtualClock } from '../support/virtual-clock.js';

let service: MemoryService;
let source: MemorySource;
let pulled: number;

beforeEach(() => {
  service = new MemoryService();
  source = new MemorySource({ service, inline: true });
  pulled = 0;
});

const NO_NETWORK: HttpClient = {
  open: () => Promise.reject(new Error('these items bring their bytes')),
  close: () => undefined,
};

const options = (more: Partial<FetchOptions> = {}): FetchOptions => ({
  client: NO_NETWORK,
  plugin: 'memory',
  trusted: [],
  maxBytes: 1_000_000,
  retry: { sleep: new VirtualClock().sleep },
  now: () => 0,
  concurrency: 3,
  find: () => undefined,
  ...more,
});

/** The items of a task as the source lists them, counted as they are taken. */
async function* itemsOf(task: MemoryTask): AsyncGenerator<Item> {
  for await (const listed of source.open(task.id, {})) {
    for await (const item of listed.items) {
      pulled += 1;
      yield item;
    }
  }
}

const fetchAll = (task: MemoryTask, more: Partial<FetchOptions> = {}) =>
  fetchItems(itemsOf(task), source, options(more));

/** What came before the end, and what the end was. */
async function drain(results: AsyncIterable<FetchResult>): Promise<{ results: FetchResult[]; thrown: unknown }> {
  const taken: FetchResult[] = [];
  try {
    for await (const result of results) taken.push(result);
  } catch (thrown) {
    return { results: taken, thrown };
  }
  return { results: taken, thrown: undefined };
}

const spoolIn = (budget: MemoryBudget) =>
  openSpoolWriter({ budget, disk: undefined as never, folder: () => Promise.reject(new Error('they fit')) });

const idOf = (result: FetchResult) =>
  result.kind === 'fetched' ? result.fetched.item.id : `${result.kind === 'failed' ? '✗' : '·'} ${result.item.id}`;
const failing = (item: MemoryItem, facts: Partial<ConstructorParameters<typeof AlbarettoError>[0]>) => {
  item.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'no', ...facts });
};
const ids = (task: MemoryTask) => task.items.map(({ id }) => id);

describe('fetched items', () => {
  test('come in display order, however long each takes', async () => {
    const task = service.add({ count: 5 });
    const slow = gate();
    task.items[0]!.gate = slow.promise;
    const work = drain(fetchAll(task));
    await settle();
    expect(service.located).toEqual(ids(task).slice(0, 3));
    slow.open();
    const { results, thrown } = await work;
    expect(thrown).toBeUndefined();
    expect(results.map(idOf)).toEqual(ids(task));
    for (const [position, result] of results.entries()) {
      if (result.kind !== 'fetched') throw new Error('it is fetched');
      expect(Buffer.from(result.fetched.bytes.inMemory!).equals(task.items[position]!.bytes)).toBe(true);
      expect(result).toMatchObject({ already: false, missing: [] });
      expect(result.fetched).toMatchObject({ mediaType: 'image/png', width: 8, height: 8, companions: [] });
    }
  });

  test('are never more at once than the source bears', async () => {
    const task = service.add({ count: 9 });
    const doors = task.items.map((item) => {
      const door = gate();
      item.gate = door.promise;
      return door;
    });
    const work = drain(fetchAll(task, { concurrency: 2 }));
    for (let number = 0; number < 9; number += 1) {
      await settle();
      expect(service.located.length).toBe(Math.min(number + 2, 9));
      doors[number]!.open();
    }
    expect((await work).results).toHaveLength(9);
  });

  test('go on beside one that is slow, as far as there is room for them', async () => {
    for (const [room, begun] of [
      [true, 6],
      [false, 2],
    ] as const) {
      const task = service.add({ count: 9 });
      const slow = gate();
      task.items[0]!.gate = slow.promise;
      const work = drain(fetchAll(task, { concurrency: 2, ahead: 6, hasRoom: () => room }));
      await settle();
      expect(service.located.filter((id) => ids(task).includes(id))).toHaveLength(begun);
      slow.open();
      expect((await work).results.map(idOf)).toEqual(ids(task));
    }
  });

  test('are not begun ahead of whoever takes them', async () => {
    const task = service.add({ count: 50 });
    const results = fetchAll(task, { concurrency: 3 })[Symbol.asyncIterator]();
    await results.next();
    await settle();
    expect(service.located.length).toBeLessThanOrEqual(4);
    expect(pulled).toBeLessThanOrEqual(8);
    await results.return?.(undefined);
  });

  test('that failed are results, and the others go on', async () => {
    const task = service.add({ count: 4 });
    failing(task.items[1]!, { code: 'E_NOT_FOUND' });
    const { results, thrown } = await drain(fetchAll(task));
    expect(thrown).toBeUndefined();
    expect(results.map(idOf)).toEqual([ids(task)[0], `✗ ${ids(task)[1]}`, ids(task)[2], ids(task)[3]]);
    expect(results[1]).toMatchObject({ error: { code: 'E_NOT_FOUND', plugin: 'memory' } });
  });

  test('that are in the session already are not fetched again', async () => {
    const task = service.add({ count: 3 });
    const first = await drain(fetchAll(task));
    const known = new Map<string, Fetched>();
    for (const result of first.results)
      if (result.kind === 'fetched') known.set(result.fetched.item.id, result.fetched);
    known.delete(ids(task)[1]!);
    service.located.length = 0;
    const { results } = await drain(fetchAll(task, { find: (item) => known.get(item.id) }));
    expect(results.map((result) => result.kind === 'fetched' && result.already)).toEqual([true, false, true]);
    expect(service.located).toEqual([ids(task)[1]]);
    expect(results[0]).toMatchObject({ fetched: known.get(ids(task)[0]!) });
  });

  test('bring their companions', async () => {
    const task = service.add({ count: 1, companions: 2 });
    const [result] = (await drain(fetchAll(task))).results;
    if (result?.kind !== 'fetched') throw new Error('it is fetched');
    expect(result.fetched.companions.map(({ companion }) => companion.id)).toEqual(
      task.items[0]!.companions.map(({ id }) => id),
    );
    expect(Buffer.from(result.fetched.companions[1]!.bytes.inMemory!).equals(task.items[0]!.companions[1]!.bytes)).toBe(
      true,
    );
  });

  test('are kept when a companion is gone, which is told; a later fetch tries again', async () => {
    const task = service.add({ count: 1, companions: 2 });
    const [lost] = task.items[0]!.companions;
    failing(lost!, { code: 'E_NOT_FOUND', message: 'it is gone' });
    const [result] = (await drain(fetchAll(task))).results;
    if (result?.kind !== 'fetched') throw new Error('it is fetched');
    expect(result.missing).toMatchObject([{ code: 'E_NOT_FOUND', message: 'it is gone' }]);
    expect(result.fetched.companions).toHaveLength(1);
    delete lost!.failure;
    const [again] = (await drain(fetchAll(task, { find: () => result.fetched }))).results;
    expect(again).toMatchObject({ already: false, missing: [] });
    expect(again?.kind === 'fetched' && again.fetched.companions).toHaveLength(2);
  });
});

describe('a failure that reaches the whole run', () => {
  test('is thrown after what was fetched until then, and nothing new is begun', async () => {
    const task = service.add({ count: 20 });
    const slow = gate();
    task.items[0]!.gate = slow.promise;
    failing(task.items[1]!, { code: 'E_CREDENTIALS', reach: 'run' });
    const refusal = gate();
    task.items[1]!.gate = refusal.promise;
    const work = drain(fetchAll(task));
    await settle();
    refusal.open();
    await settle();
    slow.open();
    const { results, thrown } = await work;
    expect(thrown).toMatchObject({ code: 'E_CREDENTIALS', plugin: 'memory' });
    // The third was begun beside the second: it is here and is not lost.
    expect(results.map(idOf)).toEqual([ids(task)[0], ids(task)[2]]);
    await settle();
    expect(service.located).toEqual(ids(task).slice(0, 3));
    expect(pulled).toBeLessThan(6);
  });

  test('is what is thrown, also where the listing fails after it', async () => {
    const task = service.add({ count: 1 });
    failing(task.items[0]!, { code: 'E_CREDENTIALS', reach: 'run' });
    const next = gate();
    async function* broken(): AsyncGenerator<Item> {
      yield* itemsOf(task);
      await next.promise;
      throw new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'page 2 is not there' });
    }
    const work = drain(fetchItems(broken(), source, options()));
    await settle();
    next.open();
    expect((await work).thrown).toMatchObject({ code: 'E_CREDENTIALS' });
  });

  test('of several is thrown once: the first', async () => {
    const task = service.add({ count: 3 });
    for (const [position, item] of task.items.entries()) {
      failing(item, { code: 'E_CREDENTIALS', message: `number ${position}`, reach: 'run' });
    }
    expect((await drain(fetchAll(task))).thrown).toMatchObject({ message: 'number 0' });
    await settle();
  });

  test('of a companion is one of the run too', async () => {
    const task = service.add({ count: 1, companions: 1 });
    failing(task.items[0]!.companions[0]!, { code: 'E_CREDENTIALS', reach: 'run' });
    expect((await drain(fetchAll(task))).thrown).toMatchObject({ code: 'E_CREDENTIALS' });
  });

  test.each(['at once', 'behind one that is slow'])(
    '%s is the end also where there is no room for more',
    async (when) => {
      const task = service.add({ count: 12 });
      const slow = gate();
      if (when !== 'at once') task.items[0]!.gate = slow.promise;
      for (const item of task.items.slice(1)) failing(item, { code: 'E_CREDENTIALS', reach: 'run' });
      const work = drain(fetchAll(task, { concurrency: 2, ahead: 6, hasRoom: () => false }));
      await settle();
      slow.open();
      const { results, thrown } = await work;
      expect(thrown).toMatchObject({ code: 'E_CREDENTIALS' });
      expect(results.map(idOf)).toEqual(ids(task).slice(0, 1));
    },
  );

  test('of the listing comes after the items that it had listed', async () => {
    const task = service.add({ count: 4 });
    async function* broken(): AsyncGenerator<Item> {
      yield* itemsOf(task);
      throw new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'page 2 is not there' });
    }
    const { results, thrown } = await drain(fetchItems(broken(), source, options()));
    expect(results.map(idOf)).toEqual(ids(task));
    expect(thrown).toMatchObject({ code: 'E_UNAVAILABLE', message: 'page 2 is not there' });
  });
});

describe('an interruption', () => {
  test('answers what is fetched already before it is thrown', async () => {
    const task = service.add({ count: 9 });
    const controller = new AbortController();
    const stuck = gate();
    task.items[0]!.gate = stuck.promise;
    const work = drain(fetchAll(task, { signal: controller.signal }));
    await settle();
    controller.abort();
    stuck.open();
    const { results, thrown } = await work;
    expect(thrown).toMatchObject({ code: 'E_INTERRUPTED' });
    expect(results.map(idOf)).toEqual(ids(task).slice(1, 3));
    expect(service.located).toHaveLength(3);
  });

  test('is answered where all that is under way waits, and there is no room for more', async () => {
    const task = service.add({ count: 9 });
    const controller = new AbortController();
    for (const item of task.items) item.gate = new Promise(() => undefined);
    const endless = { ...options({ concurrency: 2, ahead: 6, hasRoom: () => false }), signal: controller.signal };
    const listening = Object.assign(Object.create(source), {
      locate: (...[item, given]: Parameters<MemorySource['locate']>) =>
        untilAborted(source.locate(item, given), given.signal),
    });
    const work = drain(fetchItems(itemsOf(task), listening, endless));
    await settle();
    controller.abort();
    expect((await work).thrown).toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('while a companion comes lets go of its picture', async () => {
    const task = service.add({ count: 1, companions: 2 });
    failing(task.items[0]!.companions[1]!, { code: 'E_CREDENTIALS', reach: 'run' });
    const budget = createMemoryBudget(1_000_000);
    const { results } = await drain(fetchAll(task, { openSpool: () => spoolIn(budget) }));
    expect(results).toEqual([]);
    expect(budget.used).toBe(0);
  });

  test('before the first item begins nothing', async () => {
    const task = service.add({ count: 3 });
    const { results, thrown } = await drain(fetchAll(task, { signal: AbortSignal.abort() }));
    expect(thrown).toMatchObject({ code: 'E_INTERRUPTED' });
    expect(results).toEqual([]);
    expect(service.located).toEqual([]);
  });
});

describe('whoever stops taking', () => {
  test('stops what is under way, and the listing', async () => {
    const task = service.add({ count: 30 });
    let closed = false;
    let signal: AbortSignal | undefined;
    async function* listing(): AsyncGenerator<Item> {
      try {
        yield* itemsOf(task);
      } finally {
        closed = true;
      }
    }
    const watched = Object.assign(Object.create(source), {
      async locate(...[item, given]: Parameters<MemorySource['locate']>) {
        signal = given.signal;
        return source.locate(item, given);
      },
    });
    for await (const _result of fetchItems(listing(), watched, options())) break;
    await settle();
    expect(closed).toBe(true);
    expect(signal?.aborted).toBe(true);
    const begun = service.located.length;
    await settle();
    expect(service.located).toHaveLength(begun);
    expect(begun).toBeLessThan(8);
  });

  test('leaves nothing held of what was fetched and is not taken, whenever that comes', async () => {
    const task = service.add({ count: 12 });
    const late = gate();
    task.items[3]!.gate = late.promise;
    const budget = createMemoryBudget(1_000_000);
    for await (const result of fetchAll(task, { concurrency: 4, ahead: 8, openSpool: () => spoolIn(budget) })) {
      await settle();
      expect(budget.used).toBeGreaterThan(task.items[0]!.bytes.length);
      if (result.kind === 'fetched') await letGo(result.fetched);
      break;
    }
    late.open();
    await settle();
    expect(budget.used).toBe(0);
  });

  test('leaves no listener on the signal of the command, and no rejection unheard', async () => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const task = service.add({ count: 12 });
      for (const item of task.items.slice(1)) failing(item, { reach: 'run' });
      const controller = new AbortController();
      for await (const _result of fetchAll(task, { signal: controller.signal })) break;
      await drain(fetchAll(task, { signal: controller.signal }));
      await settle();
      controller.abort();
      await settle();
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });
});
