import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NewSavedFile } from '../../src/archive/catalog/catalog.js';
import { fromService } from '../../src/model.js';
import { parseMoment } from '../../src/moments.js';
import { openStage } from '../report/support.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';

let rig: ArchiveRig;

beforeEach(async () => {
  rig = await openArchiveRig();
});
afterEach(() => rig.close());

const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const shown = async (line: string) => {
  expect(await exitOf(line)).toBe(0);
  return rig.told('record').map(({ id }) => id);
};

/** A picture that was saved so many days before the rig's now. */
function saved(item: string, days: number, changes: Partial<NewSavedFile> = {}): NewSavedFile {
  return {
    source: 'demo',
    task: 'task-1',
    item,
    index: 1,
    role: 'media',
    sha256: 'a'.repeat(64),
    size: 1000,
    mediaType: 'image/png',
    sink: 'local-filesystem',
    destination: '/pictures',
    name: `${item}.png`,
    location: `/pictures/${item}.png`,
    savedAt: new Date(rig.clock.now() - days * 86_400_000),
    ...changes,
  };
}

async function recorded(...files: readonly NewSavedFile[]): Promise<void> {
  await (await rig.session.catalog()).record(files);
}

describe('history', () => {
  test('shows what was saved, newest first, one line an item', async () => {
    await rig.run('fetch demo:demo -g 1 | save pics');
    const task = rig.service.add({ count: 2, prompt: 'a red robot' });
    await rig.clock.advance(60_000);
    await rig.run(`fetch ${task.id} | save pics`);
    expect(await shown('history')).toEqual([`${task.id}.item2`, `${task.id}.item1`, 'demo-robot']);
    expect(rig.told('record')[0]).toMatchObject({
      source: 'memory',
      task: task.id,
      index: 2,
      role: 'media',
      state: 'saved',
      name: `${task.id}.item2.png`,
      sink: 'local-filesystem',
      destination: rig.path('pics'),
      location: rig.path('pics', `${task.id}.item2.png`),
      mediaType: 'image/png',
      prompt: 'a red robot',
      savedAt: new Date(rig.clock.now()).toISOString(),
      checkedAt: new Date(rig.clock.now()).toISOString(),
    });
    expect(rig.told('record')[0]!.sha256).toMatch(/^[0-9a-f]{64}$/u);
  });

  test('finds by words of the prompt and the title, in any order and case, by their beginnings', async () => {
    await recorded(
      saved('robot', 3, { prompt: fromService('A Red Robot in the café') }),
      saved('lamp', 2, { prompt: fromService('a lamp'), title: fromService('Red things') }),
      saved('none', 1),
    );
    expect(await shown('history robot red')).toEqual(['robot']);
    expect(await shown('history RED')).toEqual(['lamp', 'robot']);
    expect(await shown('history cafe')).toEqual(['robot']);
    expect(await shown('history "red rob"')).toEqual(['robot']);
    expect(await shown('history obot')).toEqual([]);
    expect(rig.told('notice')).toMatchObject([{ text: 'nothing that was saved fits' }]);
  });

  test('finds by source, sink, state and time, all of which must fit', async () => {
    await recorded(
      saved('old', 40),
      saved('recent', 1.5, { source: 'memory' }),
      saved('drive', 0.5, { sink: 'storage', destination: 'x' }),
    );
    expect(await shown('history --source memory')).toEqual(['recent']);
    expect(await shown('history --sink storage')).toEqual(['drive']);
    expect(await shown('history --since 2d')).toEqual(['drive', 'recent']);
    expect(await shown('history --since 2d --until 1d')).toEqual(['recent']);
    expect(await shown('history --until 4w')).toEqual(['old']);
    expect(await shown('history --since 2d --source demo')).toEqual(['drive']);
    const catalog = await rig.session.catalog();
    await catalog.setState([(await rig.rows({ item: 'old' }))[0]!.id], 'gone', new Date(0));
    expect(await shown('history --state gone')).toEqual(['old']);
    expect(await shown('history --state saved')).toEqual(['drive', 'recent']);
  });

  test('shows sidecars only where something is wrong with them', async () => {
    const task = rig.service.add({ count: 1 });
    await rig.run(`fetch ${task.id} | save pics`);
    rig.remove('pics', `${task.id}.item1.json`);
    await rig.run('verify');
    expect(await shown('history')).toHaveLength(1);
    await exitOf('history --state missing');
    expect(rig.told('record')).toMatchObject([{ role: 'document', name: `${task.id}.item1.json`, state: 'missing' }]);
  });

  test('reads no further than it must', async () => {
    await recorded(...Array.from({ length: 1200 }, (_, index) => saved(`item-${index}`, index / 100)));
    expect(await shown('history --limit 2')).toEqual(['item-0', 'item-1']);
    const controller = new AbortController();
    const { reporter } = rig.session.runtime;
    let told = 0;
    reporter.emit = (event) => {
      if (event.event === 'record') told += 1;
      if (told === 3) controller.abort();
    };
    expect((await rig.run('history', controller.signal)).exit).toBe(130);
    expect(told).toBe(3);
  });

  test('--json prints the same as one object a line, harmless on a terminal', async () => {
    await recorded(saved('robot', 1, { prompt: fromService('a \u001b[2J robot \u202e') }));
    expect(await exitOf('history --json')).toBe(0);
    const text = rig.told('text')[0]!.text;
    expect(text).not.toMatch(/[\u001b\u202e\n]/u);
    expect(JSON.parse(text)).toMatchObject({ event: 'record', id: 'robot', prompt: 'a \u001b[2J robot \u202e' });
    expect(rig.told('record')).toEqual([]);
  });

  test.each([
    'history --state lost',
    'history --since yesterday',
    'history --limit 0',
    'history --source nobody',
    'history --sink nowhere',
  ])('%s is a usage error', async (line) => {
    expect(await exitOf(line)).toBe(2);
  });
});

