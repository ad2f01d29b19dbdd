/** A Google of its own for each test, behind one TLS proxy, and the sink with a person who answers it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import descriptor from '../../../sinks/google-drive/index.js';
import { sleep } from '../../../src/clock.js';
import { createAgents } from '../../../src/http/agents.js';
import { createHttpClient, type HttpClient } from '../../../src/http/client.js';
import { createServiceHttp } from '../../../src/http/service.js';
import { AlbarettoError, type Ask, type ErrorCode, type OptionValues, type Sink } from '../../../src/plugin.js';
import {
  type ClientSecrets,
  type Consent,
  type Credentials,
  createFakeGoogle,
  type FakeGoogle,
  type FakeGoogleOptions,
  type User,
} from '../../fakes/google/index.js';
import { type LoopbackProxy, startProxy } from '../../fakes/proxy.js';
import { noNetwork, sinkContext, type TestSinkContext } from '../../support/sink-context.js';

/** Longer waits are a person's patience: they end by an abort, or at once for somebody who never comes. */
const PATIENCE = 60_000;

export interface PersonOptions {
  /** What the person does on Google's page in the browser. Without it no browser can be opened. */
  readonly consent?: Consent;
  /** False: no browser can be opened. */
  readonly browser?: boolean;
  /** It is never known whether the browser runs. */
  readonly slow?: boolean;
  /** Answers questions; without it nobody is at the terminal. */
  readonly answer?: (question: string, signal: AbortSignal | undefined) => Promise<string>;
  /** Waits for a person are over at once. */
  readonly impatient?: boolean;
}

export interface SessionOptions {
  readonly person?: PersonOptions;
  /** What stands after `google-drive` on the command line; default: the client's file. */
  readonly arguments?: readonly string[];
  readonly options?: OptionValues;
  readonly secrets?: Readonly<Record<string, unknown>> | undefined;
  readonly memory?: ReadonlyMap<string, string>;
}

export interface Session {
  readonly sink: Sink;
  readonly context: TestSinkContext;
  /** Questions that were asked, in order. */
  readonly questions: string[];
  /** What the browser was shown at the end of each sign-in. */
  readonly shown: Promise<{ readonly status: number; readonly body: string }>[];
  /** Milliseconds of every wait but those for a person. */
  readonly waits: number[];
}

export interface World {
  readonly google: FakeGoogle;
  readonly user: User;
  readonly credentials: Credentials;
  readonly proxy: LoopbackProxy;
  /** Writes a file into this test's folder and answers its path. */
  file(name: string, content: string | Uint8Array): string;
  folder: string;
  /** A run of the program. */
  session(options?: SessionOptions): Promise<Session>;
  /** A run in which somebody is signed in already. */
  signedIn(options?: SessionOptions & { readonly scope?: string }): Promise<Session>;
  /** The next run, with what the last one stored. */
  next(session: Session, options?: SessionOptions): Promise<Session>;
  /** A Google in another state than the usual one. */
  restart(options: FakeGoogleOptions): void;
}

/** Call it once at the top of a test file. */
export function useGoogle(): World {
  let proxy: LoopbackProxy;
  let client: HttpClient;
  const world = {} as { -readonly [Name in keyof World]: World[Name] };

  beforeAll(async () => {
    const hosts = Object.fromEntries(createFakeGoogle().hosts.map((host) => [host, serve]));
    proxy = await startProxy({ hosts });
    world.proxy = proxy;
    const agents = createAgents({ proxy: proxy.url, cacert: proxy.caFile, environmentProxy: () => '' });
    client = createHttpClient({ agents, userAgent: 'albaretto-test' });
  });
  afterAll(async () => {
    client.close();
    await proxy.close();
  });
  beforeEach(() => {
    world.folder = mkdtempSync(join(tmpdir(), 'albaretto-drive-'));
    world.restart({});
  });
  afterEach(() => {
    world.google.faults.clear();
    rmSync(world.folder, { recursive: true, force: true });
    expect(proxy.refused).toEqual([]);
  });

  function serve(...parameters: Parameters<FakeGoogle['listener']>): void {
    world.google.listener(...parameters);
  }

  world.restart = (options) => {
    world.google = createFakeGoogle(options);
    world.user = world.google.addUser();
    world.credentials = world.google.addClient();
    world.file('credentials.json', JSON.stringify(world.credentials));
  };
  world.file = (name, content) => {
    const path = join(world.folder, name);
    writeFileSync(path, content);
    return path;
  };
  world.session = (options = {}) => startSession(world, client, options);
  world.signedIn = async ({ scope = 'drive.file', ...options } = {}) =>
    world.session({ ...options, secrets: signInRecord(world, scope) });
  world.next = (session, options = {}) =>
    world.session({
      arguments: [],
      secrets: session.context.record.secrets,
      memory: session.context.record.memory,
      ...options,
    });
  return world as World;
}

