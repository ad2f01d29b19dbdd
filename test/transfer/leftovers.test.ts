import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { type Disk, disk } from '../../src/disk.js';
import { AlbarettoError } from '../../src/errors.js';
import { fromService } from '../../src/model.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import type { HeldBytes } from '../../src/transfer/spool.js';
import { settle } from '../support/gate.js';
import { dyingDisk, ERRNOS, type FailingDisk, failingDisk } from './failing-disk.js';
import { below, freshFolder } from './folders.js';
import { arrived, isWhole, sessionsIn, type Wishes } from './unsaved.js';

const DAY = 86_400_000;

/** A folder in which a session kept these and died. */
async function left(...all: readonly Wishes[]) {
  const root = freshFolder();
  const sessions = sessionsIn(root);
  const session = sessions.open('dead');
  const items: Fetched[] = [];
  for (const wishes of all) items.push(await session.keep(await arrived(session, wishes)));
  const pathOf = (index: number) => (items[index]!.bytes as HeldBytes).path!;
  return { root, sessions, items, pathOf, folder: join(root, 'dead') };
}

const TWO = [
  { id: 'a', companions: ['a-mask'] },
  { id: 'b', spilled: true },
] as const;

function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * DAY);
  utimesSync(path, then, then);
}

describe('what a dead session left', () => {
  test('is counted with all its bytes, and taken over whole', async () => {
    const { root, sessions } = await left(...TWO);
    expect(await sessions.find('me')).toMatchObject({ items: 2, bytes: 9_000 });
    const { kept, taken, told, ids } = await sessions.takeAll('me');
    expect([ids, told]).toEqual([['a', 'b'], []]);
    for (const item of taken) expect(await isWhole(item)).toBe(true);
    expect((await sessions.find('me')).items).toBe(0);
    for (const item of taken) await kept.release(item);
    await kept.close();
    expect(below(root)).toEqual([]);
  });

  test('comes back as it was: dates, sizes, companions, the service’s own record', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('dead');
    const before = await arrived(session, { id: 'a', companions: ['a-mask'] });
    const item = {
      ...before.item,
      title: fromService('a lantern\u0007'),
      createdAt: new Date('2022-09-01T12:34:56.789Z'),
      expiresAt: new Date('2022-10-01T00:00:00Z'),
      raw: { json: '{"seed":12345678901234567890.10}', redacted: ['image_path'] },
    };
    await session.keep({ ...before, item });
    const { taken } = await sessionsIn(root).takeAll('me');
    expect(taken).toHaveLength(1);
    expect(taken[0]).toMatchObject({ mediaType: 'image/png', width: 30, height: 20 });
    expect(taken[0]!.item).toEqual(item);
    expect(taken[0]!.item.createdAt).toBeInstanceOf(Date);
    expect(taken[0]!.companions[0]).toMatchObject({ companion: { id: 'a-mask', role: 'source', taskId: 'task-1' } });
    expect(taken[0]!.bytes.digests).toEqual(before.bytes.digests);
  });

  test('is left again by whoever took it over and did not save it, and then offered to the next', async () => {
    const { sessions } = await left(...TWO);
    const { taken, kept } = await sessions.takeAll('second');
    expect(taken.map(({ item }) => item.id)).toEqual(['a', 'b']);
    await kept.release(taken[0]!);
    await kept.close();
    const third = await sessions.takeAll('third');
    expect(third.ids).toEqual(['b']);
    expect(await isWhole(third.taken[0]!)).toBe(true);
  });

  test('comes back in the order in which it was kept', async () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ id: `item-${(index * 7) % 12}` }));
    const { sessions } = await left(...many);
    const { taken } = await sessions.takeAll('me');
    expect(taken.map(({ item }) => item.id)).toEqual(many.map(({ id }) => id));
  });

  test('can be thrown away', async () => {
    const { root, sessions } = await left(...TWO);
    await (await sessions.find('me')).discard();
    expect(below(root)).toEqual([]);
  });

  test('goes to one of two sessions that begin together, each item once', async () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ id: `item-${index}`, spilled: index % 2 === 0 }));
    const { sessions } = await left(...many);
    const both = await Promise.all([sessions.takeAll('one'), sessions.takeAll('two')]);
    expect(both.flatMap(({ ids }) => ids).sort()).toEqual(many.map(({ id }) => id).sort());
    expect(both.flatMap(({ told }) => told)).toEqual([]);
  });

  test('stays for a later session where this one cannot keep it', async () => {
    const { sessions } = await left(...TWO);
    const full = new AlbarettoError({ code: 'E_NO_SPACE', message: 'full' });
    const told: unknown[] = [];
    const refuse = () => Promise.reject(full);
    await (await sessions.find('me')).take(refuse, (error) => told.push(error));
    expect(told).toEqual([full, full]);
    expect((await sessions.takeAll('later')).ids).toEqual(['a', 'b']);
    const { sessions: others } = await left(...TWO);
    const fault = () => Promise.reject(new TypeError('a fault'));
    await expect((await others.find('me')).take(fault, () => undefined)).rejects.toThrow('a fault');
    expect((await others.takeAll('later')).ids).toEqual(['a', 'b']);
  });

  test('that names a file outside of its folder leads nowhere else', async () => {
    const { root, sessions, folder } = await left({ id: 'a' });
    const name = below(folder).find((entry) => entry.endsWith('.json'))!;
    writeFileSync(join(root, 'victim'), 'not ours');
    const record = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { own: { file: string } };
    record.own.file = '../victim';
    writeFileSync(join(folder, name), JSON.stringify(record));
    const { ids, told } = await sessions.takeAll('me');
    expect([ids, told.map(({ code }) => code)]).toEqual([[], ['E_DIGEST']]);
    expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('not ours');
  });
});

