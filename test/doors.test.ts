import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { loadedWith, readSource, readSourceFiles, type SourceFile } from './support/source-files.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = readSourceFiles(ROOT, ['src', 'sources', 'sinks']);

const below = (folder: string) => FILES.filter(({ path }) => path.startsWith(`${folder}/`));
const SRC = below('src');
const PLUGINS = [...below('sources'), ...below('sinks')];
const DESCRIPTOR = /^(sources|sinks)\/[a-z0-9-]+\/index\.ts$/u;

/** `sinks/google-drive/` for any file of that plugin. */
function pluginFolder(path: string): string {
  return /^[^/]+\/[^/]+\//u.exec(path)![0];
}

function isPackage(target: string): boolean {
  return !/^(src|sources|sinks|test|scripts|\.\.)\//u.test(target);
}

/** `sinks/x/index.ts imports y`, for every import that the rule does not bear. What is only known at run time is `''`. */
function offences(files: readonly SourceFile[], bears: (target: string, path: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter(({ target = '' }) => !bears(target, path)).map(({ target }) => `${path} imports ${target}`),
  );
}

const DISK = /^node:fs(\/promises)?$/u;

/** The disk is what it reads; where it does so, a test lets every call fail. */
const DISK_SOURCE = {
  path: 'sources/local-filesystem/disk.ts',
  reason: 'folders of this machine are its service, and it only reads them',
};

function isOfDisk(path: string, target: string): boolean {
  return path === DISK_SOURCE.path && DISK.test(target);
}

/** The files that import a package or a part of it. */
function usersOf(name: string): SourceFile[] {
  return FILES.filter(({ imports }) => imports.some(({ target }) => target === name || target?.startsWith(`${name}/`)));
}

describe('the doors of the plugins', () => {
  test('open to src/plugin.ts, to their own folder and to packages, and to nothing else', () => {
    const bears = (target: string, path: string) =>
      target === 'src/plugin.ts' || target.startsWith(pluginFolder(path)) || (target !== '' && isPackage(target));
    expect(offences(PLUGINS, bears)).toEqual([]);
  });

  test('are opened by cli.ts alone, which sees descriptors and no bodies', () => {
    const names = (target: string) => /^(sources|sinks)\//u.test(target);
    expect(offences(SRC, (target, path) => path === 'src/cli.ts' || !names(target))).toEqual([]);
    const cli = SRC.filter(({ path }) => path === 'src/cli.ts');
    expect(offences(cli, (target) => !names(target) || DESCRIPTOR.test(target))).toEqual([]);
    expect(cli.flatMap(({ imports }) => imports).filter(({ target = '' }) => DESCRIPTOR.test(target))).toHaveLength(
      FILES.filter(({ path }) => DESCRIPTOR.test(path)).length,
    );
  });

  test('keep sources from the disk, from the network and from the screen', () => {
    const forbidden =
      /^(node:)?(fs|fs\/promises|child_process|http|https|http2|net|tls|dgram|readline)$|^(got|undici)$/u;
    const bears = (target: string, path: string) => !forbidden.test(target) || isOfDisk(path, target);
    expect(offences(below('sources'), bears)).toEqual([]);
  });

  test('let one source read the disk, through one file and no more', () => {
    const readers = below('sources').filter(({ imports }) => imports.some(({ target }) => DISK.test(target ?? '')));
    expect(readers.map(({ path }) => path)).toEqual([DISK_SOURCE.path]);
    expect(DISK_SOURCE.reason).not.toBe('');
  });

  test('let every request go through the program’s own client', () => {
    const clients = /^(node:)?(https|http2)$|^(got|undici|axios|node-fetch|gaxios)$/u;
    expect(offences(PLUGINS, (target) => !clients.test(target))).toEqual([]);
    expect(FILES.filter(({ used }) => used.has('fetch') || used.has('XMLHttpRequest')).map(({ path }) => path)).toEqual(
      [],
    );
  });
});

