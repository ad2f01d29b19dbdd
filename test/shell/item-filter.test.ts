import { describe, expect, test } from '@jest/globals';
import { fromService, type Item } from '../../src/plugin.js';
import type { ParsedOptions } from '../../src/runtime.js';
import { itemFilter } from '../../src/shell/item-filter.js';
import { fetchedItem } from '../support/fetched.js';

const NOW = Date.UTC(2024, 4, 10, 12);
const filterOf = (options: ParsedOptions) => itemFilter(options, () => NOW);
const itemOf = (facts: Partial<Item>): Item => ({ ...fetchedItem({ id: 'a' }).item, ...facts });
const wants = (options: ParsedOptions, facts: Partial<Item>) => filterOf(options).wants(itemOf(facts));

test('without any of the options everything is wanted', () => {
  const filter = filterOf({});
  expect(filter).toMatchObject({ active: false, words: [], since: undefined, until: undefined });
  expect(filter.wants(itemOf({}))).toBe(true);
  expect(filter.isOlder(itemOf({ createdAt: new Date(0) }))).toBe(false);
});

describe('--type', () => {
  test.each([
    ['image', 'image/png', true],
    ['image', 'video/mp4', false],
    ['video', 'video/webm', true],
    ['audio', 'audio/mpeg', true],
    ['png', 'image/png', true],
    ['PNG', 'image/png', true],
    ['png', 'image/webp', false],
    ['jpg', 'image/jpeg', true],
    ['jpeg', 'image/jpeg', true],
    ['jpg', 'image/jpg', true],
    ['jpeg', 'IMAGE/JPEG; q=1', true],
    ['tif', 'image/tiff', true],
    ['tiff', 'image/tiff', true],
    ['mp4', 'video/mp4', true],
    ['mp4', 'audio/mp4', false],
    ['m4a', 'audio/mp4', true],
    ['mp3', 'audio/mpeg', true],
    ['mp3', 'video/mpeg', false],
    ['mpg', 'video/mpeg', true],
    ['mkv', 'video/x-matroska', true],
    ['mov', 'video/quicktime', true],
    ['avi', 'video/x-msvideo', true],
    ['wav', 'audio/x-wav', true],
    ['image/png', 'image/png', true],
    ['image/jpg', 'image/jpeg', true],
    ['image/png', 'image/webp', false],
    ['image/x-unknown', 'image/x-unknown', true],
    ['image/x-unknown', 'image/x-other', false],
    ['png,mp4', 'video/mp4', true],
    ['.png', 'image/png', true],
    ['image/*', 'image/webp', true],
    ['video/*', 'image/webp', false],
    ['png, mp4', 'image/webp', false],
  ])('%s, of an item that is %s: %s', (type, mediaType, wanted) => {
    expect(wants({ type: [type] }, { mediaType })).toBe(wanted);
  });

  test('given twice wants both', () => {
    const options = { type: ['png', 'video'] };
    expect(['image/png', 'video/mp4', 'image/gif'].map((mediaType) => wants(options, { mediaType }))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('keeps what its service says nothing of', () => {
    expect(wants({ type: ['png'] }, {})).toBe(true);
    expect(wants({ type: ['png'] }, { mediaType: 'application/octet-stream' })).toBe(true);
  });

  test.each(['', 'jepg', 'pictures', 'png,', 'image/', '.exe', '*', 'exe', 'text'])('%j is a usage error', (type) => {
    expect(() => filterOf({ type: [type] })).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

describe('--min-size', () => {
  test('leaves out what is smaller, and keeps what its service says nothing of', () => {
    const options = { 'min-size': '2k' };
    expect([2047, 2048, 2049, undefined].map((size) => wants(options, size === undefined ? {} : { size }))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test.each(['', 'big', '-1', '0'])('%j is a usage error', (size) => {
    expect(() => filterOf({ 'min-size': size })).toThrow('--min-size is a size');
  });
});

describe('--since and --until', () => {
  const at = (createdAt: Date) => ({ createdAt });

  test('want what was made between them, the first moment of the one and not the last of the other', () => {
    const options = { since: '2024-05-01T00:00Z', until: '2024-05-02T00:00Z' };
    const moments = ['2024-04-30T23:59:59.999Z', '2024-05-01T00:00Z', '2024-05-01T23:59:59.999Z', '2024-05-02T00:00Z'];
    expect(moments.map((moment) => wants(options, at(new Date(moment))))).toEqual([false, true, true, false]);
  });

  test('as days hold both days whole, by the clock of this machine', () => {
    const options = { since: '2024-05-01', until: '2024-05-01' };
    const moments = [new Date(2024, 4, 1), new Date(2024, 4, 1, 23, 59, 59), new Date(2024, 4, 2)];
    expect(moments.map((moment) => wants(options, at(moment)))).toEqual([true, true, false]);
  });

  test('count back from now', () => {
    expect(wants({ since: '2d' }, at(new Date(NOW - 2 * 86_400_000)))).toBe(true);
    expect(wants({ since: '2d' }, at(new Date(NOW - 2 * 86_400_000 - 1)))).toBe(false);
    expect(filterOf({ since: '2d' }).since).toEqual(new Date(NOW - 2 * 86_400_000));
  });

  test('keep what its service tells no time of, and do not take it for old', () => {
    const filter = filterOf({ since: '2024-05-01', until: '2024-05-02' });
    expect([filter.wants(itemOf({})), filter.isOlder(itemOf({}))]).toEqual([true, false]);
  });

  test('tell what is older than all that is wanted', () => {
    const filter = filterOf({ since: '2024-05-01', type: ['png'] });
    const facts = { createdAt: new Date(2024, 3, 1), mediaType: 'video/mp4' };
    expect(filter.isOlder(itemOf(facts))).toBe(true);
    expect(filter.isOlder(itemOf({ ...facts, createdAt: new Date(2024, 4, 1) }))).toBe(false);
  });

  test.each([
    [{ since: 'yesterday' }, '--since is a date'],
    [{ until: '2024-02-31' }, '--until is a date'],
    [{ since: '2024-05-02', until: '2024-05-01' }, '--since is not before --until'],
    [{ since: '1d', until: '2d' }, '--since is not before --until'],
  ])('%j is a usage error', (options, words) => {
    expect(() => filterOf(options)).toThrow(words);
  });
});

describe('--prompt', () => {
  const made = (prompt: string) => ({ generation: { prompt: fromService(prompt) } });

  test.each([
    ['robot', 'Two ROBOTS in a field', true],
    ['field robots', 'Two robots in a field', true],
    ['bot', 'Two robots', false],
    ['café', 'A CAFE', true],
    ['robot, tin!', 'a tin robot', true],
    ['robot cat', 'a robot', false],
    ['猫', '白い猫です', true],
  ])('%j in %j: %s', (words, prompt, wanted) => {
    expect(wants({ prompt: [words] }, made(prompt))).toBe(wanted);
  });

  test('given twice wants all of it', () => {
    expect(wants({ prompt: ['robot', 'cat'] }, made('a robot and a cat'))).toBe(true);
    expect(wants({ prompt: ['robot', 'cat'] }, made('a robot'))).toBe(false);
  });

  test('looks into the title as well, and an item without either has no such words', () => {
    expect(wants({ prompt: ['robot'] }, { title: fromService('Robots'), generation: {} })).toBe(true);
    expect(wants({ prompt: ['robot'] }, { generation: {} })).toBe(false);
  });
});

test('all that is asked for must fit, and two filters with the same words are the same', () => {
  const options = { type: ['png'], 'min-size': '1k', prompt: ['robot'] };
  const facts = { mediaType: 'image/png', size: 5000, generation: { prompt: fromService('a robot') } };
  expect(wants(options, facts)).toBe(true);
  expect(wants(options, { ...facts, size: 5 })).toBe(false);
  expect(wants(options, { ...facts, mediaType: 'image/gif' })).toBe(false);
  expect(filterOf(options)).toMatchObject({ active: true, words: ['type png', 'min-size 1k', 'prompt robot'] });
  expect(filterOf(options).words).toEqual(filterOf({ ...options }).words);
});
