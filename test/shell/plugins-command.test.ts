import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SourceDescriptor } from '../../src/plugin.js';
import { testSink, testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

let rig: ShellRig;

const recognise: SourceDescriptor['recognise'] = (reference) =>
  reference.startsWith('/') ? { confidence: 'certain', reference } : undefined;

beforeEach(async () => {
  rig = await openShellRig({
    plugins: [
      testSource('folder', { recognise }),
      testSink('folder', { arguments: [{ name: '[<path>]', description: 'a path' }] }),
      testSource('gallery'),
      testSink('drive'),
    ],
  });
});
afterEach(() => rig.close());

const exitOf = async (line: string) => (await rig.run(line)).exit;
const current = () => [rig.session.sourceName, rig.session.sinkName];

describe('use', () => {
  test('changes the source or the sink, whichever has the name', async () => {
    expect(await exitOf('use gallery')).toBe(0);
    expect(current()).toEqual(['gallery', 'storage']);
    expect(await exitOf('use drive')).toBe(0);
    expect(current()).toEqual(['gallery', 'drive']);
  });

  test('means the sink of a name that is both', async () => {
    expect(await exitOf('use folder')).toBe(0);
    expect(current()).toEqual(['memory', 'folder']);
    expect(await exitOf('use folder /pictures')).toBe(0);
    expect(await exitOf('use folder /pictures more')).toBe(2);
  });

  test('of a source takes no further words, and of no plugin nothing', async () => {
    expect(await exitOf('use gallery token')).toBe(2);
    expect(rig.complaints()[0]).toContain('gallery is a source and takes no argument');
    expect(await exitOf('use nowhere')).toBe(2);
    expect(await exitOf('use')).toBe(2);
    expect(current()).toEqual(['memory', 'storage']);
  });
});

test('sources and sinks list one of a name each, and mark the current ones', async () => {
  await rig.run('use folder');
  rig.events.length = 0;
  await rig.run('sources');
  await rig.run('sinks');
  const listed = rig.told('plugin').map(({ kind, name, current: is }) => `${kind} ${name}${is ? ' *' : ''}`);
  expect(listed).toEqual([
    'source memory *',
    'source folder',
    'source gallery',
    'sink storage',
    'sink folder *',
    'sink drive',
  ]);
});

test('a reference belongs to the source of a name that is both, and a destination to the sink', async () => {
  expect(await exitOf('config set folder.destination /there')).toBe(0);
  expect(await exitOf('config set folder.baseUrl https://folder.example.org')).toBe(0);
  await rig.run('fetch folder:/here');
  expect(rig.complaints().join()).toContain('this test loads no body');
});