/** What a finished sign-in leaves in the credential store. */
export function signInRecord(
  world: World,
  scope = 'drive.file',
  accessTokenLifetime?: number,
): Record<string, unknown> {
  const { client_id: id, client_secret: secret } = clientSecrets(world);
  const lifetime = accessTokenLifetime === undefined ? {} : { accessTokenLifetime };
  const tokens = world.google.grant({ client: world.credentials, scope, ...lifetime });
  return {
    identity: { kind: 'oauth-client', id, secret },
    signIn: {
      refreshToken: tokens.refresh_token,
      accessToken: tokens.access_token,
      expiresAt: tokens.expiry_date,
      scopes: tokens.scope.split(' '),
      signedInAt: world.google.clock.now(),
      account: world.user.email,
      folders: [],
    },
  };
}

export function clientSecrets({ credentials }: Pick<World, 'credentials'>): ClientSecrets {
  return 'web' in credentials ? credentials.web : credentials.installed;
}

async function startSession(world: World, client: HttpClient, options: SessionOptions): Promise<Session> {
  const { person = {} } = options;
  const questions: string[] = [];
  const shown: Session['shown'] = [];
  const waits: number[] = [];
  const wait: Session['context']['sleep'] = async (milliseconds, signal) => {
    if (milliseconds >= PATIENCE) return person.impatient ? undefined : sleep(milliseconds, signal);
    waits.push(milliseconds);
    return sleep(0, signal);
  };
  const http = createServiceHttp({
    client,
    plugin: 'google-drive',
    baseUrl: 'https://albaretto.invalid',
    maxBytes: 33_554_432,
    retry: { sleep: wait },
    now: () => world.google.clock.now(),
  });
  const context = sinkContext({
    arguments: options.arguments ?? [join(world.folder, 'credentials.json')],
    options: options.options ?? {},
    folder: world.folder,
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    ...(options.memory === undefined ? {} : { memory: Object.fromEntries(options.memory) }),
    http: { ...noNetwork(), bytes: http.bytes, fetch: http.fetch },
    now: () => world.google.clock.now(),
    ...(person.answer === undefined ? {} : { ask: asking(person.answer, questions) }),
    sleep: wait,
    async openBrowser(url) {
      if (person.browser === false || person.consent === undefined) return false;
      const page = world.google.signIn(url, person.consent);
      if (page.redirect !== undefined) shown.push(page.follow());
      return person.slow ? new Promise<never>(() => undefined) : true;
    },
  });
  const sink = (await descriptor.load()).create(context);
  return { sink, context, questions, shown, waits };
}

function asking(answer: NonNullable<PersonOptions['answer']>, questions: string[]): Ask {
  return {
    interactive: true,
    confirm: async (_question, fallback) => fallback,
    secret: () => Promise.reject(new Error('no secret is asked for here')),
    text(question, options) {
      questions.push(question);
      return answer(question, options?.signal);
    },
  };
}

/** The AlbarettoError that `work` ends with; its code must be this one. */
export async function failure(work: Promise<unknown>, code: ErrorCode): Promise<AlbarettoError> {
  const thrown = await work.then(
    (value) => Promise.reject(new Error(`it went through: ${inspect(value, { depth: 1 })}`)),
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof AlbarettoError)) throw new Error('a raw error got out', { cause: thrown });
  expect({ code: thrown.code, message: thrown.message }).toEqual({ code, message: thrown.message });
  return thrown;
}

/** What a test counts: method and path, with ids left out. */
export function requestLines(google: FakeGoogle): string[] {
  return google.requests.map(({ method, path, query }) => {
    const kind = query.uploadType === undefined ? '' : ` ${query.uploadType}`;
    return `${method} ${path.replace(/\/files\/(?!generateIds)[\w-]+/u, '/files/ID')}${kind}`;
  });
}
