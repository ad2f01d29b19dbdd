import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openConfig } from '../src/config.js';
import { AlbarettoError } from '../src/errors.js';
import type { Exchange, HttpClient } from '../src/http/client.js';
import type { Ask, SinkContext, SourceContext, SourceDescriptor } from '../src/plugin.js';
import { createRedactor } from '../src/redact.js';
import { createRegistry } from '../src/registry.js';
import type { ReportEvent } from '../src/report/events.js';
import type { Runtime } from '../src/runtime.js';
import { byteLimit, openSink, openSource, retryOptions, type StartedWith, storedToken } from '../src/wiring.js';
import { testCredentials, testSink, testSource } from './support/plugins.js';
import { nobody } from './support/sink-context.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-wiring-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A run without a network: every request is answered with `{}` and remembered. */
async function world(more: { environment?: Record<string, string>; defaults?: Runtime['defaults']; ask?: Ask } = {}) {
  const exchanges: Exchange[] = [];
  const events: ReportEvent[] = [];
  const logged: string[] = [];
  const client: HttpClient = {
    async open(exchange) {
      exchanges.push(exchange);
      const body = (async function* () {
        yield Buffer.from('{}');
      })();
      return { status: 200, headers: {}, url: exchange.url, body, discard: () => undefined };
    },
    close: () => undefined,
  };
  const log = {
    info: (text: string) => logged.push(text),
    debug: (text: string) => logged.push(text),
    close: () => undefined,
  };
  const runtime: Runtime = {
    version: '1',
    registry: createRegistry([]),
    config: await openConfig({ environment: { ALBARETTO_CONFIG_DIR: folder, ...more.environment } }),
    reporter: {
      emit: (event) => void events.push(event),
      busy: (text) => void events.push({ event: 'notice', text }),
      progress: () => undefined,
      idle: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      close: async () => undefined,
      log,
    },
    redactor: createRedactor(),
    ask: more.ask ?? nobody(),
    defaults: more.defaults ?? {},
    tuning: {} as Runtime['tuning'],
    http: async () => client,
    resolvePath: (typed) => join('/work-folder', typed),
    openBrowser: async () => false,
    now: () => 7,
    sleep: async () => undefined,
  };
  return { runtime, exchanges, events, logged };
}

const STARTED: StartedWith = { source: 'imgur', sink: 'folder', sinkArguments: [] };

/** A source that hands its context out. */
function source(more: Partial<SourceDescriptor> = {}) {
  const contexts: SourceContext[] = [];
  const descriptor = testSource('imgur', {
    load: async () => ({
      create(context) {
        contexts.push(context);
        return { open: () => (async function* () {})(), locate: () => Promise.reject(new Error('not asked')) };
      },
    }),
    ...more,
  });
  return { descriptor, contexts };
}

async function contextOf(
  more: Partial<SourceDescriptor>,
  runtime: Runtime,
  started: StartedWith = STARTED,
  tokens = new Map<string, string>(),
) {
  const { descriptor, contexts } = source(more);
  const opened = await openSource(descriptor, runtime, started, tokens);
  return { opened, context: contexts[0]! };
}

/** The headers with secrets of the first request to a path of the service. */
async function secretsSent(context: SourceContext, exchanges: Exchange[]) {
  await context.http.json({ url: '/a', what: 'reading it' });
  const { secretsFor } = exchanges.at(-1)!;
  return secretsFor?.(new URL(context.baseUrl).origin);
}

describe('the base URL', () => {
  test('is the descriptor’s, the configuration’s, the environment’s or the command line’s, the last one first', async () => {
    const plain = await world();
    expect((await contextOf({}, plain.runtime)).context.baseUrl).toBe('https://imgur.example.com');
    await plain.runtime.config.settings.set('imgur.baseUrl', 'https://configured.example/');
    expect((await contextOf({}, plain.runtime)).context.baseUrl).toBe('https://configured.example');
    const { runtime } = await world({ environment: { ALBARETTO_IMGUR_BASE_URL: 'https://environment.example/api//' } });
    expect((await contextOf({}, runtime)).context.baseUrl).toBe('https://environment.example/api');
    const started = { ...STARTED, baseUrl: 'http://127.0.0.1:8080' };
    const { opened, context } = await contextOf({}, runtime, started);
    expect(context.baseUrl).toBe('http://127.0.0.1:8080');
    expect(opened.trusted).toEqual([{ host: '127.0.0.1', plain: true }]);
  });

  test('of the command line is that of the source that the program was started with, and of no other', async () => {
    const { runtime } = await world();
    const started = { ...STARTED, source: 'dalle2', baseUrl: 'http://127.0.0.1:8080' };
    expect((await contextOf({}, runtime, started)).context.baseUrl).toBe('https://imgur.example.com');
  });

  test.each([
    'elsewhere',
    'ftp://h.example',
    'file:///etc',
    'https://user@h.example',
    'https://:password@h.example',
    'https://h.example/?a=b',
    'https://h.example/#a',
    '',
  ])('is not %j', async (baseUrl) => {
    const { runtime } = await world();
    const failure = await contextOf({}, runtime, { ...STARTED, baseUrl }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'E_USAGE', plugin: 'imgur' });
    expect((failure as AlbarettoError).describe()).not.toContain('password');
  });
});

