import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AlbarettoError } from '../../src/errors.js';
import { albumLayout } from '../support/album-layout.js';
import { gate, settle } from '../support/gate.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from '../support/shell-rig.js';

const LINE = 'fetch --all | save there';
const ITEMS_A_TASK = 4;
const TASKS_A_PAGE = 5;
const PAGE = ITEMS_A_TASK * TASKS_A_PAGE;
const PAGES = 300 / PAGE;

const opened: ShellRig[] = [];
afterEach(async () => {
  for (const rig of opened.splice(0)) await rig.close();
});

interface Gallery {
  readonly rig: ShellRig;
  /** New tasks, at the front of the list. */
  add(tasks: number): void;
  /** Runs the line; it is interrupted as soon as so many new items are saved. */
  run(stopAfter?: number, line?: string): Promise<number>;
  /** The pages that were asked for since this was asked last. */
  pages(): number[];
  /** How often the bytes of each item were fetched: more than once, or not at all, is in here. */
  faults(): string[];
}

/** A gallery of pages of 20 items whose service says where each task ends and where pages do. */
async function openGallery(items: number, options: ShellRigOptions = {}): Promise<Gallery> {
  // Files are found by their keys there, which is fast.
  const rig = await openShellRig({ storage: { uniqueNames: false }, ...options });
  opened.push(rig);
  rig.service.pageSize = TASKS_A_PAGE;
  rig.service.endsPages = true;
  rig.service.hasCursors = true;
  const add = (tasks: number) => {
    for (let made = 0; made < tasks; made += 1) rig.service.add({ count: ITEMS_A_TASK });
  };
  add(items / ITEMS_A_TASK);
  return {
    rig,
    add,
    async run(stopAfter = Number.POSITIVE_INFINITY, line = LINE) {
      const controller = new AbortController();
      const { reporter } = rig.session.runtime;
      const { emit } = reporter;
      let saved = 0;
      reporter.emit = (event) => {
        emit(event);
        if (event.event !== 'saved' || event.outcome !== 'created') return;
        saved += 1;
        if (saved >= stopAfter) controller.abort();
      };
      try {
        return (await rig.run(line, controller.signal)).exit;
      } finally {
        reporter.emit = emit;
      }
    },
    pages: () => rig.service.pagesAsked.splice(0),
    faults() {
      const fetched = new Map<string, number>();
      for (const { id, already } of rig.told('fetched')) {
        if (!already) fetched.set(id, (fetched.get(id) ?? 0) + 1);
      }
      const ids = rig.service.tasks.flatMap((task) => task.items.map(({ id }) => id));
      const stored = new Set(rig.storage.media());
      return [
        ...ids.flatMap((id) => (fetched.get(id) === 1 ? [] : [`${id} was fetched ${fetched.get(id) ?? 0} times`])),
        ...ids.flatMap((id) => (stored.has(`${id}.png`) ? [] : [`${id} is lost`])),
        ...(rig.storage.media().length === ids.length ? [] : ['there are files that should not be there']),
      ];
    },
  };
}

describe('a gallery of 300 items', () => {
  /** Whole with `ALBARETTO_SWEEP=whole`; a sample has the edges of pages and tasks, and some in between. */
  const stops =
    process.env.ALBARETTO_SWEEP === 'whole'
      ? Array.from({ length: 299 }, (_, at) => at + 1)
      : [1, 2, 4, 5, 19, 20, 21, 40, 83, 150, 260, 280, 281, 299];

  test.each(stops)(
    'that was stopped at item %i goes on there: no page before it is listed but the first',
    async (stop) => {
      const gallery = await openGallery(300);
      expect(await gallery.run(stop)).toBe(130);
      gallery.pages();
      expect(await gallery.run()).toBe(0);
      const [front, ...others] = [...new Set(gallery.pages())];
      expect(front).toBe(1);
      // From the page of the first task that was not whole on; all may have been there before it came to its end.
      const first = others[0] ?? PAGES + 1;
      expect(others).toEqual(Array.from({ length: PAGES + 1 - first }, (_, at) => first + at));
      expect(first).toBeGreaterThanOrEqual(Math.floor((stop - ITEMS_A_TASK) / PAGE) + 1);
      expect(gallery.faults()).toEqual([]);
      // It has come to its end: the next run stops at the first page.
      expect(await gallery.run()).toBe(0);
      expect(gallery.pages()).toEqual([1]);
    },
  );

  test('that is stopped at every item in turn, while new ones are made, loses none and fetches none twice', async () => {
    const items = process.env.ALBARETTO_SWEEP === 'whole' ? 300 : 100;
    const gallery = await openGallery(items);
    let runs = 0;
    for (; runs < 1000; runs += 1) {
      if (runs % 30 === 29) gallery.add(1 + (runs % 3));
      if ((await gallery.run(1)) === 0) break;
    }
    expect(runs).toBeGreaterThan(items / 3);
    expect(gallery.faults()).toEqual([]);
    gallery.pages();
    expect(await gallery.run()).toBe(0);
    expect(gallery.pages()).toEqual([1]);
  });
});

