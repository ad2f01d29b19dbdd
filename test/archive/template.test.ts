import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Layout } from '../../src/archive/layout.js';
import type { NameRules } from '../../src/archive/names.js';
import { isTemplate, TEMPLATE_FIELDS, templateLayout } from '../../src/archive/template.js';
import { fromService, type Item } from '../../src/plugin.js';
import { bytesInMemory } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { png } from '../support/pictures.js';
import { DRIVE, faultOfPath, foldedPath, POSIX, unkindText, WINDOWS } from '../support/unkind-paths.js';

const BYTES = bytesInMemory(png(6, 6, 1));

function itemOf(facts: Partial<Item> & Pick<Item, 'id'>): Item {
  return {
    source: 'dalle2',
    taskId: 'task-1',
    index: 7,
    generation: {},
    raw: { json: '{}', redacted: [] },
    mediaType: 'image/webp',
    ...facts,
  };
}

const fetchedOf = (item: Item, mediaType = 'image/webp'): Fetched => ({
  item,
  bytes: BYTES,
  mediaType,
  companions: (item.companions ?? []).map((companion) => ({ companion, bytes: BYTES, mediaType: 'image/png' })),
});

/** The paths of an item's media, then of its record. */
function pathsOf(layout: Layout, fetched: Fetched) {
  const plan = layout.plan(fetched, { overwrite: false });
  const documents = plan.documents(plan.media.map(({ file }) => file.name));
  return [...plan.media, ...documents].map(({ folder, file }) => ({ folder, name: file.name }));
}

const nameOf = (template: string, facts: Partial<Item> = {}) =>
  templateLayout(template, POSIX).nameOf(itemOf({ id: 'generation-1', ...facts }));