describe('a row of the history', () => {
  const event = {
    event: 'record',
    source: 'dalle2',
    task: 'task-1',
    id: 'generation-1',
    index: 1,
    role: 'media',
    state: 'saved',
    name: 'generation-1.webp',
    sink: 'local-filesystem',
    destination: '/pictures',
    location: '/pictures/generation-1.webp',
    size: 1024,
    mediaType: 'image/webp',
    sha256: 'a'.repeat(64),
    prompt: 'x'.repeat(100),
    savedAt: new Date(2024, 4, 1, 9, 5).toISOString(),
    checkedAt: new Date(2024, 4, 1, 9, 5).toISOString(),
  } as const;

  test('says when, which, under which name, where and with what prompt, in one line', async () => {
    const stage = await openStage();
    stage.reporter.emit(event);
    stage.reporter.emit({ ...event, state: 'missing', prompt: undefined });
    stage.reporter.emit({ ...event, id: '', prompt: 'bad\nprompt\u001b[2J' });
    expect(stage.out.lines).toEqual([
      `  2024-05-01 09:05  generation-1  generation-1.webp  in /pictures  ${'x'.repeat(71)}…`,
      '  2024-05-01 09:05  generation-1  generation-1.webp (missing)  in /pictures',
      '  2024-05-01 09:05  task-1  generation-1.webp  in /pictures  bad prompt[2J',
    ]);
  });

  test('is shown when the run is quiet, because it was asked for', async () => {
    const stage = await openStage({ verbosity: 'quiet' });
    stage.reporter.emit(event);
    expect(stage.out.lines).toHaveLength(1);
  });
});

describe('a moment', () => {
  const now = Date.UTC(2024, 4, 10, 12);
  const read = (text: string, edge: 'start' | 'end' = 'start') => parseMoment(text, '--since', edge, now);

  test('is an age, a day of the own clock, or a moment of any clock', () => {
    expect(read('90m')).toEqual(new Date(now - 5_400_000));
    expect(read('1.5h')).toEqual(new Date(now - 5_400_000));
    expect(read('2d')).toEqual(new Date(now - 172_800_000));
    expect(read('1W')).toEqual(new Date(now - 604_800_000));
    expect(read('2024-05-01')).toEqual(new Date(2024, 4, 1));
    expect(read('2024-02-29', 'end')).toEqual(new Date(2024, 2, 1));
    expect(read('2024-05-01T12:30')).toEqual(new Date(2024, 4, 1, 12, 30));
    expect(read('2024-05-01 12:30:15.5Z')).toEqual(new Date(Date.UTC(2024, 4, 1, 12, 30, 15, 500)));
    expect(read('2024-05-01T12:30+02:00', 'end')).toEqual(new Date(Date.UTC(2024, 4, 1, 10, 30)));
  });

  test.each(['', 'd', '2', '2 y', '-2d', '2024-13-01', '2024-02-30', '2023-02-29', '01.05.2024', '2024-05-01T25:00'])(
    'is not %p',
    (text) => {
      expect(() => read(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
    },
  );
});