describe('damaged bytes', () => {
  const damages: Readonly<Record<string, (path: string) => void>> = {
    'that are shorter': (path) => truncateSync(path, 2_999),
    'that are longer': (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(1)])),
    'of the same length': (path) => writeFileSync(path, Buffer.alloc(3_000)),
    'that are gone': (path) => rmSync(path),
  };

  test.each(Object.entries(damages))('%s are told, left out and cleaned away', async (_name, damage) => {
    const { root, sessions, pathOf } = await left(...TWO);
    damage(pathOf(0));
    const { ids, told, kept, taken } = await sessions.takeAll('me');
    expect(ids).toEqual(['b']);
    expect(told.map((error) => error.describe())).toEqual(['a: what was kept of it is damaged: fetch it again']);
    await kept.release(taken[0]!);
    await kept.close();
    expect(below(root)).toEqual([]);
  });

  test('of a companion are those of its item', async () => {
    const { sessions, items } = await left(...TWO);
    truncateSync((items[0]!.companions[0]!.bytes as HeldBytes).path!, 1);
    const { ids, told } = await sessions.takeAll('me');
    expect([ids, told.map(({ code }) => code)]).toEqual([['b'], ['E_DIGEST']]);
  });

  test('are not those that cannot be read at the moment: these stay, and are told', async () => {
    const { sessions, pathOf } = await left(...TWO);
    // A folder in place of the file fails to be read, whoever reads it.
    renameSync(pathOf(0), `${pathOf(0)}.away`);
    mkdirSync(pathOf(0));
    const { ids, told, kept } = await sessions.takeAll('me');
    expect(ids).toEqual(['b']);
    expect(told.map((error) => error.describe())).toEqual([
      'a: what was kept of it cannot be read (EISDIR): it stays where it is; check the disk',
    ]);
    await kept.close();
    const found = await sessions.find('later');
    expect(found.items).toBe(2);
  });
});