describe('a template', () => {
  const facts: Partial<Item> = {
    title: fromService('A robot'),
    generation: { prompt: fromService('a tin robot') },
    createdAt: new Date('2024-05-01T23:59:59Z'),
  };

  test.each([
    ['{source}/{task}/{index:03}-{id}.{ext}', 'dalle2/task-1/007-generation-1.webp'],
    ['{id}', 'generation-1.webp'],
    ['{id}.{ext}', 'generation-1.webp'],
    ['{id}.webp', 'generation-1.webp'],
    ['{id}.JPEG', 'generation-1.webp'],
    ['{id}.mpeg', 'generation-1.webp'],
    ['{id}.png.{ext}', 'generation-1.png.webp'],
    ['{id}.v2', 'generation-1.v2.webp'],
    ['{id}webp', 'generation-1webp.webp'],
    ['{ext}/{id}.{ext}', 'webp/generation-1.webp'],
    ['{title}-{id}', 'A robot-generation-1.webp'],
    ['{prompt}', 'a tin robot.webp'],
    ['{created}/{id}', '2024-05-01/generation-1.webp'],
    ['{year}/{month}/{id}', '2024/05/generation-1.webp'],
    ['{index}', '7.webp'],
    ['{index:5}', '00007.webp'],
    ['{index:05}', '00007.webp'],
    ['{index:10}', '0000000007.webp'],
    ['pictures of {source}/{id}', 'pictures of dalle2/generation-1.webp'],
    ['{task}{index}', 'task-17.webp'],
  ])('%s gives %s', (template, path) => {
    expect(nameOf(template, facts)).toBe(path);
  });

  test('writes _ for what is not known', () => {
    expect(nameOf('{title}/{prompt}/{created}/{year}-{month}-{id}')).toBe('_/_/_/_-_-generation-1.webp');
    expect(nameOf('{prompt}-{id}', { generation: { prompt: fromService('') } })).toBe('_-generation-1.webp');
  });

  test("takes the task's title where the item has none", () => {
    expect(nameOf('{title}/{id}', { taskTitle: fromService('Robots') })).toBe('Robots/generation-1.webp');
    expect(nameOf('{title}/{id}', { ...facts, taskTitle: fromService('Robots') })).toBe('A robot/generation-1.webp');
  });

  test('has an index of at least as many digits as it says', () => {
    expect(nameOf('{index:03}', { index: 12_345 })).toBe('12345.webp');
  });

  test('takes its extension from the bytes, and not from what the service says', () => {
    const [media, record] = pathsOf(templateLayout('{ext}/{id}', POSIX), fetchedOf(itemOf({ id: 'a' }), 'image/png'));
    expect(media).toEqual({ folder: ['png'], name: 'a.png' });
    expect(record).toEqual({ folder: ['png'], name: 'a.json' });
  });

  test('puts companions beside their item, by their own ids', () => {
    const companions = [{ id: 'mask-1', role: 'mask', taskId: 'task-1' }];
    const paths = pathsOf(templateLayout('{task}/{index:03}', POSIX), fetchedOf(itemOf({ id: 'a', companions })));
    expect(paths.map(({ folder, name }) => [...folder, name].join('/'))).toEqual([
      'task-1/007.webp',
      'task-1/mask-1.png',
      'task-1/007.json',
    ]);
  });

  test.each([
    ['{colour}', 'knows no {colour}'],
    ['{}', 'knows no {}'],
    ['{id:03}', 'knows no {id:03}'],
    ['{index:abc}', 'knows no {index:abc}'],
    ['{index:}', 'knows no {index:}'],
    ['{ID}', 'knows no {ID}'],
    ['{constructor}', 'knows no {constructor}'],
    ['{id', 'a brace that is not closed'],
    ['{id}}', 'a brace that is not closed'],
    ['{{id}}', 'a brace that is not closed'],
    ['/{id}', 'a path below the destination'],
    ['{task}/', 'a path below the destination'],
    ['{task}//{id}', 'a path below the destination'],
    ['../{id}', 'a path below the destination'],
    ['./{id}', 'a path below the destination'],
    ['{task}/../{id}', 'a path below the destination'],
    ['.{ext}', 'a path below the destination'],
    ['..{ext}', 'a path below the destination'],
    ['{task}/...{ext}', 'a path below the destination'],
    ['{task}/.png', 'a path below the destination'],
  ])('%s is a usage error that says why', (template, words) => {
    expect(() => templateLayout(template, POSIX)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
    expect(() => templateLayout(template, POSIX)).toThrow(words);
  });

  test('that knows no field names those that there are', () => {
    const thrown = (() => {
      try {
        return templateLayout('{colour}', POSIX);
      } catch (error) {
        return error;
      }
    })();
    for (const field of TEMPLATE_FIELDS) expect(thrown).toMatchObject({ hint: expect.stringContaining(`{${field}}`) });
  });

  test('is told from the name of a layout by its brace', () => {
    expect(['{id}', 'x{', 'a/{title}'].map(isTemplate)).toEqual([true, true, true]);
    expect(['flat', 'by-task', 'imgur-archive', ''].map(isTemplate)).toEqual([false, false, false, false]);
  });
});

describe('items of one name', () => {
  const robots = ['a', 'b', 'c'].map((id, at) => itemOf({ id, index: at + 1, title: fromService('Robots') }));
  const names = (layout: Layout, items: readonly Item[]) =>
    items.flatMap((item) => pathsOf(layout, fetchedOf(item)).map(({ name }) => name));

  test('have names of their own, and so have their records', () => {
    expect(names(templateLayout('{title}.{ext}', POSIX), robots)).toEqual([
      'Robots.webp',
      'Robots.json',
      'Robots-b.webp',
      'Robots-b.json',
      'Robots-c.webp',
      'Robots-c.json',
    ]);
  });

  test('of which one is a film have records of their own too', () => {
    const layout = templateLayout('{title}', POSIX);
    const film = pathsOf(layout, fetchedOf(robots[0]!, 'video/mp4')).map(({ name }) => name);
    expect(film).toEqual(['Robots.mp4', 'Robots.json']);
    expect(pathsOf(layout, fetchedOf(robots[1]!)).map(({ name }) => name)).toEqual(['Robots-b.webp', 'Robots-b.json']);
  });

  test('and of two sources, with one id, have names of their own', () => {
    const layout = templateLayout('{title}', POSIX);
    const both = [robots[0]!, { ...robots[0]!, source: 'imgur' }, { ...robots[1]!, id: 'a', source: 'openai' }];
    expect(new Set(names(layout, both)).size).toBe(6);
  });

  test('are named in a dry run as they would be saved', () => {
    const dry = templateLayout('{title}', POSIX);
    const told = robots.map((item) => dry.nameOf(item));
    const real = templateLayout('{title}', POSIX);
    expect(robots.map((item) => pathsOf(real, fetchedOf(item))[0]!.name)).toEqual(told);
  });
});

const FIELDS = TEMPLATE_FIELDS.map((field) => `{${field}}`);

/** A last `.{ext}` is no part of the name, so that a template may end in a point more than it seems to. */
const PATHS_THAT_LEAD_OUT = /(?:^|\/)(?:\.{1,2}(?:\/|$)|\.{0,2}\.\{ext\}$)/u;

const template: fc.Arbitrary<string> = fc
  .array(
    fc
      .array(fc.constantFrom(...FIELDS, '{index:03}', '-', ' ', 'x', '~', '.', 'CON', 'é', 'X'), {
        minLength: 1,
        maxLength: 4,
      })
      .map((pieces) => pieces.join('')),
    { minLength: 1, maxLength: 4 },
  )
  .map((segments) => segments.join('/'))
  .filter((text) => !PATHS_THAT_LEAD_OUT.test(text));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const item: fc.Arbitrary<Item> = fc
  .record({
    id: unkindText,
    source: fc.constantFrom('dalle2', 'imgur'),
    taskId: unkindText,
    index: fc.nat({ max: 1200 }),
    title: optional(unkindText),
    taskTitle: optional(unkindText),
    prompt: optional(unkindText),
    createdAt: optional(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })),
    mediaType: optional(fc.constantFrom('image/png', 'image/webp', 'video/mp4', 'text/html', 'x')),
  })
  .map(({ title, taskTitle, prompt, createdAt, mediaType, ...facts }) => {
    const known = {
      ...(title === undefined ? {} : { title: fromService(title) }),
      ...(taskTitle === undefined ? {} : { taskTitle: fromService(taskTitle) }),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(mediaType === undefined ? {} : { mediaType }),
      generation: prompt === undefined ? {} : { prompt: fromService(prompt) },
    };
    return itemOf({ ...facts, ...known });
  });

const items = fc.uniqueArray(item, {
  selector: ({ source, id }) => JSON.stringify([source, id]),
  minLength: 8,
  maxLength: 24,
});

describe.each([
  ['a posix disk', POSIX],
  ['a disk of Windows', WINDOWS],
  ['Google Drive', DRIVE],
] as const)('whatever the template and the items, on %s', (_target, rules: NameRules) => {
  test('files lead into the destination, are distinct, and have the same names in a second run', () => {
    // Some 15 items a run, each with its picture and its record: 36,000 paths for each target.
    fc.assert(
      fc.property(template, items, (text, all) => {
        const run = () => {
          const layout = templateLayout(text, rules);
          return all.flatMap((one) => pathsOf(layout, fetchedOf(one, one.mediaType)));
        };
        const paths = run();
        expect(paths.flatMap((path) => faultOfPath(path, rules) ?? [])).toEqual([]);
        const files = new Set(paths.map(({ folder, name }) => foldedPath([...folder, name], rules)));
        expect(files.size).toBe(2 * all.length);
        expect(run()).toEqual(paths);
      }),
      { numRuns: process.env.ALBARETTO_SWEEP === 'whole' ? 1200 : 400 },
    );
  });
});
