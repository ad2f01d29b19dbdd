import { execFile } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open as openFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createJournal, type JournalEntry } from '../../src/archive/journal.js';
import { bundleProgram } from '../support/bundle.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-journal-'));
  path = join(folder, 'private', 'journal', 'drive.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entryOf = (key: string, facts: Partial<JournalEntry> = {}): JournalEntry => ({
  key,
  location: 'folder-1',
  reservation: `id of ${key}`,
  sha256: 'ab'.repeat(32),
  state: 'begun',
  ...facts,
});

const text = () => readFileSync(path, 'utf8');
const reopened = () => createJournal(path);

/** So many entries of three keys: all but the last one of each are dead. */
const worn = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `${JSON.stringify(entryOf(`k${at % 3}`, { reservation: `r${at}` }))}\n`,
  ).join('');

describe('a journal', () => {
  test('that is not there yet is empty, and reading it makes nothing', async () => {
    expect(await reopened().find('folder-1', 'a')).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  test('answers what was written, in this run and in the next', async () => {
    const journal = reopened();
    await journal.write(entryOf('a'));
    expect(await journal.find('folder-1', 'a')).toEqual(entryOf('a'));
    expect(await reopened().find('folder-1', 'a')).toEqual(entryOf('a'));
  });

  test('lets the last line of a key count', async () => {
    const journal = reopened();
    await journal.write(entryOf('a'));
    await journal.write(entryOf('a', { state: 'done' }));
    expect((await reopened().find('folder-1', 'a'))?.state).toBe('done');
  });

  test('keeps the same key of different folders apart', async () => {
    const journal = reopened();
    await journal.write(entryOf('a'));
    expect(await journal.find('folder-2', 'a')).toBeUndefined();
    expect(await reopened().find('folder-2', 'a')).toBeUndefined();
  });

  test('has an entry on the disk when it says so', async () => {
    await reopened().write(entryOf('a'));
    expect(text()).toBe(`${JSON.stringify(entryOf('a'))}\n`);
  });

  test('writes entries of one moment one after the other', async () => {
    const journal = reopened();
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
    await Promise.all(keys.map((key) => journal.write(entryOf(key))));
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).key),
    ).toEqual(keys);
  });

  test('is readable by its owner alone, in a folder of the same kind', async () => {
    await reopened().write(entryOf('a'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'private')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'private', 'journal')).mode & 0o777).toBe(0o700);
  });
});

describe('after a kill', () => {
  test.each([1, 5, 40, 100])('a last line that lacks %i characters is no entry, and swallows none', async (missing) => {
    const journal = reopened();
    await journal.write(entryOf('a'));
    await journal.write(entryOf('b'));
    truncateSync(path, text().length - 1 - missing);
    const next = reopened();
    expect(await next.find('folder-1', 'a')).toEqual(entryOf('a'));
    expect(await next.find('folder-1', 'b')).toBeUndefined();
    await next.write(entryOf('c'));
    const last = reopened();
    expect(await last.find('folder-1', 'a')).toEqual(entryOf('a'));
    expect(await last.find('folder-1', 'c')).toEqual(entryOf('c'));
  });

  test('a last line that lacks only its end counts, because it is whole', async () => {
    await reopened().write(entryOf('a'));
    truncateSync(path, text().length - 1);
    const next = reopened();
    expect(await next.find('folder-1', 'a')).toEqual(entryOf('a'));
    await next.write(entryOf('b'));
    expect(text().split('\n')).toHaveLength(3);
  });

  test('lines that are no entries are passed over', async () => {
    await reopened().write(entryOf('a'));
    const wrong = [
      '',
      'null',
      '[]',
      '42',
      '{"key":"x"}',
      JSON.stringify({ ...entryOf('y'), reservation: 7 }),
      '\0\0\0\0',
    ];
    const odd = JSON.stringify({ ...entryOf('z'), state: 'mislaid' });
    appendFileSync(path, `${[...wrong, odd].join('\n')}\n`);
    await reopened().write(entryOf('b'));
    const journal = reopened();
    for (const key of ['x', 'y', 'z']) expect(await journal.find('folder-1', key)).toBeUndefined();
    for (const key of ['a', 'b']) expect(await journal.find('folder-1', key)).toEqual(entryOf(key));
  });
});