describe('a record', () => {
  test.each([
    ['no JSON', '{"version":1,"item"'],
    ['JSON of another form', '{"version":1}'],
    ['nothing', 'null'],
    ['one of a later version', '{"version":2,"everything":"else"}'],
    [
      'one with companions that are none',
      '{"version":1,"item":{"id":"a"},"own":{"file":"x","size":1,"digests":[]},"companions":[null]}',
    ],
  ])(
    'that is %s is left alone, with everything that it may speak of, and does not keep the others',
    async (_name, text) => {
      const { sessions, folder } = await left(...TWO);
      writeFileSync(join(folder, 'unknown.json'), text);
      writeFileSync(join(folder, 'unknown.data'), 'x');
      const { ids, taken } = await sessions.takeAll('me');
      expect(ids).toEqual(['a', 'b']);
      const names = below((taken[0]!.bytes as HeldBytes).path!.replace(/\/[^/]*$/u, ''));
      expect(names).toEqual(expect.arrayContaining(['unknown.json', 'unknown.data']));
    },
  );
});

describe('what is of no use to anybody is cleaned away', () => {
  test('parts, half-written records and bytes without a record', async () => {
    const { sessions, folder, pathOf, root } = await left(...TWO);
    const names = below(root);
    for (const name of ['x.part', 'y.data', 'z.json.123.tmp']) writeFileSync(join(folder, name), 'x');
    expect((await sessions.find('me')).items).toBe(2);
    expect(below(root)).toEqual(names);
    expect(names).toContain(join('dead', basename(pathOf(0))));
  });

  test('the folder of a session that left nothing else', async () => {
    const root = freshFolder();
    mkdirSync(join(root, 'dead'));
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'dead', 'x.part'), 'x');
    writeFileSync(join(root, 'dead', 'y.data'), 'x');
    expect(await sessionsIn(root).find('me')).toMatchObject({ items: 0, bytes: 0 });
    expect(below(root)).toEqual([]);
  });

  test('everything that is older than seven days, and nothing that is younger', async () => {
    const { root, sessions, folder } = await left(...TWO);
    age(folder, 6.9);
    expect((await sessions.find('me')).items).toBe(2);
    age(folder, 7.1);
    expect((await sessions.find('me')).items).toBe(0);
    expect(below(root)).toEqual([]);
  });

  test('but the seven days begin anew when somebody takes it over', async () => {
    const { sessions, folder } = await left(...TWO);
    age(folder, 6.9);
    await (await sessions.takeAll('me')).kept.close();
    const nextDay = sessionsIn(join(folder, '..'), [], () => Date.now() + DAY);
    expect((await nextDay.find('later')).items).toBe(2);
  });

  test('and when the session ends that has it, or when the person leaves it to a later one', async () => {
    const { sessions, items, folder } = await left(...TWO);
    const session = sessions.open('dead');
    age(folder, 8);
    await session.close();
    expect((await sessions.find('me')).items).toBe(2);
    age(folder, 6.9);
    await (await sessions.find('me')).defer();
    const inSixDays = sessionsIn(join(folder, '..'), [], () => Date.now() + 6 * DAY);
    expect((await inSixDays.find('later')).items).toBe(items.length);
  });

  test('and go on doing so as long as its session lies open', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'Date'] });
    try {
      const { sessions, folder } = await left(...TWO);
      age(folder, 8);
      jest.advanceTimersByTime(DAY / 4);
      for (let tries = 0; Date.now() - statSync(folder).mtimeMs > DAY && tries < 1_000; tries += 1) await settle();
      expect((await sessions.find('me')).items).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });

  test('also where the program may not clean: it starts all the same', async () => {
    const { sessions, folder } = await left(...TWO);
    writeFileSync(join(folder, 'x.part'), 'x');
    const stuck: Disk = { ...disk, remove: () => Promise.reject(new Error('stuck')) };
    expect((await sessions.find('me', stuck)).items).toBe(2);
    age(folder, 8);
    expect((await sessions.find('me', stuck)).items).toBe(0);
  });
});

