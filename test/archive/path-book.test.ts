import { posix, win32 } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { extensionOf, isExtension } from '../../src/archive/names.js';
import { PathBook, type PathParts } from '../../src/archive/path-book.js';
import { DRIVE, faultOfPath, foldedPath, POSIX, unkindText, WINDOWS } from '../support/unkind-paths.js';

const TARGETS = [
  ['a posix disk', POSIX],
  ['a disk of Windows', WINDOWS],
  ['Google Drive', DRIVE],
] as const;

const parts: fc.Arbitrary<PathParts> = fc.record({
  folder: fc.array(unkindText, { maxLength: 3 }),
  stem: unkindText,
  suffix: fc.constantFrom(undefined, '_metadata', '-mask', '_inference'),
  extension: fc.constantFrom('png', 'jpg', 'json', 'txt', 'exe', 'PNG', '', '../x'),
  owner: fc.option(fc.tuple(unkindText, fc.constantFrom('dalle2', 'imgur')), { nil: undefined }),
});

/** What makes two files two: all but the ways to write an extension that no file gets. */
function identity({ folder = [], stem, suffix = '', extension, owner }: PathParts): string {
  return JSON.stringify([folder, stem, suffix, isExtension(extension) ? extension : extensionOf(''), owner]);
}

/** With an owner or without one a stem may be the same: layouts do either. */
const manyParts = fc.boolean().chain((owned) =>
  fc.uniqueArray(
    parts.map(({ owner, ...rest }) => (owned ? { ...rest, owner: owner ?? ['nobody'] } : rest)),
    { selector: identity, minLength: 8, maxLength: 30 },
  ),
);

describe.each(TARGETS)('paths for %s, whatever a service says', (_target, rules) => {
  /** About 20 paths a run: whole, 34,000 and more for each target. */
  const numRuns = process.env.ALBARETTO_SWEEP === 'whole' ? 1800 : 300;

  test('lead into the destination, are distinct for distinct files, and are the same in a second run', () => {
    fc.assert(
      fc.property(manyParts, (all) => {
        const book = new PathBook(rules);
        const paths = all.map((one) => book.path(one));
        expect(paths.flatMap((path) => faultOfPath(path, rules) ?? [])).toEqual([]);
        const files = new Set(paths.map((path) => foldedPath([...path.folder, path.name], rules)));
        expect(files.size).toBe(all.length);
        const folders = paths.flatMap(({ folder }) => folder.map((_, depth) => folder.slice(0, depth + 1)));
        expect(folders.filter((folder) => files.has(foldedPath(folder, rules)))).toEqual([]);
        // For whoever asks once more, and for the next run.
        const told = JSON.stringify(paths);
        for (const again of [book, new PathBook(rules)])
          expect(JSON.stringify(all.map((one) => again.path(one)))).toBe(told);
      }),
      { numRuns },
    );
  });

  test('keep the files of one folder in one folder', () => {
    fc.assert(
      fc.property(fc.uniqueArray(unkindText, { maxLength: 12 }), (texts) => {
        const book = new PathBook(rules);
        const folders = texts.map((text) => {
          const [one, other] = ['a', 'b'].map((stem) => book.path({ folder: [text], stem, extension: 'png' }));
          expect(one!.folder).toEqual(other!.folder);
          return foldedPath(one!.folder, rules);
        });
        expect(new Set(folders).size).toBe(texts.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a path', () => {
  const book = () => new PathBook(POSIX);

  test('of safe texts is these texts', () => {
    expect(book().path({ folder: ['models', 'v2'], stem: 'a b', suffix: '_metadata', extension: 'json' })).toEqual({
      folder: ['models', 'v2'],
      name: 'a b_metadata.json',
    });
    expect(book().path({ stem: 'x', extension: 'webp' })).toEqual({ folder: [], name: 'x.webp' });
  });

  test('gets no extension that a system would run', () => {
    for (const extension of ['exe', 'html', 'svg', 'sh', 'png.exe', '']) {
      expect(book().path({ stem: 'x', extension }).name).toBe('x.bin');
    }
  });

  test('never leads out, by folders or by names', () => {
    for (const text of ['..', '.', '/', '../..', 'a/../..', '..\\..', 'C:\\x', '\0', '~', '']) {
      const { folder, name } = book().path({ folder: [text, text], stem: text, extension: 'png' });
      expect(posix.resolve('/pics', ...folder, name).startsWith('/pics/')).toBe(true);
      expect(win32.resolve('C:\\pics', ...folder, name).startsWith('C:\\pics\\')).toBe(true);
    }
  });

  test('of folders that differ by case alone has two folders where the disk minds no case', () => {
    const windows = new PathBook(WINDOWS);
    const [upper, lower] = ['Cats', 'cats'].map((text) =>
      windows.path({ folder: [text], stem: 'a', extension: 'png' }),
    );
    expect(upper!.folder).toEqual(['Cats']);
    expect(lower!.folder).toEqual([expect.stringMatching(/^cats~[a-z2-7]{8}$/u)]);
    const linux = book();
    expect(['Cats', 'cats'].map((text) => linux.path({ folder: [text], stem: 'a', extension: 'png' }).folder)).toEqual([
      ['Cats'],
      ['cats'],
    ]);
  });

  test('of a folder that reads like a picture is marked, so that the picture has its name', () => {
    const paths = book();
    const { folder } = paths.path({ folder: ['cat.PNG'], stem: 'a', extension: 'png' });
    expect(folder).toEqual([expect.stringMatching(/^cat\.PNG~[a-z2-7]{8}$/u)]);
    for (const text of ['v1.5', 'png', 'json']) {
      expect(paths.path({ folder: [text], stem: 'a', extension: 'png' }).folder).toEqual([text]);
    }
  });

  test('whose stem somebody else has already takes its owner along', () => {
    const paths = book();
    const of = (...owner: string[]) => paths.path({ stem: 'Robots', extension: 'png', owner }).name;
    expect(of('a', 'dalle2')).toBe('Robots.png');
    expect(of('b', 'dalle2')).toBe('Robots-b.png');
    expect(of('b', 'imgur')).toBe('Robots-b-imgur.png');
    expect(of('a', 'dalle2')).toBe('Robots.png');
    expect(of('b', 'dalle2')).toBe('Robots-b.png');
  });

  test('of one owner has one stem, whatever the files are', () => {
    const paths = book();
    const owner = ['b'];
    paths.path({ stem: 'Robots', extension: 'mp4', owner: ['a'] });
    expect(paths.path({ stem: 'Robots', extension: 'png', owner }).name).toBe('Robots-b.png');
    expect(paths.path({ stem: 'Robots', suffix: '_metadata', extension: 'json', owner }).name).toBe(
      'Robots-b_metadata.json',
    );
    expect(paths.path({ folder: ['elsewhere'], stem: 'Robots', extension: 'png', owner }).name).toBe('Robots.png');
  });
});
