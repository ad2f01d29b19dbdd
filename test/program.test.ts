import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { homeFolder } from '../src/config.js';
import type { PluginDescriptor } from '../src/plugin.js';
import { runProgram, type Surroundings } from '../src/program.js';
import { VERSION } from '../src/version.js';
import { TestStream } from './report/support.js';
import { testCredentials, testSink, testSource } from './support/plugins.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-program-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const PLUGINS = [
  testSource('dalle2', { credentials: testCredentials }),
  testSource('demo'),
  testSink('local-filesystem'),
  testSink('google-drive', { arguments: [{ name: 'credentials.json', description: 'what Google gave' }] }),
];

/** Of no form that the redactor knows. */
const SECRET = 'hunter2hunter2hunter2';

interface Run {
  readonly argv: readonly string[];
  /** What stands on stdin; nothing more comes after it. */
  readonly input?: string;
  readonly environment?: Record<string, string>;
  readonly more?: Readonly<Record<string, PluginDescriptor>>;
  readonly signal?: AbortSignal;
}

/** One run in this process, away from the real screen, environment and home. */
async function run({ argv, input = '', environment = {}, more = {}, signal = new AbortController().signal }: Run) {
  const [out, err, stdin] = [new TestStream(false), new TestStream(false), new PassThrough()];
  stdin.end(input);
  const code = await runProgram({
    argv,
    environment: { ALBARETTO_CONFIG_DIR: join(folder, 'config'), ...environment },
    workingFolder: folder,
    home: folder,
    input: stdin as unknown as Surroundings['input'],
    out: out as unknown as Surroundings['out'],
    err: err as unknown as Surroundings['err'],
    interruptible: () => signal,
    plugins: PLUGINS,
    loadPlugin: (name) =>
      more[name] === undefined ? Promise.reject(new Error(`no module ${name}`)) : Promise.resolve(more[name]),
    openBrowser: async () => false,
    die: () => undefined,
  });
  return { code, out: out.text, err: err.text, lines: out.lines };
}

function breakConfig(): void {
  mkdirSync(join(folder, 'config'), { recursive: true });
  writeFileSync(join(folder, 'config', 'config.json'), '{');
}

describe('--version and --help', () => {
  test.each([[['--version']], [['-V', '--json']], [['nonsense', '--version']]])(
    '%j answer the version, whatever else is wrong',
    async (argv) => {
      breakConfig();
      expect(await run({ argv })).toEqual({ code: 0, out: `${VERSION}\n`, err: '', lines: [VERSION] });
    },
  );

  test.each(['-qV', '-Vq'])('%s answers the version', async (letters) => {
    expect((await run({ argv: ['local-filesystem', letters] })).out).toBe(`${VERSION}\n`);
  });

  test.each(['--help', '-h', '-qh'])('%s helps', async (word) => {
    expect((await run({ argv: [word] })).out).toContain('dalle2');
  });

  test('help is answered where the configuration is broken too', async () => {
    breakConfig();
    const { code, out, err } = await run({ argv: ['--help'] });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('dalle2');
  });

  test('help names every plugin, command and option', async () => {
    const { code, out } = await run({ argv: ['--help'] });
    expect(code).toBe(0);
    for (const word of [
      'dalle2',
      'demo',
      'google-drive',
      'fetch',
      'save',
      '--source <name>',
      '-c, --command',
      '130 interrupted',
    ]) {
      expect(out).toContain(word);
    }
    expect(existsSync(join(folder, 'config'))).toBe(false);
  });
});

describe('a failure before the first line', () => {
  test.each([
    [['--nonsense'], 'albaretto has no option --nonsense'],
    [['nonsense'], 'the command line names no sink'],
    [['--source', 'nobody', 'local-filesystem'], "there is no source 'nobody'"],
    [['--profile', '../x', 'local-filesystem'], 'a profile name is made of'],
    [[SECRET, '--source', 'demo', 'local-filesystem'], 'demo takes no token'],
  ])('%j is a usage error on stderr', async (argv, message) => {
    const { code, out, err } = await run({ argv });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^ {2}✗ .*\n$/u);
    expect(err).toContain(message);
    expect(err).not.toContain(SECRET);
  });

  test.each([[['--nonsense', '--json']], [['--json', 'nonsense']]])(
    '%j is told in JSON where JSON is asked for',
    async (argv) => {
      const { code, lines, err } = await run({ argv });
      expect({ code, err }).toEqual({ code: 2, err: '' });
      expect(lines.map((line) => JSON.parse(line))).toEqual([
        expect.objectContaining({ v: 1, event: 'error', code: 'E_USAGE', exit: 2 }),
      ]);
    },
  );

  test('of a broken configuration names the file', async () => {
    breakConfig();
    const { code, err } = await run({ argv: ['local-filesystem', '-c', 'sources'] });
    expect(code).toBe(2);
    expect(err).toContain(join(folder, 'config', 'config.json'));
  });

  test('drives no terminal', async () => {
    const { err } = await run({ argv: ['--source', 'x\u001b[2J\ny', 'local-filesystem'] });
    expect(err.slice(0, -1)).not.toMatch(/[\u0000-\u001f]/u);
  });

  test('of a log file that cannot be written is the destination’s', async () => {
    expect((await run({ argv: ['--log-file', 'none/log', 'local-filesystem', '-c', 'sources'] })).code).toBe(6);
  });
});

