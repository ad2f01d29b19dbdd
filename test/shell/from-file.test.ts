import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedAfterEach } from '../support/after-each.js';
import type { MemoryTask } from '../support/memory-service.js';
import { testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from '../support/shell-rig.js';

/** Takes what the source in memory takes as well, and is as sure of it. */
const rival = testSource('rival', {
  recognise: (reference) => (/^task-both/u.test(reference) ? { confidence: 'certain' as const, reference } : undefined),
});

let rig: ShellRig;
let tasks: readonly MemoryTask[];

const openRig = closedAfterEach(openShellRig, (other) => other.close());

async function open(options: ShellRigOptions = {}): Promise<void> {
  rig = await openRig(options);
  tasks = [1, 2, 3].map(() => rig.service.add({ count: 1 }));
}

beforeEach(() => open());

const exitOf = async (line: string, signal?: AbortSignal) => (await rig.run(line, signal)).exit;
const ref = (number: number) => tasks[number - 1]!.id;
/** In the folder that relative paths begin in. */
const write = (text: string | Uint8Array, name = 'links.txt') => writeFileSync(join(dirname(rig.folder), name), text);
const fetched = () => rig.told('fetched').map(({ task }) => task);
const failed = () => rig.told('failed').map(({ message }) => message);

describe('fetch --from-file', () => {
  test('fetches what stands there, one reference a line, in that order', async () => {
    write(`${ref(3)}\n${ref(1)}\n${ref(2)}\n`);
    expect(await exitOf('fetch --from-file links.txt')).toBe(0);
    expect(fetched()).toEqual([ref(3), ref(1), ref(2)]);
  });

  test('minds neither comments nor blank lines, blanks, a byte order mark or the ends of lines of Windows', async () => {
    write(`\ufeff# my links\r\n\r\n   ${ref(1)}   # a robot\r\n\t\r\n#${ref(2)}\r\nmemory:${ref(3)}`);
    expect(await exitOf('fetch --from-file links.txt')).toBe(0);
    expect(fetched()).toEqual([ref(1), ref(3)]);
  });

  test('takes an address in angle brackets, and says what is wrong with a file in UTF-16', async () => {
    write('<https://example.org/x>\n');
    await exitOf('fetch --from-file links.txt');
    expect(failed()).toEqual([expect.stringContaining("'https://example.org/x' is no reference")]);
    write(Buffer.from(`\ufeff${ref(1)}\r\n`, 'utf16le'));
    expect(await exitOf('fetch --from-file links.txt')).toBe(2);
    expect(rig.told('error').at(-1)!.message).toContain('links.txt is no text in UTF-8');
  });

  test('takes # for a part of a reference where no blank stands before it', async () => {
    write(`${ref(1)}#part\n`);
    expect(await exitOf('fetch --from-file links.txt')).toBe(2);
    expect(failed()).toEqual([expect.stringContaining(`'${ref(1)}#part' is no reference`)]);
  });

  test('names bad lines with their number, and fetches the rest', async () => {
    write(`${ref(1)}\n\nnonsense\n# ${ref(3)}\nhttps://example.org/x\n${ref(2)}\n`);
    expect(await exitOf('fetch --from-file links.txt')).toBe(1);
    expect(fetched()).toEqual([ref(1), ref(2)]);
    expect(failed()).toEqual([
      expect.stringContaining("line 3 of links.txt: 'nonsense' is no reference that a source knows"),
      expect.stringContaining("line 5 of links.txt: 'https://example.org/x' is no reference that a source knows"),
    ]);
    expect(rig.told('summary')).toMatchObject([{ done: 2, failed: 2, reasons: { E_USAGE: 2 } }]);
  });

  test('names a line that could belong to several sources, where nobody is there to choose', async () => {
    await open({ plugins: [rival, testSource('quiet')], source: 'quiet' });
    write(`${ref(1)}\ntask-both1\n`);
    expect(await exitOf('fetch --from-file links.txt')).toBe(1);
    expect(fetched()).toEqual([ref(1)]);
    expect(failed()).toEqual([
      "line 2 of links.txt: 'task-both1' could belong to memory, rival: say which: memory:task-both1",
    ]);
  });

  test('reads several files, and what stands in two of them, or on the line as well, is fetched once', async () => {
    write(`${ref(1)}\n${ref(2)}\n`);
    write(`${ref(2)}\nmemory:${ref(3)}\n${ref(3)}\n`, 'more.txt');
    expect(await exitOf(`fetch ${ref(1)} --from-file links.txt --from-file more.txt`)).toBe(0);
    expect(fetched()).toEqual([ref(1), ref(2), ref(3)]);
    expect(rig.service.located).toHaveLength(3);
  });

  test('goes on after a reference that is not there', async () => {
    write(`task-nowhere\n${ref(1)}\n`);
    expect(await exitOf('fetch --from-file links.txt')).toBe(1);
    expect(fetched()).toEqual([ref(1)]);
    expect(failed()).toEqual([expect.stringContaining('task-nowhere is not there')]);
  });

  test('with a source holds for all lines', async () => {
    write(`${ref(1)}\ndalle2:x\n`);
    expect(await exitOf('fetch --from-file links.txt --source memory')).toBe(1);
    expect(failed()).toEqual([expect.stringContaining("line 2 of links.txt: 'dalle2:x' is no reference of Memory")]);
  });

  test('feeds a pipe, and bad lines leave no trace of a run that is to be retried', async () => {
    write(`nonsense\n${ref(1)}\n${ref(2)}\n`);
    expect(await exitOf('fetch --from-file links.txt | save there')).toBe(1);
    expect(rig.storage.media()).toHaveLength(2);
    expect(await exitOf('retry')).toBe(0);
    const catalog = await rig.session.catalog();
    expect(await catalog.failures('all')).toEqual([]);
    expect((await catalog.runs())[0]).toMatchObject({ command: 'fetch --from-file links.txt | save there' });
  });

  test('tells in a dry run what would be fetched, and which lines are bad', async () => {
    write(`nonsense\n${ref(1)}\n`);
    expect(await exitOf('fetch --from-file links.txt --dry-run')).toBe(1);
    expect(await exitOf('fetch --from-file links.txt --dry-run | save there')).toBe(1);
    expect(rig.told('would-fetch').map(({ task }) => task)).toEqual([ref(1), ref(1)]);
    expect(failed()).toEqual(Array(2).fill(expect.stringContaining('line 1 of links.txt')));
    expect(rig.service.located).toEqual([]);
  });

  test.each<[string, () => string, string]>([
    ['that is not there', () => 'fetch --from-file nowhere.txt', 'nowhere.txt cannot be read (ENOENT)'],
    ['that is a folder', () => 'fetch --from-file folder', 'folder cannot be read (EISDIR)'],
    ['that holds nothing', () => 'fetch --from-file empty.txt', '--from-file holds no reference'],
    ['and --all', () => 'fetch --all --from-file links.txt', '--all takes no reference'],
    ['and -g', () => 'fetch -g 1 --from-file links.txt', '-g needs one task'],
    ['from an input that is not free', () => 'fetch --from-file -', 'the standard input is not free'],
  ])('a file %s is a usage error, and nothing is asked for', async (_name, line, words) => {
    write(`${ref(1)}\n`);
    write('# nothing yet\n\n', 'empty.txt');
    mkdirSync(join(dirname(rig.folder), 'folder'));
    expect(await exitOf(line())).toBe(2);
    expect(rig.told('error')).toMatchObject([{ code: 'E_USAGE', message: expect.stringContaining(words) }]);
    expect(rig.service.requests()).toBe(0);
  });

  test('where all lines are bad exits as a wrong line does', async () => {
    write('nonsense\nmore nonsense\n');
    expect(await exitOf('fetch --from-file links.txt')).toBe(2);
    expect(failed()).toHaveLength(2);
  });

  test('lets nothing of a file drive the terminal', async () => {
    write(Buffer.from([0x1b, 0x5d, 0x30, 0x3b, 0x78, 0x07, 0xff, 0xfe, 0x0a]));
    expect(await exitOf('fetch --from-file links.txt')).toBe(2);
    expect(JSON.stringify(failed())).not.toMatch(/\\u001b|\\u0007/u);
  });

  test('reads ten thousand lines in no time, and asks for nothing before it has', async () => {
    write(`${Array.from({ length: 10_000 }, (_, at) => `task-${10_000 + at}`).join('\n')}\nnonsense\n`);
    expect(await exitOf('fetch --from-file links.txt --limit 1 --dry-run --source memory')).toBe(4);
    expect(failed()).toEqual([expect.stringContaining('line 10001 of links.txt')]);
    expect(rig.service.requests()).toBe(1);
  });
});

describe('fetch --from-file -', () => {
  async function* lines(...all: readonly string[]) {
    yield* all;
  }

  test('reads references from the standard input', async () => {
    await open({ inputLines: () => lines('# mine', ref(2), '', 'nonsense', ref(1)) });
    expect(await exitOf('fetch --from-file -')).toBe(1);
    expect(fetched()).toEqual([ref(2), ref(1)]);
    expect(failed()).toEqual([expect.stringContaining('line 4 of the standard input')]);
  });

  test('ends at once when it is interrupted, also where the next line never comes', async () => {
    const controller = new AbortController();
    await open({
      async *inputLines() {
        yield ref(1);
        setImmediate(() => controller.abort());
        await new Promise(() => undefined);
      },
    });
    expect(await exitOf('fetch --from-file - | save there', controller.signal)).toBe(130);
    expect(rig.service.requests()).toBe(0);
  });
});