describe('left alone are', () => {
  test('the folders of sessions that run, this one among them, and those that they took over', async () => {
    const { root } = await left(...TWO);
    const all = below(root).length;
    writeFileSync(join(root, 'dead', 'x.part'), 'x');
    age(join(root, 'dead'), 30);
    expect((await sessionsIn(root, ['dead']).find('me')).items).toBe(0);
    expect((await sessionsIn(root).find('dead')).items).toBe(0);
    renameSync(join(root, 'dead'), join(root, 'dead+1'));
    expect((await sessionsIn(root, ['dead']).find('me')).items).toBe(0);
    expect(below(root)).toHaveLength(all + 1);
    expect((await sessionsIn(root, [], () => 0).find('me')).items).toBe(2);
  });

  test('files that lie there, and a root that is not there', async () => {
    const root = freshFolder();
    writeFileSync(join(root, 'note.txt'), 'somebody’s');
    expect((await sessionsIn(root).find('me')).items).toBe(0);
    expect(below(root)).toEqual(['note.txt']);
    expect((await sessionsIn(join(root, 'none')).find('me')).items).toBe(0);
  });
});

type State = 'keeping' | 'kept' | 'releasing' | 'released';

/** What a session does from its beginning to its end; how far it came with each item is written down on the way. */
async function work(root: string, port: Disk, progress: Map<string, State>): Promise<void> {
  const sessions = sessionsIn(root);
  const session = sessions.open('second', port);
  const items = new Map<string, Fetched>();
  const found = await sessions.find('second', port);
  await found.take(
    async (fetched) => void items.set(fetched.item.id, await session.keep(fetched)),
    () => undefined,
  );
  for (const wishes of [
    { id: 'c', companions: ['c-mask'] },
    { id: 'd', spilled: true },
  ] satisfies Wishes[]) {
    progress.set(wishes.id, 'keeping');
    items.set(wishes.id, await session.keep(await arrived(session, wishes, port)));
    progress.set(wishes.id, 'kept');
  }
  for (const id of ['a', 'd']) {
    progress.set(id, 'releasing');
    await session.release(items.get(id)!);
    progress.set(id, 'released');
  }
  await session.close();
}

/** Does the work with a disk that fails at some place, and looks at what the next session finds. */
async function survive(port: FailingDisk, failing: number, lost: readonly State[]): Promise<unknown> {
  const { root, sessions } = await left(...TWO);
  const progress = new Map<string, State>([
    ['a', 'kept'],
    ['b', 'kept'],
  ]);
  const thrown: unknown = await work(root, port, progress).catch((error: unknown) => error);
  const place = `call ${failing} (${port.calls[failing - 1]})`;
  const { ids, taken, told, kept } = await sessions.takeAll('third');
  expect([place, told]).toEqual([place, []]);
  expect([place, new Set(ids).size]).toEqual([place, ids.length]);
  for (const [id, state] of progress) {
    if (state === 'kept') expect([place, ids]).toEqual([place, expect.arrayContaining([id])]);
    else if (lost.includes(state)) expect([place, ids]).not.toEqual([place, expect.arrayContaining([id])]);
  }
  for (const item of taken) {
    expect([place, await isWhole(item)]).toEqual([place, true]);
    await kept.release(item);
  }
  await kept.close();
  expect([place, below(root)]).toEqual([place, []]);
  return thrown;
}

describe('of a session', () => {
  const callsOf = async (port: FailingDisk) => {
    await work((await left(...TWO)).root, port, new Map());
    expect(port.calls.length).toBeGreaterThan(25);
    return port.calls.length;
  };

  test.each(ERRNOS)('of which any call fails with %s, the next one finds every kept item whole', async (errno) => {
    const calls = await callsOf(failingDisk(0, errno));
    for (let failing = 1; failing <= calls; failing += 1) {
      const thrown = await survive(failingDisk(failing, errno), failing, ['keeping', 'released']);
      if (thrown !== undefined) expect(thrown).toMatchObject({ code: errno });
    }
  });

  test('that is killed after any call, the next one finds every kept item whole, once', async () => {
    const calls = await callsOf(dyingDisk(Number.POSITIVE_INFINITY));
    // One that was killed while it kept an item may have written it down before it could say so.
    for (let last = 0; last < calls; last += 1) await survive(dyingDisk(last), last + 1, ['released']);
  });
});