describe('the credential', () => {
  const withToken = { credentials: { ...testCredentials, environment: ['IMGUR_TOKEN'] } };

  test('is that of the session, the command line, the environment, the store or the configuration, the first one first', async () => {
    const environment: Record<string, string> = {
      ALBARETTO_IMGUR_TOKEN: 'of-the-environment',
      IMGUR_TOKEN: 'of-the-tools',
    };
    const { runtime, exchanges } = await world({ environment });
    await runtime.config.settings.set('imgur.token', 'of-the-configuration');
    await runtime.config.credentials.setSecret('imgur', 'token', 'of-the-store');
    const sent = async (started: StartedWith, tokens = new Map<string, string>(), of = runtime) => {
      const { context } = await contextOf(withToken, of, started, tokens);
      return (await secretsSent(context, exchanges))?.authorization;
    };
    const started = { ...STARTED, token: 'of-the-command-line' };
    expect(await sent(started, new Map([['imgur', 'of-the-session']]))).toBe('Bearer of-the-session');
    expect(await sent(started)).toBe('Bearer of-the-command-line');
    expect(await sent(STARTED)).toBe('Bearer of-the-environment');
    const descriptor = testSource('imgur', withToken);
    const found = (names: string[]) =>
      storedToken(
        descriptor,
        {
          ...runtime,
          config: {
            ...runtime.config,
            environment: Object.fromEntries(names.map((name) => [name, environment[name]])),
          },
        },
        STARTED,
      );
    expect(found(['IMGUR_TOKEN'])).toBe('of-the-tools');
    expect(found([])).toBe('of-the-store');
    await runtime.config.credentials.forget('imgur');
    expect(found([])).toBe('of-the-configuration');
    expect(storedToken(testSource('imgur'), runtime, STARTED)).toBeUndefined();
  });

  test('of the command line is never that of another source', async () => {
    const { runtime } = await world();
    const started = { ...STARTED, source: 'dalle2', token: 'of-the-command-line' };
    expect(storedToken(testSource('imgur', withToken), runtime, started)).toBeUndefined();
  });

  test('goes to the origin of the base URL, and is kept out of every line from then on', async () => {
    const { runtime, exchanges } = await world({ environment: { ALBARETTO_IMGUR_TOKEN: ' hunter2hunter2 ' } });
    const { context } = await contextOf(withToken, runtime);
    expect(runtime.redactor.clean('hunter2hunter2')).toBe('hunter2hunter2');
    expect(await secretsSent(context, exchanges)).toEqual({ authorization: 'Bearer hunter2hunter2' });
    expect(exchanges[0]?.secretsFor?.('https://elsewhere.example')).toBeUndefined();
    expect(runtime.redactor.clean('x hunter2hunter2')).toBe('x ‹redacted›');
  });

  test('that is missing is asked for once, also by requests that begin together', async () => {
    const questions: string[] = [];
    const ask: Ask = {
      ...nobody(),
      interactive: true,
      async secret(question) {
        questions.push(question);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return 'hunter2hunter2';
      },
    };
    const { runtime, exchanges, events } = await world({ ask });
    const { context } = await contextOf(withToken, runtime);
    await Promise.all([secretsSent(context, exchanges), secretsSent(context, exchanges)]);
    expect(await secretsSent(context, exchanges)).toEqual({ authorization: 'Bearer hunter2hunter2' });
    expect(questions).toEqual(['token of a test: ']);
    expect(events).toEqual([{ event: 'notice', text: 'Make one up.' }]);
    expect(runtime.config.credentials.names()).toEqual([]);
  });

  test('that is missing where nobody can be asked ends the run, and says what to set', async () => {
    const { runtime, exchanges } = await world();
    const { context } = await contextOf(withToken, runtime);
    const failure = await secretsSent(context, exchanges).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'E_CREDENTIALS', reach: 'run', plugin: 'imgur' });
    expect((failure as AlbarettoError).describe()).toMatch(/ALBARETTO_IMGUR_TOKEN.*login imgur/u);
    expect(exchanges).toEqual([]);
  });

  test('that is of the wrong kind ends the run before any request, and is asked for again the next time', async () => {
    const check = (pasted: string) => {
      if (pasted !== 'right')
        throw new AlbarettoError({ code: 'E_CREDENTIALS', message: 'of the wrong kind', reach: 'run' });
      return pasted;
    };
    const answers = ['wrong', 'right'];
    const ask: Ask = { ...nobody(), interactive: true, secret: async () => answers.shift()! };
    const { runtime, exchanges } = await world({ ask });
    const { context } = await contextOf({ credentials: { ...testCredentials, check } }, runtime);
    expect(await secretsSent(context, exchanges).catch((thrown: unknown) => thrown)).toMatchObject({
      code: 'E_CREDENTIALS',
    });
    expect(exchanges).toEqual([]);
    expect(await secretsSent(context, exchanges)).toEqual({ authorization: 'Bearer right' });
  });

  test('that a service can do without is not asked for', async () => {
    const ask: Ask = { ...nobody(), interactive: true, secret: () => Promise.reject(new Error('asked')) };
    const { runtime, exchanges } = await world({ ask });
    const { context } = await contextOf({ credentials: { ...testCredentials, required: false } }, runtime);
    expect(await secretsSent(context, exchanges)).toBeUndefined();
    expect(exchanges).toHaveLength(1);
  });
});