type Step = { readonly kind: 'stop'; readonly after: number } | { readonly kind: 'add'; readonly tasks: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('stop' as const), after: fc.integer({ min: 1, max: 45 }) }),
    fc.record({ kind: fc.constant('add' as const), tasks: fc.integer({ min: 1, max: 12 }) }),
  ),
  { maxLength: 8 },
);

test('whenever it is stopped and whatever is new by then, what is finished is whole', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const gallery = await openGallery(60);
      for (const step of all) {
        if (step.kind === 'add') gallery.add(step.tasks);
        else await gallery.run(step.after);
      }
      expect(await gallery.run()).toBe(0);
      expect(gallery.faults()).toEqual([]);
      gallery.pages();
      await gallery.run();
      expect(gallery.pages()).toEqual([1]);
      await opened.pop()?.close();
    }),
    { numRuns: process.env.ALBARETTO_SWEEP === 'whole' ? 100 : 8 },
  );
}, 300_000);

describe('a list that is taken up again', () => {
  test('is walked from its beginning where something is new, and the old place is off the record at once', async () => {
    const gallery = await openGallery(100);
    await gallery.run(50);
    gallery.add(1);
    const catalog = await gallery.rig.session.catalog();
    const cursors: (string | undefined)[] = [];
    gallery.rig.storage.before = async () => {
      cursors.push((await catalog.runs({ limit: 1 }))[0]!.cursor);
    };
    await gallery.run(1);
    // Before anything new is stored, nothing leads over it any more: also after a kill.
    expect(cursors[0]).toBe('');
    gallery.rig.storage.before = async () => undefined;
    expect(await gallery.run()).toBe(0);
    expect(gallery.faults()).toEqual([]);
  });

  test('is listed again from what has failed', async () => {
    const gallery = await openGallery(100);
    const broken = gallery.rig.service.tasks[6]!.items[1]!;
    broken.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today' });
    await gallery.run(70);
    delete broken.failure;
    gallery.pages();
    expect(await gallery.run()).toBe(0);
    expect(gallery.pages()).toEqual([1, 2, 3, 4, 5]);
    expect(gallery.faults()).toEqual([]);
  });

  test('is listed again from what was on its way when others behind it were stored already', async () => {
    const gallery = await openGallery(100);
    const { service, storage } = gallery.rig;
    const [, slow, , last] = service.tasks[12]!.items;
    const controller = new AbortController();
    storage.before = (file, signal) =>
      file.name === `${slow!.id}.png`
        ? new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
        : Promise.resolve();
    const work = gallery.rig.run(LINE, controller.signal);
    while (!storage.put.some((name) => name.startsWith(last!.id))) await new Promise(setImmediate);
    controller.abort();
    expect((await work).exit).toBe(130);
    storage.before = async () => undefined;
    expect(await gallery.run()).toBe(0);
    expect(storage.media()).toContain(`${slow!.id}.png`);
    expect(storage.media()).toHaveLength(100);
  });

  test('is listed again from what was being fetched when others behind it needed no fetching', async () => {
    const gallery = await openGallery(100);
    const { service, storage, session } = gallery.rig;
    await gallery.run();
    const [slow, ...unwanted] = service.tasks[12]!.items;
    const catalog = await session.catalog();
    await catalog.forget({ source: 'memory', item: slow!.id });
    storage.memory.files = storage.memory.files.filter(({ name }) => !name.startsWith(slow!.id));
    for (const { id } of unwanted) {
      for await (const row of catalog.search({ item: id })) await catalog.setState([row.id], 'deleted', new Date());
    }
    const late = gate();
    slow!.gate = late.promise;
    service.located.length = 0;
    const controller = new AbortController();
    const line = `${LINE} --layout flat`;
    const work = gallery.rig.run(line, controller.signal);
    while (!service.located.includes(slow!.id)) await new Promise(setImmediate);
    await settle();
    controller.abort();
    late.open();
    expect((await work).exit).toBe(130);
    expect(await gallery.run(undefined, line)).toBe(0);
    expect(storage.media()).toContain(`${slow!.id}.png`);
  });

  test('is listed again from what lacks a companion', async () => {
    const gallery = await openGallery(40);
    const [companion] = gallery.rig.service.add({ count: 1, companions: 1 }).items[0]!.companions;
    gallery.add(12);
    companion!.failure = new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'not today' });
    await gallery.run(70);
    delete companion!.failure;
    expect(await gallery.run()).toBe(0);
    expect(gallery.rig.storage.media()).toContain(`${companion!.id}.png`);
  });

  test('loses its place to a watch, which takes what is urgent first', async () => {
    const gallery = await openGallery(100);
    await gallery.run(50);
    gallery.add(8);
    expect(await gallery.run(1, 'watch memory --once | save there')).toBe(130);
    const catalog = await gallery.rig.session.catalog();
    expect((await catalog.runs({ limit: 1 }))[0]).toMatchObject({ state: 'interrupted', cursor: '' });
    expect(await gallery.run()).toBe(0);
    expect(gallery.faults()).toEqual([]);
  });

  test('that does not say where its pages end is taken up again behind its first hundred items', async () => {
    const gallery = await openGallery(300);
    gallery.rig.service.endsPages = false;
    await gallery.run(220);
    gallery.pages();
    expect(await gallery.run()).toBe(0);
    const pages = gallery.pages();
    expect(pages.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(pages[5]).toBeGreaterThan(10);
    expect(gallery.faults()).toEqual([]);
  });

  test('goes on behind --max-total and --max-duration too', async () => {
    const gallery = await openGallery(100);
    let rounds = 0;
    for (; rounds < 50; rounds += 1) {
      await gallery.run(undefined, `${LINE} --max-total 2k`);
      if (gallery.rig.storage.media().length === 100) break;
    }
    expect(rounds).toBeGreaterThan(2);
    expect(await gallery.run()).toBe(0);
    expect(gallery.faults()).toEqual([]);
  });

  test('counts --limit from its beginning', async () => {
    const gallery = await openGallery(200);
    const line = `fetch --all --limit 100 | save there`;
    await gallery.run(50, line);
    expect(await gallery.run(undefined, line)).toBe(0);
    const newest = gallery.rig.service.tasks.slice(0, 25).flatMap(({ items }) => items.map(({ id }) => `${id}.png`));
    expect(gallery.rig.storage.media().sort()).toEqual(newest.sort());
  });

  test('has its filter looked at on the pages before it as well', async () => {
    const gallery = await openGallery(0);
    const add = (tasks: number, mediaType: string) => {
      for (let made = 0; made < tasks; made += 1) {
        gallery.rig.service.add({ count: ITEMS_A_TASK, itemFacts: () => ({ mediaType }) });
      }
    };
    const line = 'fetch --all --type video | save there';
    add(20, 'video/mp4');
    await gallery.run(30, line);
    add(1, 'video/mp4');
    add(5, 'image/png');
    expect(await gallery.run(undefined, line)).toBe(0);
    expect(gallery.rig.storage.media()).toHaveLength(84);
  });

  test('does not go over what belongs to a task and is not written yet', async () => {
    const album = albumLayout();
    const gallery = await openGallery(60, { memory: { layout: album.descriptor } });
    const { tasks } = gallery.rig.service;
    // Stopped when the last item of a task is there, at each of them in turn.
    for (let runs = 0; runs < 100 && (await gallery.run(ITEMS_A_TASK)) !== 0; runs += 1);
    for (const task of tasks) {
      const order = JSON.stringify(task.items.map(({ id }) => id));
      expect(gallery.rig.storage.text(`${task.id}/order.json`)).toBe(order);
    }
  });

  test('is listed again from a task whose documents could not be written', async () => {
    const gallery = await openGallery(100, { memory: { layout: albumLayout().descriptor } });
    const third = gallery.rig.service.tasks[7]!;
    let fails = true;
    gallery.rig.storage.before = async (file) => {
      if (fails && file.name === 'order.json' && Buffer.from(file.bytes.inMemory!).includes(third.items[0]!.id)) {
        throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no order' });
      }
    };
    await gallery.run(80);
    fails = false;
    expect(await gallery.run()).toBe(0);
    expect(gallery.rig.storage.text(`${third.id}/order.json`)).toBeDefined();
  });
});
