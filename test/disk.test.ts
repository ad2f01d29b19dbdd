import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Disk, disk, writeWhole } from '../src/disk.js';
import { describedDisk, errnoOf } from '../src/disk-failure.js';
import { AlbarettoError } from '../src/errors.js';
import { noiseBytes } from './support/pictures/noise.js';
import { dyingDisk, ERRNOS, failingDisk, systemError } from './transfer/failing-disk.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

describe('a new file', () => {
  test('holds everything that was written, in order, and can be read by its owner alone', async () => {
    const chunks = [noiseBytes(1, 100_000), new Uint8Array(0), noiseBytes(2, 3_000_000)];
    const file = await disk.create(at('file'));
    for (const chunk of chunks) await file.write(chunk);
    await file.sync();
    await file.close();
    expect(readFileSync(at('file')).equals(Buffer.concat(chunks))).toBe(true);
    expect(mode(at('file'))).toBe(0o600);
  });

  test('is made where nothing is, not even a link that leads nowhere', async () => {
    writeFileSync(at('file'), 'old');
    symlinkSync(at('elsewhere'), at('link'));
    for (const name of ['file', 'link']) {
      await expect(disk.create(at(name))).rejects.toMatchObject({ code: 'EEXIST' });
    }
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
    expect(existsSync(at('elsewhere'))).toBe(false);
  });
});

describe('a folder', () => {
  test('is made with those above it, for its owner alone, and may be there already', async () => {
    await disk.makeFolder(at('a/b/c'));
    await disk.makeFolder(at('a/b/c'));
    expect(['a', 'a/b', 'a/b/c'].map((name) => mode(at(name)))).toEqual([0o700, 0o700, 0o700]);
  });

  test('is removed when it is empty, and left alone otherwise', async () => {
    mkdirSync(at('empty'));
    mkdirSync(at('full'));
    writeFileSync(at('full/file'), '');
    for (const name of ['empty', 'full', 'none']) await disk.removeEmptyFolder(at(name));
    expect(readdirSync(folder)).toEqual(['full']);
  });

  test('is synced, and nothing is wrong where it is not there', async () => {
    await disk.syncFolder(folder);
    await disk.syncFolder(at('none'));
  });

  test('changes its time when it is touched', async () => {
    utimesSync(folder, new Date(0), new Date(0));
    await disk.touch(folder);
    expect(Date.now() - statSync(folder).mtimeMs).toBeLessThan(60_000);
  });
});

test('a file that is not there is removed already', async () => {
  writeFileSync(at('file'), '');
  await disk.remove(at('file'));
  await disk.remove(at('file'));
  expect(readdirSync(folder)).toEqual([]);
});