test('a log file under ~ is in the home folder', async () => {
  expect((await run({ argv: ['--log-file=~/log', 'local-filesystem', '-c', 'sources'] })).code).toBe(0);
  expect(existsSync(join(folder, 'log'))).toBe(true);
});

describe('lines', () => {
  test('of -c are one session, in order', async () => {
    const { code, out } = await run({ argv: ['local-filesystem', '-c', 'use demo', '-c', 'sources'] });
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}\* demo/u);
  });

  test('of a pipe mean the same', async () => {
    const { code, out } = await run({ argv: ['local-filesystem'], input: '# a comment\n\nuse demo\r\nsources' });
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}\* demo/u);
  });

  test('of a file of Windows begin behind its mark', async () => {
    const { code, out } = await run({ argv: ['local-filesystem'], input: '\ufeffuse demo\r\nsources\r\n' });
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}\* demo/u);
  });

  test.each(['-c', 'pipe'])('behind one that is wrong are not run (%s)', async (way) => {
    const lines = ['sinks', 'nonsense', 'sources'];
    const { code, out, err } =
      way === 'pipe'
        ? await run({ argv: ['local-filesystem'], input: lines.join('\n') })
        : await run({ argv: ['local-filesystem', ...lines.flatMap((line) => ['-c', line])] });
    expect(code).toBe(2);
    expect(out).toContain('google-drive');
    expect(out).not.toContain('demo');
    expect(err).toContain("there is no command 'nonsense'");
  });

  test('end at exit, and an empty input is no failure', async () => {
    expect(await run({ argv: ['local-filesystem', '-c', 'exit', '-c', 'nonsense'] })).toMatchObject({
      code: 0,
      err: '',
    });
    expect(await run({ argv: ['local-filesystem'], input: '' })).toMatchObject({ code: 0, out: '', err: '' });
  });

  test('are not run after an interruption', async () => {
    const { code, out } = await run({ argv: ['local-filesystem', '-c', 'sources'], signal: AbortSignal.abort() });
    expect({ code, out }).toEqual({ code: 130, out: '' });
  });

  test('of an input that fails are a usage error', async () => {
    const stdin = new PassThrough();
    const [out, err] = [new TestStream(false), new TestStream(false)];
    const running = runProgram({
      argv: ['local-filesystem'],
      environment: { ALBARETTO_CONFIG_DIR: join(folder, 'config') },
      workingFolder: folder,
      home: folder,
      input: stdin as unknown as Surroundings['input'],
      out: out as unknown as Surroundings['out'],
      err: err as unknown as Surroundings['err'],
      interruptible: () => new AbortController().signal,
      plugins: PLUGINS,
      loadPlugin: () => Promise.reject(new Error('none')),
      openBrowser: async () => false,
      die: () => undefined,
    });
    stdin.write('sources\n');
    while (!out.text.includes('demo')) await new Promise((resolve) => setTimeout(resolve, 5));
    stdin.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    expect(await running).toBe(2);
    expect(err.text).toContain('the lines of the input cannot be read (EIO)');
  });
});

describe('a token on the command line', () => {
  test('works, is warned of once, and is neither repeated nor stored', async () => {
    const argv = [SECRET, 'local-filesystem', '--debug', '--log-file', 'log', '-c', 'config list', '-c', SECRET];
    const { out, err } = await run({ argv });
    expect(err.match(/others on this machine can see a token on the command line/gu)).toHaveLength(1);
    expect(err).toContain('ALBARETTO_DALLE2_TOKEN');
    expect(out + err).not.toContain(SECRET);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(SECRET);
    expect((statSync(join(folder, 'log')).mode & 0o777).toString(8)).toBe('600');
  });

  test('is no token where the first word names a sink', async () => {
    expect((await run({ argv: ['google-drive', 'credentials.json', '-c', 'sinks'] })).err).not.toContain(
      'others on this machine',
    );
  });
});

