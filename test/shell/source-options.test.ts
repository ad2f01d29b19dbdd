import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { OptionValues, SourceDescriptor } from '../../src/plugin.js';
import { fetchedItem } from '../support/fetched.js';
import { png } from '../support/pictures.js';
import { testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

/** With which options each body was made, in order. */
let made: string[];
let rig: ShellRig;

function kiln(name: string, options: SourceDescriptor['options']): SourceDescriptor {
  return testSource(name, {
    ...(options === undefined ? {} : { options }),
    capabilities: { all: true, concurrency: 4 },
    recognise: (reference) =>
      reference.startsWith(`${name}-`) || reference === 'any' ? { confidence: 'certain', reference } : undefined,
    load: async () => ({
      create({ options: given }: { options: OptionValues }) {
        made.push(`${name} ${JSON.stringify(given)}`);
        // What a source lists depends on its options, as with a chain.
        const ids = given.chain === true ? ['1', '2', '3'] : ['1'];
        const task = (id: string) => ({
          source: name,
          id,
          items: (async function* () {
            for (const own of ids) yield { ...fetchedItem({ id: `${id}-${own}`, source: name }).item, taskId: id };
          })(),
        });
        return {
          async *open(reference: string) {
            yield task(reference);
          },
          async *all() {
            yield task(`${name}-all`);
          },
          locate: async () => ({ kind: 'bytes' as const, bytes: png(6, 6, 1) }),
        };
      },
    }),
  });
}

const CHAIN = { name: 'chain', type: 'boolean', description: 'those before it too' } as const;
const SIZE = { name: 'size', type: 'string', choices: ['big', 'small'], description: 'how large' } as const;
const plugins = () => [kiln('oven', [CHAIN, SIZE]), kiln('stove', [CHAIN]), kiln('plain', undefined)];

beforeEach(async () => {
  made = [];
  rig = await openShellRig({ plugins: plugins(), source: 'oven', defaults: { size: 'big' } });
});
afterEach(() => rig.close());

test('an option behind fetch holds for that command alone, and goes before the command line', async () => {
  expect((await rig.run('fetch oven-1 --chain --size small')).exit).toBe(0);
  expect(rig.buffered()).toEqual(['oven-1-1', 'oven-1-2', 'oven-1-3']);
  await rig.run('fetch oven-2');
  await rig.run('fetch oven-3 --size small --chain');
  expect(made).toEqual(['oven {"chain":true,"size":"small"}', 'oven {"size":"big"}']);
  expect(rig.buffered()).toHaveLength(7);
});

test('each source gets its own options, and one that no source has is no option', async () => {
  expect((await rig.run('fetch oven-1 stove-1 plain-1 --chain --size small')).exit).toBe(0);
  expect(made).toEqual(['oven {"chain":true,"size":"small"}', 'stove {"chain":true}', 'plain {}']);
  expect((await rig.run('fetch oven-1 --china')).exit).toBe(2);
  expect(rig.complaints()).toContainEqual(expect.stringContaining('fetch has no option --china'));
});

test('an option of a source that is not asked is a usage error, before anything is asked for', async () => {
  expect((await rig.run('fetch stove-1 --size small')).exit).toBe(2);
  expect((await rig.run('fetch oven-1 --size large')).exit).toBe(2);
  expect((await rig.run('save somewhere --size small')).exit).toBe(2);
  expect(rig.complaints()).toEqual([
    expect.stringContaining('--size is an option of oven: stove is asked here'),
    expect.stringContaining('--size is one of big, small'),
    expect.stringContaining('save has no option --size'),
  ]);
  expect(made).toEqual([]);
});

test('a list that an option makes longer is another job than the list without it', async () => {
  expect((await rig.run('fetch --all | save out')).exit).toBe(0);
  expect(rig.storage.media()).toHaveLength(1);
  expect((await rig.run('fetch --all --chain | save out')).exit).toBe(0);
  const catalog = await rig.session.catalog();
  const runs = await catalog.runs();
  expect(new Set(runs.map((run) => run.job)).size).toBe(2);
});

test('watch tells each source its own options', async () => {
  expect((await rig.run('watch oven stove --once --chain --size small | save out')).exit).toBe(0);
  expect(made).toEqual(['oven {"chain":true,"size":"small"}', 'stove {"chain":true}']);
  expect((await rig.run('watch stove --once --size small | save out')).exit).toBe(2);
});

test('help names the options of the sources behind those of fetch', async () => {
  await rig.run('help fetch');
  const [text = ''] = rig.told('text').map((event) => event.text);
  expect(text).toMatch(/--chain +oven, stove: those before it too/u);
  expect(text).toMatch(/--size <value> +oven: how large/u);
  expect(text.indexOf('--generation')).toBeLessThan(text.indexOf('--chain'));
});