describe('a file that is written whole', () => {
  const OLD = 'the old content';
  const NEW = 'the new content, which is longer';

  test('takes the place of the old one, and leaves nothing beside it', async () => {
    writeFileSync(at('file'), OLD);
    await writeWhole(at('file'), NEW);
    expect([readFileSync(at('file'), 'utf8'), readdirSync(folder)]).toEqual([NEW, ['file']]);
    await writeWhole(at('bytes'), noiseBytes(1, 100_000));
    expect(readFileSync(at('bytes')).equals(noiseBytes(1, 100_000))).toBe(true);
    expect(mode(at('file'))).toBe(0o600);
  });

  test('takes the place of a link, and does not follow it', async () => {
    writeFileSync(at('victim'), OLD);
    symlinkSync(at('victim'), at('file'));
    await writeWhole(at('file'), NEW);
    expect([readFileSync(at('victim'), 'utf8'), readFileSync(at('file'), 'utf8')]).toEqual([OLD, NEW]);
  });

  test('is on the disk before it has its name, and its name before the end', async () => {
    const port = failingDisk(0, 'EIO');
    await writeWhole(at('file'), NEW, port);
    expect(port.calls).toEqual([
      'remove',
      'create',
      'create.write',
      'create.sync',
      'create.close',
      'rename',
      'syncFolder',
    ]);
  });

  test('is not in the way of what a process of the same number left', async () => {
    writeFileSync(at(`file.${process.pid}.tmp`), 'a part');
    await writeWhole(at('file'), NEW);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test.each(ERRNOS)('is the old or the new one when any call fails with %s, and no part stays', async (errno) => {
    for (let failing = 1; failing <= 7; failing += 1) {
      writeFileSync(at('file'), OLD);
      const port = failingDisk(failing, errno);
      await expect(writeWhole(at('file'), NEW, port)).rejects.toMatchObject({ code: errno });
      const place = port.calls[failing - 1];
      // Only the very last call comes after the new file has its name.
      const content = place === 'syncFolder' ? NEW : OLD;
      expect([place, readFileSync(at('file'), 'utf8'), readdirSync(folder)]).toEqual([place, content, ['file']]);
    }
  });

  test('is the old or the new one when the process dies after any call, and can be written again', async () => {
    for (let last = 0; last < 7; last += 1) {
      writeFileSync(at('file'), OLD);
      await expect(writeWhole(at('file'), NEW, dyingDisk(last))).rejects.toThrow('the process is gone');
      expect([last, readFileSync(at('file'), 'utf8')]).toEqual([last, last < 6 ? OLD : NEW]);
      await writeWhole(at('file'), NEW);
      expect([last, readFileSync(at('file'), 'utf8'), readdirSync(folder)]).toEqual([last, NEW, ['file']]);
    }
  });
});

describe('what the file system refuses', () => {
  /** A disk on which nothing works. */
  function refusing(code: string | undefined): Disk {
    const refuse = () => Promise.reject(code === undefined ? new Error('odd') : systemError(code));
    return {
      create: refuse,
      rename: refuse,
      remove: refuse,
      makeFolder: refuse,
      removeEmptyFolder: refuse,
      syncFolder: refuse,
      touch: refuse,
    };
  }

  const failureOf = async (work: Promise<unknown>) => {
    const thrown: unknown = await work.catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(AlbarettoError);
    return thrown as AlbarettoError;
  };

  test.each([
    ['ENOSPC', 'E_NO_SPACE', 'run', 'make room on its disk, or save or drop something'],
    ['EDQUOT', 'E_NO_SPACE', 'run', 'make room on its disk, or save or drop something'],
    ['EACCES', 'E_DESTINATION', 'run', 'it must be writable'],
    ['EROFS', 'E_DESTINATION', 'run', 'it must be writable'],
    ['EMFILE', 'E_DESTINATION', 'item', 'close other programs and try again'],
    ['EIO', 'E_DESTINATION', 'item', 'check the disk'],
    ['ESOMETHING', 'E_DESTINATION', 'item', 'check the disk'],
    [undefined, 'E_DESTINATION', 'item', 'check the disk'],
  ])('with %s is told as %s, for every call', async (errno, code, reach, hint) => {
    const port = describedDisk(refusing(errno), '/home/me/\u001b[2Junsaved');
    const calls = [
      port.create('a'),
      port.rename('a', 'b'),
      port.remove('a'),
      port.makeFolder('a'),
      port.removeEmptyFolder('a'),
      port.syncFolder('a'),
      port.touch('a'),
    ];
    for (const call of calls) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ code, reach, retryable: false });
      expect(failure.describe()).toBe(
        `the folder /home/me/[2Junsaved, for what is not saved yet, cannot be used (${errno ?? 'unknown error'}): ${hint}`,
      );
      expect(errnoOf(failure)).toBe(errno);
    }
  });

  test('of an open file is told as well', async () => {
    for (const failing of [2, 3, 4]) {
      const port = describedDisk(failingDisk(failing, 'ENOSPC'), folder);
      const work = async () => {
        const file = await port.create(at(`file-${failing}`));
        try {
          await file.write(Buffer.from('x'));
          await file.sync();
        } finally {
          await file.close();
        }
      };
      expect((await failureOf(work())).code).toBe('E_NO_SPACE');
    }
  });

  test('of what succeeds nothing is seen', async () => {
    const port = describedDisk(disk, folder);
    await port.makeFolder(at('a'));
    await writeWhole(at('a/file'), 'x', port);
    await port.touch(at('a/file'));
    await port.remove(at('a/file'));
    await port.removeEmptyFolder(at('a'));
    expect(readdirSync(folder)).toEqual([]);
  });
});