describe('an option of a plugin', () => {
  const options: SourceDescriptor['options'] = [
    { name: 'wait', type: 'string', description: 'how long' },
    { name: 'deep', type: 'boolean', description: 'how deep' },
    { name: 'size', type: 'string', choices: ['large', 'small'], description: 'how large' },
  ];

  test('is that of the command line, the environment or the configuration, the first one first', async () => {
    const { runtime } = await world({
      defaults: { wait: '1' },
      environment: { ALBARETTO_IMGUR_WAIT: '2', ALBARETTO_IMGUR_SIZE: 'small' },
    });
    await runtime.config.settings.set('imgur.wait', '3');
    await runtime.config.settings.set('imgur.deep', true);
    expect((await contextOf({ options }, runtime)).context.options).toEqual({ wait: '1', size: 'small', deep: true });
  });

  test('that nobody gave is absent', async () => {
    expect((await contextOf({ options }, (await world()).runtime)).context.options).toEqual({});
  });

  test.each([
    ['1', true],
    ['yes', true],
    ['false', false],
    ['0', false],
    ['No', false],
    ['off', false],
  ])('of yes or no is %s in the environment: %s', async (text, value) => {
    const { runtime } = await world({ environment: { ALBARETTO_IMGUR_DEEP: text } });
    expect((await contextOf({ options }, runtime)).context.options.deep).toBe(value);
  });

  test('with few values takes no other', async () => {
    const { runtime } = await world({ defaults: { size: 'huge' } });
    expect(await contextOf({ options }, runtime).catch((thrown: unknown) => thrown)).toMatchObject({
      code: 'E_USAGE',
      message: '--size is one of large, small',
      plugin: 'imgur',
    });
  });
});

describe('the context of a plugin', () => {
  test('speaks with the plugin’s name', async () => {
    const { runtime, events, logged } = await world();
    const { context } = await contextOf({}, runtime);
    context.warn('take care');
    context.progress('waiting');
    context.debug('a page');
    expect(events).toEqual([
      { event: 'warning', text: '[imgur] take care' },
      { event: 'notice', text: 'waiting' },
    ]);
    expect(logged).toContain('[imgur] a page');
    expect(context.now()).toBe(7);
  });

  test('of a sink remembers, keeps secrets and resolves paths, all under its own name', async () => {
    const { runtime } = await world();
    const contexts: SinkContext[] = [];
    const descriptor = testSink('google-drive', {
      load: async () => ({
        create(context) {
          contexts.push(context);
          return { open: () => Promise.reject(new Error('not asked')), describe: () => '' };
        },
      }),
    });
    await openSink(descriptor, runtime, ['credentials.json']);
    const context = contexts[0]!;
    expect(context.arguments).toEqual(['credentials.json']);
    await context.memory.set('folder', 'abc');
    await context.secrets.set({ refreshToken: 'hunter2hunter2' });
    expect(context.memory.get('folder')).toBe('abc');
    expect(runtime.config.memory.all()).toEqual({ 'google-drive': { folder: 'abc' } });
    expect(runtime.config.credentials.names()).toEqual(['google-drive']);
    await context.memory.set('folder', undefined);
    expect(context.memory.get('folder')).toBeUndefined();
    context.redact('hunter2hunter2');
    expect(runtime.redactor.clean('hunter2hunter2')).toBe('‹redacted›');
    expect(context.resolvePath('a')).toBe('/work-folder/a');
  });
});

test('a wait of a second and more is told, a shorter one is only logged', async () => {
  const { runtime, events, logged } = await world();
  const error = new AlbarettoError({ code: 'E_RATE_LIMITED', message: 'slow down' });
  const { onWait } = retryOptions(runtime);
  onWait?.(error, 999, 2);
  onWait?.(error, 1000, 3);
  expect(events).toEqual([{ event: 'waiting', reason: 'slow down', milliseconds: 1000 }]);
  expect(logged).toHaveLength(2);
});

test('a cap is the configured one, if that is a number of bytes', async () => {
  const { runtime } = await world();
  expect(byteLimit(runtime, 'itemBytes', 2)).toBe(2_097_152);
  for (const [value, limit] of [
    [5, 5],
    ['7', 7],
    ['many', 2_097_152],
    [0, 2_097_152],
    [-1, 2_097_152],
  ] as const) {
    await runtime.config.settings.set('limits.itemBytes', value);
    expect(byteLimit(runtime, 'itemBytes', 2)).toBe(limit);
  }
});
