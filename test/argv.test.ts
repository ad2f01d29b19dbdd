import { describe, expect, test } from '@jest/globals';
import {
  allOptions,
  checkToken,
  parseArguments,
  readConfigured,
  readDestination,
  readEarlyOptions,
} from '../src/argv.js';
import type { AlbarettoError } from '../src/errors.js';
import { createRegistry } from '../src/registry.js';
import { testCredentials, testSink, testSource } from './support/plugins.js';

const plugins = [
  testSource('dalle2', { credentials: testCredentials }),
  testSource('demo', { options: [{ name: 'wait', type: 'string', description: 'how long' }] }),
  testSink('local-filesystem'),
  testSink('google-drive', {
    arguments: [{ name: 'credentials.json', description: 'what Google gave' }],
    options: [{ name: 'scope', type: 'string', description: 'what it may see' }],
  }),
];
const registry = createRegistry(plugins);

const SECRET = 'sess-1234567890abcdef';

function failureOf(work: () => unknown): AlbarettoError {
  try {
    work();
  } catch (thrown) {
    return thrown as AlbarettoError;
  }
  throw new Error('this should have failed');
}

describe('the words of the command line', () => {
  test('are told from its options, wherever these stand', () => {
    const args = parseArguments(
      [
        '--source',
        'demo',
        SECRET,
        'google-drive',
        '--json',
        'credentials.json',
        '-c',
        'fetch x | save y',
        '-c',
        'list',
        '--scope=drive',
      ],
      plugins,
    );
    expect(args.words).toEqual([SECRET, 'google-drive', 'credentials.json']);
    expect(args.lines).toEqual(['fetch x | save y', 'list']);
    expect(args.options).toMatchObject({ source: 'demo', json: true, scope: 'drive' });
    expect(args.verbosity).toBe('normal');
  });

  test.each([
    [[], 'normal'],
    [['-q'], 'quiet'],
    [['-v'], 'verbose'],
    [['--debug'], 'debug'],
    [['-q', '--debug'], 'debug'],
    [['-v', '--quiet'], 'verbose'],
  ])('%j makes the program %s', (argv, verbosity) => {
    expect(parseArguments(argv, plugins).verbosity).toBe(verbosity);
  });

  test('may hold any option of any command, as its default', () => {
    const args = parseArguments(['-g', '2', '-g', '3-', '--keep', '--new', 'Robots', '--no-metadata', 'demo'], plugins);
    expect(args.options).toMatchObject({ generation: ['2', '3-'], keep: true, new: 'Robots' });
  });

  test('are all words behind --', () => {
    expect(parseArguments(['--json', '--', '--version', '-c'], plugins).words).toEqual(['--version', '-c']);
  });

  test.each([
    [['--nothing'], 'albaretto has no option --nothing'],
    [['-Z'], 'albaretto has no option -Z'],
    [['--source'], '--source'],
    [['--json=yes'], '--json'],
    [['-c'], '-c'],
  ])('%j is a usage error that names the option', (argv, named) => {
    const failure = failureOf(() => parseArguments(argv, plugins));
    expect(failure).toMatchObject({ code: 'E_USAGE', hint: 'albaretto --help lists the options' });
    expect(failure.message).toContain(named);
  });

  test('are not repeated by a message: they may be secrets', () => {
    for (const argv of [[`--token=${SECRET}`], ['--nothing', SECRET], [SECRET, '--source']]) {
      expect(failureOf(() => parseArguments(argv, plugins)).describe()).not.toContain(SECRET);
    }
  });

  test('have one meaning for each short letter and each name', () => {
    const options = Object.entries(allOptions(plugins));
    const shorts = options.flatMap(([, option]) => option.short ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
    expect(shorts).toEqual(expect.arrayContaining(['c', 'g', 'h', 'n', 'q', 'v', 'V']));
  });
});

describe('what must be known before the plugins', () => {
  test('is read from words that may hold options nobody knows yet', () => {
    const early = readEarlyOptions([
      'x',
      '--plugin',
      './a.js',
      '--new-option',
      '--profile=work',
      '--plugin=b',
      '--profile',
      'home',
    ]);
    expect(early).toEqual({ version: false, help: false, profile: 'home', plugins: ['./a.js', 'b'] });
  });

  test('ends at --', () => {
    expect(readEarlyOptions(['--', '--version', '--profile', 'x', '--plugin', 'y'])).toEqual({
      version: false,
      help: false,
      profile: undefined,
      plugins: [],
    });
  });

  test.each([['--version'], ['-V']])('is the version with %s', (word) => {
    expect(readEarlyOptions(['--json', word]).version).toBe(true);
  });

  test('lacks what has no value: that is told later', () => {
    expect(readEarlyOptions(['--plugin'])).toEqual({ version: false, help: false, profile: undefined, plugins: [] });
  });
});

describe('the destination', () => {
  const read = (...words: string[]) => readDestination(words, registry, 'local-filesystem');

  test('is the sink that is named, with or without a token before it', () => {
    expect(read(SECRET, 'google-drive', 'credentials.json')).toEqual({
      token: SECRET,
      sink: 'google-drive',
      sinkArguments: ['credentials.json'],
    });
    expect(read('google-drive')).toEqual({ sink: 'google-drive', sinkArguments: [] });
    expect(read(SECRET, 'local-filesystem')).toEqual({ token: SECRET, sink: 'local-filesystem', sinkArguments: [] });
  });

  test('without words is the configured one', () => {
    expect(read()).toEqual({ sink: 'local-filesystem', sinkArguments: [] });
    expect(failureOf(() => readDestination([], registry, 'nobody')).code).toBe('E_USAGE');
  });

  test('is the first word where that names a sink, whatever follows', () => {
    expect(read('google-drive', 'local-filesystem')).toEqual({
      sink: 'google-drive',
      sinkArguments: ['local-filesystem'],
    });
  });

  test.each([
    [[SECRET]],
    [[SECRET, 'folder']],
    [['local-filesystem', SECRET]],
    [['google-drive', 'credentials.json', SECRET]],
    [[SECRET, SECRET, 'google-drive']],
  ])('is missing or too long in a line of this form, and no word is repeated', (words) => {
    const failure = failureOf(() => read(...words));
    expect(failure).toMatchObject({ code: 'E_USAGE' });
    expect(failure.describe()).not.toContain(SECRET);
    expect(failure.describe()).toMatch(/google-drive|local-filesystem/u);
  });
});

describe('the source', () => {
  test('is that of the command line, of the configuration, or the default', () => {
    expect(readConfigured('source', 'demo', registry, 'dalle2')).toEqual({ name: 'demo' });
    expect(readConfigured('sink', 'google-drive', registry, 'local-filesystem')).toEqual({ name: 'google-drive' });
    expect(readConfigured('source', undefined, registry, 'dalle2')).toEqual({ name: 'dalle2' });
    expect(readConfigured('source', 7, registry, 'dalle2')).toEqual({ name: 'dalle2' });
  });

  test('of the configuration that is there no more is warned of, and the usual one is used', () => {
    expect(readConfigured('source', 'studio\u001b[2J', registry, 'dalle2')).toEqual({
      name: 'dalle2',
      problem:
        "the setting 'source' names 'studio[2J', which is no source; dalle2 is used, and 'config set source' changes that",
    });
  });

  test('that takes no token is not given one', () => {
    const given = { token: SECRET, sink: 'local-filesystem', sinkArguments: [] };
    expect(() => checkToken(given, 'dalle2', registry)).not.toThrow();
    expect(() => checkToken({ sink: 'local-filesystem', sinkArguments: [] }, 'demo', registry)).not.toThrow();
    const failure = failureOf(() => checkToken(given, 'demo', registry));
    expect(failure).toMatchObject({ code: 'E_USAGE', message: 'demo takes no token' });
    expect(failure.describe()).not.toContain(SECRET);
  });
});