describe('a worn journal', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'private', 'journal'), { recursive: true });
    writeFileSync(path, worn(2500), { mode: 0o600 });
  });

  const newest = { k0: 'r2499', k1: 'r2497', k2: 'r2498' };

  test('is written anew without its dead lines when it is opened', async () => {
    const journal = reopened();
    for (const [key, reservation] of Object.entries(newest)) {
      expect((await journal.find('folder-1', key))?.reservation).toBe(reservation);
    }
    expect(text().trimEnd().split('\n')).toHaveLength(3);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'private', 'journal'))).toEqual(['drive.jsonl']);
    await journal.write(entryOf('new'));
    for (const [key, reservation] of Object.entries(newest)) {
      expect((await reopened().find('folder-1', key))?.reservation).toBe(reservation);
    }
    expect(await reopened().find('folder-1', 'new')).toEqual(entryOf('new'));
  });

  test('with few dead lines stays as it is', async () => {
    writeFileSync(path, worn(1000));
    const before = statSync(path).ino;
    await reopened().find('folder-1', 'k0');
    expect(statSync(path).ino).toBe(before);
    expect(text()).toBe(worn(1000));
  });

  test('loses nothing that others write while it is written anew', async () => {
    const writer = createJournal(path);
    const keys = Array.from({ length: 60 }, (_, at) => `late${at}`);
    const writing = Promise.all(keys.map((key) => writer.write(entryOf(key))));
    for (let time = 0; time < 10; time += 1) {
      await reopened().find('folder-1', 'k0');
      appendFileSync(path, worn(2100));
    }
    await writing;
    const journal = reopened();
    for (const key of keys) expect(await journal.find('folder-1', key)).toEqual(entryOf(key));
  });
});

test('a line that reached a file which was replaced at that moment is written to the new one', async () => {
  await reopened().write(entryOf('a'));
  const without = text();
  const handle = await openFile(path);
  const prototype = Object.getPrototypeOf(handle) as { datasync(): Promise<void> };
  await handle.close();
  const { datasync } = prototype;
  let synced = false;
  prototype.datasync = async function replaced(this: unknown) {
    prototype.datasync = datasync;
    synced = true;
    await datasync.call(this as never);
    // A compaction that had read the file before this line came.
    writeFileSync(`${path}.tmp`, without);
    renameSync(`${path}.tmp`, path);
  };
  try {
    await reopened().write(entryOf('b'));
  } finally {
    prototype.datasync = datasync;
  }
  expect(synced).toBe(true);
  for (const key of ['a', 'b']) expect(await reopened().find('folder-1', key)).toEqual(entryOf(key));
});

describe('two processes', () => {
  let programs: string;
  let program: string;

  beforeAll(async () => {
    programs = mkdtempSync(join(tmpdir(), 'albaretto-journal-program-'));
    program = await bundleProgram('test/support/journal-program.ts', programs);
  });
  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  const run = (name: string, count: number) =>
    promisify(execFile)(process.execPath, [program, path, name, String(count)]);

  test('may write at once, and every line is whole', async () => {
    await Promise.all([run('one', 60), run('other', 60)]);
    const lines = text().trimEnd().split('\n');
    expect(lines).toHaveLength(120);
    const journal = reopened();
    for (const name of ['one', 'other']) {
      for (let number = 0; number < 60; number += 1) {
        expect((await journal.find('folder', `${name}-${number}`))?.reservation).toBe(`id-${name}-${number}`);
      }
    }
  });

  test('lose nothing when both find it worn', async () => {
    await mkdir(join(folder, 'private', 'journal'), { recursive: true });
    writeFileSync(path, worn(5000));
    const wear = async () => {
      for (let time = 0; time < 6; time += 1) {
        await sleep(100);
        appendFileSync(path, worn(2100));
      }
    };
    await Promise.all([run('one', 60), run('other', 60), wear()]);
    const journal = reopened();
    for (const name of ['one', 'other']) {
      for (let number = 0; number < 60; number += 1) {
        expect((await journal.find('folder', `${name}-${number}`))?.reservation).toBe(`id-${name}-${number}`);
      }
    }
  });
});

describe('a journal that cannot be used', () => {
  test('to be read says so, for the whole run', async () => {
    await expect(createJournal(folder).find('folder-1', 'a')).rejects.toMatchObject({
      code: 'E_DESTINATION',
      reach: 'run',
      message: `the journal ${folder} cannot be used (EISDIR)`,
    });
  });

  test('to be written does not remember what it did not write', async () => {
    writeFileSync(join(folder, 'file'), '');
    const journal = createJournal(join(folder, 'file', 'journal.jsonl'));
    await expect(journal.write(entryOf('a'))).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'run' });
    await expect(journal.find('folder-1', 'a')).rejects.toMatchObject({ code: 'E_DESTINATION' });
  });
});
