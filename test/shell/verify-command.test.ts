import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AlbarettoError } from '../../src/errors.js';
import type { Condition, ExpectedFile, InspectOptions, SinkDescriptor } from '../../src/plugin.js';
import { closedAfterEach } from '../support/after-each.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import type { MemoryTask } from '../support/memory-service.js';
import { testSink } from '../support/plugins.js';

let rig: ArchiveRig;
let task: MemoryTask;

const open = closedAfterEach(openArchiveRig, (other) => other.close());

beforeEach(async () => {
  rig = await open();
  task = rig.service.add({ count: 3 });
  await rig.run(`fetch ${task.id} | save pics`);
});

const picture = (number: number) => `${task.id}.item${number}.png`;
const record = (number: number) => `${task.id}.item${number}.json`;
const exitOf = async (line: string) => (await rig.fresh(line)).exit;
/** `name state`, as it was told. */
const told = () => rig.told('checked').map(({ name, state }) => `${name} ${state}`);

describe('verify', () => {
  test('finds whole what was saved, without asking the source anything', async () => {
    const requests = rig.service.requests();
    expect(await exitOf('verify')).toBe(0);
    expect(told()).toEqual([]);
    expect(rig.told('verified')).toMatchObject([{ deep: true, files: 6, missing: 0, damaged: 0 }]);
    expect(rig.service.requests()).toBe(requests);
  });

  test('names each missing and damaged file by its item and its name, and exits with 1', async () => {
    rig.damage('pics', picture(1));
    rig.remove('pics', picture(3));
    rig.damage('pics', record(2));
    expect(await exitOf('verify pics')).toBe(1);
    expect(rig.told('checked')).toMatchObject([
      { source: 'memory', task: task.id, id: task.items[0]!.id, index: 1, role: 'media', state: 'damaged' },
      { id: task.items[1]!.id, role: 'document', name: record(2), state: 'damaged', sink: 'local-filesystem' },
      { id: task.items[2]!.id, name: picture(3), state: 'missing', location: rig.path('pics', picture(3)) },
    ]);
    expect(rig.told('verified')).toMatchObject([{ files: 6, missing: 1, damaged: 2 }]);
    expect((await rig.states()).filter((text) => !text.endsWith(' saved'))).toEqual([
      `${picture(1)} damaged`,
      `${record(2)} damaged`,
      `${picture(3)} missing`,
    ]);
  });

  test('--quick reads nothing, so that it sees what is missing or cut, and no other bytes', async () => {
    rig.damage('pics', picture(1));
    rig.remove('pics', picture(3));
    expect(await exitOf('verify --quick')).toBe(1);
    expect(told()).toEqual([`${picture(3)} missing`]);
    expect(rig.told('verified')).toMatchObject([{ deep: false, missing: 1, damaged: 0 }]);
  });

  test('takes back what it said when the file is there again', async () => {
    renameSync(rig.path('pics', picture(2)), rig.path('elsewhere.png'));
    expect(await exitOf('verify')).toBe(1);
    renameSync(rig.path('elsewhere.png'), rig.path('pics', picture(2)));
    expect(await exitOf('verify')).toBe(0);
    expect((await rig.states()).every((text) => text.endsWith(' saved'))).toBe(true);
  });

  test('finds everything missing when the folder is gone', async () => {
    rmSync(rig.path('pics'), { recursive: true });
    expect(await exitOf('verify')).toBe(1);
    expect(rig.told('verified')).toMatchObject([{ files: 6, missing: 6 }]);
  });

  test('takes a link in place of a file for no file', async () => {
    renameSync(rig.path('pics', picture(2)), rig.path('elsewhere.png'));
    symlinkSync(rig.path('elsewhere.png'), rig.path('pics', picture(2)));
    expect(await exitOf('verify')).toBe(1);
    expect(told()).toEqual([`${picture(2)} missing`]);
  });

  test('works in a later session, with nobody to fetch from', async () => {
    await rig.nextSession();
    rig.service.revoke();
    expect(await exitOf('verify')).toBe(0);
  });

  test('when nothing was ever saved has nothing to find', async () => {
    rig = await open();
    expect(await exitOf('verify')).toBe(0);
    expect(rig.told('verified')).toMatchObject([{ files: 0 }]);
  });

  test('leaves out what the person deleted and what is gone', async () => {
    for (const number of [1, 2]) {
      rig.remove('pics', picture(number));
      rig.remove('pics', record(number));
    }
    const catalog = await rig.session.catalog();
    for (const [number, state] of [
      [1, 'deleted'],
      [2, 'gone'],
    ] as const) {
      const ids = (await rig.rows({ item: task.items[number - 1]!.id })).map(({ id }) => id);
      await catalog.setState(ids, state, new Date(0));
    }
    expect(await exitOf('verify')).toBe(0);
    expect(rig.told('verified')).toMatchObject([{ files: 2 }]);
    expect(await rig.states({ item: task.items[0]!.id })).toEqual([`${record(1)} deleted`, `${picture(1)} deleted`]);
  });

  test('tells how far it is', async () => {
    const shown: unknown[] = [];
    rig.session.runtime.reporter.progress = (progress) => void shown.push(progress);
    await rig.run('verify');
    expect(shown.at(-1)).toMatchObject({ command: 'verify', done: 6, total: 6 });
  });
});