describe('a package', () => {
  test.each([
    ['vorpal', /^src\/shell\//u],
    ['got', /^src\/http\//u],
    ['hpagent', /^src\/http\//u],
    ['proxy-from-env', /^src\/http\//u],
    ['conf', /^src\/config\.ts$/u],
    ['chalk', /^src\/report\//u],
    ['ora', /^src\/report\//u],
    ['open', /^src\/browser\.ts$/u],
    ['lossless-json', /^src\/raw\.ts$/u],
  ])('%s is opened in its own room', (name, room) => {
    const users = usersOf(name).map(({ path }) => path);
    expect(users).not.toEqual([]);
    expect(users.filter((path) => !room.test(path))).toEqual([]);
  });

  test('googleapis is opened by its deep path, and only in sinks/google-drive', () => {
    const google = (target: string) => /^(@?googleapis|google-auth-library|gaxios|@google)/u.test(target);
    expect(usersOf('googleapis')).not.toEqual([]);
    const bears = (target: string, path: string) =>
      !google(target) ||
      (target === 'googleapis/build/src/apis/drive/index.js' && path.startsWith('sinks/google-drive/'));
    expect(offences(FILES, bears)).toEqual([]);
  });

  test('is not loaded by a descriptor, nor by the program before it is needed', () => {
    const heavy = [
      'vorpal',
      'got',
      'conf',
      'chalk',
      'ora',
      'open',
      'googleapis/build/src/apis/drive/index.js',
      'node-sqlite3-wasm',
    ];
    const starts = FILES.map(({ path }) => path).filter((path) => DESCRIPTOR.test(path));
    expect(starts.length).toBeGreaterThanOrEqual(4);
    for (const start of [...starts, 'src/program.ts']) {
      const loaded = loadedWith(start, FILES);
      expect([start, heavy.filter((name) => loaded.has(name))]).toEqual([start, []]);
    }
    // --version is answered by what cli.ts loads at once: no package at all.
    expect([...loadedWith('src/cli.ts', FILES)].filter(isPackage)).toEqual([]);
  });
});

/** What only the edge touches: a room that reads it could not be tested, embedded or run twice. `*`: all of it. */
const OF_THE_EDGE = [
  'argv',
  'env',
  'cwd',
  'chdir',
  'stdin',
  'stdout',
  'stderr',
  'exit',
  'exitCode',
  'abort',
  'umask',
  '*',
];

const EDGE = /^src\/(cli\.ts|config\.ts|config\/.*|report\/.*)$/u;

/** Each with its reason; one that is not needed any more fails a test below. */
const EXCEPTIONS: Readonly<Record<string, { readonly members: readonly string[]; readonly reason: string }>> = {
  'src/shell/vorpal-engine.ts': {
    members: ['*', 'stdin'],
    reason: 'Vorpal hangs listeners on the process and on its stdin while it is loaded, and they are taken off again',
  },
};

describe('the process', () => {
  test('is touched at the edge alone: arguments, environment, folder, streams and exit', () => {
    const touches = FILES.filter(({ path }) => !EDGE.test(path)).flatMap(({ path, process }) =>
      process
        .filter((member) => OF_THE_EDGE.includes(member) && !EXCEPTIONS[path]?.members.includes(member))
        .map((member) => `${path} touches process.${member}`),
    );
    expect(touches).toEqual([]);
    expect(offences(FILES, (target, path) => EDGE.test(path) || !/^(node:)?process$/u.test(target))).toEqual([]);
  });

  test.each(Object.entries(EXCEPTIONS))('is touched by %s no more than its exception says', (path, { members }) => {
    expect(FILES.find((file) => file.path === path)?.process).toEqual(expect.arrayContaining([...members]));
  });

  test('is not written to behind the reporter’s back', () => {
    expect(FILES.filter(({ used }) => used.has('console')).map(({ path }) => path)).toEqual([]);
  });
});

test('what is imported is known before the program runs, but for a third party’s plugin', () => {
  expect(offences(FILES, (target) => target !== '')).toEqual(['src/cli.ts imports undefined']);
});

describe('the reader of these tests', () => {
  test('sees every kind of import, and no text that looks like one', () => {
    const { imports } = readSource(
      'sinks/x/a.ts',
      `import a from './b.js'; import type { C } from '../../src/c.js'; import 'd';
       export * from 'e'; export { f } from 'node:f'; const g = await import('g');
       type H = typeof import('h'); const i = require('i'); const j = await import(g);
       // import k from 'k'
       const text = "import l from 'l'";`,
    );
    expect(imports.map(({ target, kind }) => `${kind} ${target}`)).toEqual([
      'static sinks/x/b.ts',
      'type src/c.ts',
      'static d',
      'static e',
      'static node:f',
      'lazy g',
      'type h',
      'lazy i',
      'lazy undefined',
    ]);
  });

  test('sees the process however it is touched, and not the word', () => {
    const { process, used } = readSource(
      'src/a.ts',
      `process.env.A; process['exit'](1); const { argv } = process; use(process); globalThis.process.cwd();
       const own = { process: 1 }; own.process; own.process.env; console.log('process.stdout'); // process.stdin`,
    );
    expect(process).toEqual(['env', '*', '*', '*', 'cwd']);
    expect([...used]).toEqual(expect.arrayContaining(['use', 'console']));
  });

  test('follows what is loaded, and not what is loaded later or never', () => {
    const files = [
      readSource('src/a.ts', `import './b.js'; import type { C } from './c.js'; await import('./d.js');`),
      readSource('src/b.ts', `import 'p'; import './a.js';`),
      readSource('src/c.ts', `import 'q';`),
      readSource('src/d.ts', `import 'r';`),
    ];
    expect([...loadedWith('src/a.ts', files)]).toEqual(['src/a.ts', 'src/b.ts', 'p']);
  });
});
