import { describe, expect, test } from '@jest/globals';
import { type Fault, MemorySink, type MemorySinkOptions, memoryCapabilities } from '../support/memory-sink.js';
import { sinkContract } from './sink-contract.js';

/** A disk, a disk that minds no case, Drive, and an object store. */
const KINDS: Readonly<Record<string, MemorySinkOptions>> = {
  'unique names': { uniqueNames: true, caseSensitive: true, reserves: false },
  'unique names that mind no case': { uniqueNames: true, caseSensitive: false, reserves: false },
  'names that repeat, and reservations': { uniqueNames: false, caseSensitive: true, reserves: true },
  'names that repeat, without reservations': { uniqueNames: false, caseSensitive: true, reserves: false },
};
const DISK = KINDS['unique names'] as MemorySinkOptions;
const DRIVE = KINDS['names that repeat, and reservations'] as MemorySinkOptions;

describe.each(Object.entries(KINDS))('a sink with %s that keeps its promises passes', (_kind, options) => {
  for (const [name, body] of checksFor(options)) test(name, body);
});

test('there are many checks for every kind of sink', () => {
  for (const options of Object.values(KINDS)) expect(checksFor(options).size).toBeGreaterThan(90);
});

describe('a sink that breaks a promise is found out', () => {
  test.each<[Fault, string, MemorySinkOptions?]>([
    ['keeps short bodies', 'a body that ends before its declared size is an error and never a file'],
    ['keeps long bodies', 'a body of one byte more than declared is an error and never a file'],
    ['keeps what was read before a failure', 'a reader that fails after its last byte is an error and never a file'],
    ['takes an empty chunk for the end', 'empty chunks are no end'],
    ['stores before it reads', 'a reader that fails half-way is an error and never a file'],
    ['lets raw errors out', 'a reader that fails with an error of no known kind is an error and never a file'],
    ['ignores aborts', 'a put that was aborted before it began stores nothing'],
    ['ignores aborts', 'an abort ends the wait for a reader that answers nothing more'],
    ['copies the declared digest', "a receipt's digest is never copied from what was asked for"],
    ['tells a wrong size', 'a file of one byte is stored as it is'],
    ['counts no progress', 'progress grows to the size and not beyond'],
    ['makes the same file twice', 'the same file again is present, and there is one of it'],
    ['makes the same file twice', 'the same reservation in a later run makes no second file', DRIVE],
    ['replaces what is different', 'whole, different bytes under one name are both kept'],
    ['replaces what is different', 'an existing file that may not be replaced is kept beside the new one'],
    ['makes a second file to replace one', 'a document is replaced in place'],
    ['never replaces', 'different bytes replace the file when that is asked for'],
    ['asks about the same bytes', 'an existing file with the same bytes is not asked about'],
    ['touches the time of what is present', 'a present file keeps its time'],
    ['decides and stores in two steps', 'one file, put several times at once, is created once'],
    ['makes a new folder each time', 'a folder asked for twice is one folder'],
    ['has one folder for all', 'folders of different names are different folders'],
    ['tells everything as there', 'what was stored is there, what was not is not'],
    ['tells everything as whole', 'a quick look finds missing what was never stored'],
    ['looks at sizes alone', 'a deep look finds damaged what has the right size and other bytes'],
    ['looks at digests alone', 'a quick look finds damaged what has another size'],
    ['tells what is missing at the end', 'many files are told in the order in which they were asked for'],
    ['looks in every folder', "a folder's files are whole there and missing in the folder above"],
    ['ignores aborts', 'a deep look with an aborted signal is an interruption'],
    [
      'looks in its own folder alone',
      'a quick look from above finds whole what lies in folders below, in a later run too',
    ],
    ['looks in every folder', 'a deep look from above finds missing what lies in another folder than it should'],
    ['looks in every folder', 'names that lead elsewhere by way of a folder below are missing'],
    ['looks at sizes alone', 'a deep look from above finds damaged what lies in a folder below and holds other bytes'],
    ['looks in its own folder alone', 'files of many folders are told in the order in which they were asked for'],
    ['reads the first kilobyte alone', 'a file of 5,000 bytes is read back as it was stored, in a later run too'],
    ['tells digests of other bytes', 'what was replaced is read back as it is now'],
    ['reads what was there first', 'what was replaced is read back as it is now'],
    [
      'makes a second file to replace one',
      'a document grows by reading it and putting it back, in run after run, and stays one file',
    ],
    ['reads each file once', 'what is read back can be read twice, also at once'],
    ['reads in every folder', "a folder's file is read there and is none in the folder above"],
    ['reads in every folder', 'names that lead elsewhere are none'],
    ['keeps short bodies', 'what failed to be stored is none'],
    ['ignores aborts', 'reading with an aborted signal is an interruption'],
    ['reads whatever has the name', 'of files with one name each is read by its key, in a later run too', DRIVE],
    [
      'reads the oldest of a name',
      'of files with one name the newest is read where none has the key (the oldest was stored first)',
      DRIVE,
    ],
    [
      'takes any name for a folder',
      'a name is refused without a request exactly where making the folder would refuse it',
    ],
    ['reserves the same id again', 'reserved ids are as many as asked for, and distinct', DRIVE],
    ['loses letters that are not ASCII', 'a file is stored under the name "絵 ünïcödé 🎨.webp"'],
    [
      'numbers without minding the limit',
      `a second file under the name "${'x'.repeat(11)}… (255 bytes) gets one that fits`,
    ],
    ['takes separators for folders', 'the name "sub/file.webp" is refused, or is only a name'],
    ['forgets its files when it is opened again', 'the same file in a later run is present, and there is one of it'],
  ])('one that %s fails: %s', async (fault, name, options = DISK) => {
    await expect(checksFor({ ...options, fault }).get(name)?.()).rejects.toThrow();
  });
});

/** The suite's checks by name, bound to nothing. */
function checksFor(options: MemorySinkOptions): Map<string, () => Promise<void>> {
  const checks = new Map<string, () => Promise<void>>();
  sinkContract({
    test(name, body) {
      if (checks.has(name)) throw new Error(`two checks are called ${name}`);
      checks.set(name, body);
    },
    async makeSink() {
      const sink = new MemorySink(options);
      return { sink, destination: 'memory', files: async () => sink.files };
    },
    capabilities: memoryCapabilities(options),
    has: true,
    inspect: true,
    read: true,
    patience: options.fault === undefined ? 20_000 : 300,
  });
  return checks;
}
