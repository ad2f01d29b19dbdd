import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { sleep } from '../../src/clock.js';
import { AlbarettoError, type Ask, type OptionValues, type ServiceHttp, type SinkContext } from '../../src/plugin.js';

export interface SinkContextOptions {
  readonly arguments?: readonly string[];
  readonly options?: OptionValues;
  /** What relative paths are resolved against. Default: the current folder. */
  readonly folder?: string;
  /** What `~` stands for. */
  readonly home?: string;
  /** Stands in for the network. Default: any use of it fails the test that uses it. */
  readonly http?: ServiceHttp;
  /** Default: nobody can answer. */
  readonly ask?: Ask;
  /** Milliseconds since the epoch, for a clock that stands or is moved by the test. Default: the real one. */
  readonly now?: () => number;
  readonly sleep?: SinkContext['sleep'];
  readonly openBrowser?: SinkContext['openBrowser'];
  /** What the credential store holds at the start. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** What is remembered at the start. */
  readonly memory?: Readonly<Record<string, string>>;
}

/** What a sink did with its context, in the order in which it did it. */
export interface SinkContextRecord {
  readonly progress: string[];
  readonly warnings: string[];
  readonly debug: string[];
  readonly redacted: string[];
  readonly opened: string[];
  readonly memory: Map<string, string>;
  /** The credential record as it is now. */
  secrets: Readonly<Record<string, unknown>> | undefined;
}

export interface TestSinkContext extends SinkContext {
  readonly record: SinkContextRecord;
}

/** A sink's context that touches nothing outside the test: secrets and memory live in it, and nobody answers questions. */
export function sinkContext(options: SinkContextOptions = {}): TestSinkContext {
  const record: SinkContextRecord = {
    progress: [],
    warnings: [],
    debug: [],
    redacted: [],
    opened: [],
    memory: new Map(Object.entries(options.memory ?? {})),
    secrets: options.secrets,
  };
  return {
    record,
    arguments: options.arguments ?? [],
    options: options.options ?? {},
    http: options.http ?? noNetwork(),
    ask: options.ask ?? nobody(),
    progress: (text) => void record.progress.push(text),
    warn: (text) => void record.warnings.push(text),
    debug: (text) => void record.debug.push(text),
    redact: (secret) => void record.redacted.push(secret),
    now: options.now ?? Date.now,
    sleep: options.sleep ?? sleep,
    secrets: secretsIn(record),
    memory: memoryIn(record),
    resolvePath: (typed) => resolvePath(typed, options.folder ?? '.', options.home ?? homedir()),
    async openBrowser(url) {
      record.opened.push(url);
      return (await options.openBrowser?.(url)) ?? false;
    },
  };
}

/** A person who is not there: every question that has no default is refused. */
export function nobody(): Ask {
  const refuse = async (question: string): Promise<string> => {
    throw new AlbarettoError({ code: 'E_CREDENTIALS', message: `nobody can answer: ${question}` });
  };
  return { interactive: false, confirm: async (_question, fallback) => fallback, text: refuse, secret: refuse };
}

/** An HTTP client for a sink that must not use any. */
export function noNetwork(): ServiceHttp {
  const refuse = async (): Promise<never> => {
    throw new AlbarettoError({ code: 'E_INTERNAL', message: 'this test gave its sink no network' });
  };
  return { json: refuse, bytes: refuse, fetch: refuse };
}

function secretsIn(record: SinkContextRecord): SinkContext['secrets'] {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    get: async () => record.secrets,
    set: async (value) => {
      record.secrets = structuredClone(value);
    },
    delete: async () => {
      record.secrets = undefined;
    },
    locked(work) {
      const mine = turn.then(work);
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}

function memoryIn(record: SinkContextRecord): SinkContext['memory'] {
  return {
    get: (key) => record.memory.get(key),
    set: async (key, value) => {
      if (value === undefined) record.memory.delete(key);
      else record.memory.set(key, value);
    },
  };
}

function resolvePath(typed: string, folder: string, home: string): string {
  if (typed === '~') return home;
  return typed.startsWith('~/') ? join(home, typed.slice(2)) : resolve(folder, typed);
}