describe('verify of a part', () => {
  let other: MemoryTask;

  beforeEach(async () => {
    other = rig.service.add({ count: 1 });
    await rig.run(`fetch ${other.id} | save pics --new robots`);
    await rig.run(`fetch ${other.id} | save pics-of-cats`);
  });

  const files = () => rig.told('verified').map((event) => event.files);

  test.each([
    ['', 10],
    ['pics', 8],
    ['./pics/', 8],
    ['pics/robots', 2],
    ['pics-of-cats', 2],
    ['local-filesystem', 10],
  ])("'%s' looks at the files of it: %i", async (word, count) => {
    expect(await exitOf(`verify ${word}`)).toBe(0);
    expect(files()).toEqual([count]);
  });

  test('takes a path as the record has it, whatever sink is current', async () => {
    await rig.run('use storage');
    expect(await exitOf(`verify ${rig.path('pics-of-cats')}`)).toBe(0);
    expect(files()).toEqual([2]);
    expect(await exitOf('verify pics-of-cats')).toBe(0);
  });

  test('takes a link to the folder for the folder', async () => {
    symlinkSync(rig.path('pics'), rig.path('shortcut'));
    expect(await exitOf('verify shortcut')).toBe(0);
    expect(files()).toEqual([8]);
  });

  test('looks at nothing else', async () => {
    rmSync(rig.path('pics-of-cats'), { recursive: true });
    expect(await exitOf('verify pics')).toBe(0);
    expect((await rig.states()).every((text) => text.endsWith(' saved'))).toBe(true);
  });

  test('of a folder that was never saved to is not found, and says what to do', async () => {
    expect(await exitOf('verify nowhere')).toBe(4);
    expect(rig.complaints().join()).toContain('adopt');
    mkdirSync(rig.path('empty'));
    expect(await exitOf('verify empty')).toBe(4);
  });

  test.each(['verify pics pics-of-cats', 'verify --deep', 'verify https://drive.google.com/x'])(
    '%s is a usage error',
    async (line) => {
      expect(await exitOf(line)).toBe(2);
    },
  );
});