describe('a third party’s plugin', () => {
  const extra = testSource('extra', { options: [{ name: 'depth', type: 'string', description: 'how deep' }] });
  const more = () => ({ [join(folder, 'extra.js')]: extra });

  test.each(['./extra.js', '~/extra.js'])(
    'is loaded by --plugin %s, and its options stand on the command line',
    async (module) => {
      const argv = [`--plugin=${module}`, '--depth', '3', '--source=extra', 'local-filesystem', '-c', 'sources'];
      const { code, out } = await run({ argv, more: more() });
      expect(code).toBe(0);
      expect(out).toMatch(/ {2}\* extra/u);
      const help = await run({ argv: [`--plugin=${module}`, '--help'], more: more() });
      expect(help.out).toContain('extra: how deep');
    },
  );

  test('that is not there is told by --help too', async () => {
    const { code, err } = await run({ argv: ['--plugin', './gone.js', '--help'] });
    expect(code).not.toBe(0);
    expect(err).toContain('no module');
  });

  test('is loaded by the configuration, and its options stand on the command line', async () => {
    await run({ argv: ['local-filesystem', '-c', 'config set plugins ./extra.js'] });
    // It is kept as a path that means the same file wherever a later session begins.
    const { code, out } = await run({
      argv: ['--depth', '3', '--source', 'extra', 'local-filesystem', '-c', 'sources'],
      more: more(),
    });
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}\* extra/u);
    expect((await run({ argv: ['--help'], more: more() })).out).toContain('extra: how deep');
  });

  test('a server that the configuration names is a source; one that cannot be is warned of', async () => {
    await run({ argv: ['local-filesystem', '-c', 'config set servers.studio demo https://studio.example'] });
    const { code, out, err } = await run({ argv: ['local-filesystem', '--source', 'studio', '-c', 'sources'] });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/studio.*DEMO at studio\.example/u);
    const settings = join(folder, 'config', 'config.json');
    writeFileSync(settings, readFileSync(settings, 'utf8').replace('demo https', 'gone https'));
    const again = await run({ argv: ['local-filesystem', '-c', 'config unset servers.studio'] });
    expect(again.code).toBe(0);
    expect(again.err).toContain("the setting 'servers.studio' is left out: there is no source 'gone'");
    expect((await run({ argv: ['local-filesystem', '--source', 'studio', '-c', 'sources'] })).code).toBe(2);
  });

  test('that the configuration names and nobody finds is warned of, and can be taken out again', async () => {
    await run({ argv: ['local-filesystem', '-c', 'config set plugins ./gone.js'] });
    const { code, err } = await run({ argv: ['local-filesystem', '-c', 'config unset plugins'] });
    expect(code).toBe(0);
    expect(err).toContain("gone.js; the setting 'plugins' names it");
    expect((await run({ argv: ['local-filesystem', '-c', 'sources'] })).err).toBe('');
  });

  test('that the command line names and nobody finds ends the program', async () => {
    const { code, err } = await run({ argv: ['--plugin', './gone.js', 'local-filesystem', '-c', 'sources'] });
    expect(code).not.toBe(0);
    expect(err).toContain(`no module ${join(folder, 'gone.js')}`);
  });

  test('that takes another’s name is refused', async () => {
    const { code, err } = await run({
      argv: ['--plugin', 'x', 'local-filesystem'],
      more: { x: testSink('google-drive') },
    });
    expect(code).toBe(2);
    expect(err).toContain('two sinks are called google-drive');
  });
});

describe('the configuration', () => {
  test('chooses source and sink where the command line does not, and profiles keep apart', async () => {
    await run({ argv: ['local-filesystem', '-c', 'config set source demo', '-c', 'config set sink google-drive'] });
    const { out } = await run({ argv: ['-c', 'sources', '-c', 'sinks'] });
    expect(out).toMatch(/\* demo[\s\S]*\* google-drive/u);
    expect((await run({ argv: ['--profile', 'work', '-c', 'sources'] })).out).toMatch(/\* dalle2/u);
    expect(
      (await run({ argv: ['local-filesystem', '--source', 'dalle2', '-c', 'sources', '-c', 'sinks'] })).out,
    ).toMatch(/\* dalle2[\s\S]*\* local-filesystem/u);
  });

  test('that names a server which was taken out is warned of, and can be changed', async () => {
    await run({ argv: ['local-filesystem', '-c', 'config set servers.studio demo http://10.0.0.5:8188'] });
    await run({ argv: ['local-filesystem', '-c', 'config set source studio'] });
    await run({ argv: ['local-filesystem', '-c', 'config unset servers.studio'] });
    const { code, err } = await run({ argv: ['local-filesystem', '-c', 'config unset source'] });
    expect(code).toBe(0);
    expect(err).toContain("the setting 'source' names 'studio', which is no source; dalle2 is used");
    expect((await run({ argv: ['local-filesystem', '-c', 'sources'] })).err).toBe('');
  });

  test('keeps a certificate where it is, wherever later sessions begin', async () => {
    await run({ argv: ['local-filesystem', '-c', 'config set cacert ./ca.pem'] });
    expect((await run({ argv: ['local-filesystem', '-c', 'config get cacert'] })).out).toContain(
      join(folder, 'ca.pem'),
    );
  });

  test('is where the account lives, also where HOME is set to nothing', () => {
    const home = process.env.HOME;
    process.env.HOME = '';
    try {
      expect(isAbsolute(homeFolder())).toBe(true);
    } finally {
      process.env.HOME = home;
    }
  });

  test('shows a proxy without its password', async () => {
    const { out, err } = await run({
      argv: [
        'local-filesystem',
        '-c',
        'config set proxy http://me:hunter2hunter2@127.0.0.1:3128',
        '-c',
        'config list',
        '-c',
        'config get proxy',
      ],
    });
    expect(out).toContain('127.0.0.1:3128');
    expect(out + err).not.toContain('hunter2');
  });
});