describe('verify of a storage', () => {
  test('that cannot look at its files says so, and looks at the others all the same', async () => {
    rig.storage.canLook = false;
    await rig.run(`use storage`);
    await rig.run(`fetch ${task.id} | save there`);
    rig.remove('pics', picture(1));
    expect(await exitOf('verify')).toBe(1);
    expect(rig.complaints()).toEqual([expect.stringContaining('[storage]')]);
    expect(told()).toEqual([`${picture(1)} missing`]);
    expect(await exitOf('verify storage')).toBe(6);
  });

  /** A sink whose stores answer this. */
  async function recordedAt(
    inspect: (files: readonly ExpectedFile[], options: InspectOptions) => Promise<Condition[]>,
  ) {
    const descriptor: SinkDescriptor = testSink('odd', {
      load: async () => ({
        create: () => ({
          describe: () => 'odd place',
          open: async () => ({ label: 'odd', location: 'odd place', folder: refuse, put: refuse, inspect }),
        }),
      }),
    });
    rig = await open({ plugins: [descriptor] });
    const catalog = await rig.session.catalog();
    const files = Array.from({ length: 5 }, (_, index) => ({
      source: 'memory',
      task: 'task-1',
      item: `item-${index}`,
      index,
      role: 'media' as const,
      sha256: 'a'.repeat(64),
      md5: 'b'.repeat(32),
      size: 1,
      mediaType: 'image/png',
      sink: 'odd',
      destination: 'odd place',
      name: `${index}.png`,
      location: `id-${index}`,
      savedAt: new Date(index),
    }));
    await catalog.record(files);
    return files;
  }
  const refuse = () => Promise.reject(new Error('not asked for'));

  test('is asked for all files at once, with every digest that is known', async () => {
    const asked: (readonly ExpectedFile[])[] = [];
    await recordedAt(async (files) => {
      asked.push(files);
      return files.map(() => 'whole');
    });
    expect(await exitOf('verify')).toBe(0);
    expect(asked).toHaveLength(1);
    expect(asked[0]![4]).toEqual({
      name: '4.png',
      location: 'id-4',
      size: 1,
      digests: [
        { algorithm: 'sha256', hex: 'a'.repeat(64) },
        { algorithm: 'md5', hex: 'b'.repeat(32) },
      ],
    });
  });

  test('that refuses one file is asked for the others', async () => {
    const refusal = new AlbarettoError({ code: 'E_DESTINATION', message: 'permission denied' });
    await recordedAt(async (files) => {
      if (files.some(({ name }) => name === '2.png')) throw refusal;
      return files.map(({ name }) => (name === '3.png' ? 'damaged' : 'whole'));
    });
    expect(await exitOf('verify')).toBe(1);
    expect(rig.told('failed')).toMatchObject([{ stage: 'verify', id: 'item-2', code: 'E_DESTINATION' }]);
    expect(told()).toEqual(['3.png damaged']);
    expect(rig.told('verified')).toMatchObject([{ files: 4, damaged: 1 }]);
  });

  test('that refuses every file is not asked for all of them', async () => {
    let asked = 0;
    await recordedAt(async () => {
      asked += 1;
      throw new AlbarettoError({ code: 'E_NOT_GRANTED', message: 'no' });
    });
    expect(await exitOf('verify')).toBe(6);
    expect(asked).toBe(4);
    expect((await rig.states()).every((text) => text.endsWith(' saved'))).toBe(true);
  });

  test('that fails is asked again as long as that may help, and keeps the states when it does not', async () => {
    let asked = 0;
    await recordedAt(async (files) => {
      asked += 1;
      if (asked < 3)
        throw new AlbarettoError({ code: 'E_UNAVAILABLE', message: 'down', retryable: true, reach: 'run' });
      return files.map(() => 'whole');
    });
    expect(await exitOf('verify')).toBe(0);
    expect(asked).toBe(3);
    await recordedAt(async () => {
      throw new AlbarettoError({ code: 'E_CREDENTIALS', message: 'signed out', reach: 'run' });
    });
    expect(await exitOf('verify')).toBe(3);
    expect((await rig.states()).every((text) => text.endsWith(' saved'))).toBe(true);
  });

  test('says nothing of a file that another run replaced while it was looked at', async () => {
    const files = await recordedAt(async (expected) => {
      const catalog = await rig.session.catalog();
      await catalog.record([{ ...files[1]!, sha256: 'c'.repeat(64) }]);
      await catalog.setState([(await rig.rows({ item: 'item-2' }))[0]!.id], 'deleted', new Date(0));
      return expected.map(({ name }) => (['1.png', '2.png', '3.png'].includes(name) ? 'damaged' : 'whole'));
    });
    expect(await exitOf('verify')).toBe(1);
    expect(told()).toEqual(['3.png damaged']);
    expect(await rig.states()).toEqual(['0.png saved', '1.png saved', '2.png deleted', '3.png damaged', '4.png saved']);
  });

  test('ends at once when it is interrupted', async () => {
    const controller = new AbortController();
    await recordedAt(async (files) => {
      controller.abort();
      return files.map(() => 'whole');
    });
    expect((await rig.run('verify', controller.signal)).exit).toBe(130);
  });
});
