/** A session without a terminal: a service and a storage in memory, and a reporter that writes down what it is told. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openConfig } from '../../src/config.js';
import type { AlbarettoError } from '../../src/errors.js';
import type { HttpClient } from '../../src/http/client.js';
import type {
  Ask,
  PluginDescriptor,
  Sink,
  SinkCapabilities,
  SinkDescriptor,
  Store,
  StoreFile,
} from '../../src/plugin.js';
import { createRedactor } from '../../src/redact.js';
import { createRegistry } from '../../src/registry.js';
import type { ReportEvent } from '../../src/report/events.js';
import type { ParsedOptions, Runtime } from '../../src/runtime.js';
import { Session } from '../../src/session.js';
import { type LineResult, runLine } from '../../src/shell/interpreter.js';
import { readTuning } from '../../src/tuning.js';
import { MemoryService } from './memory-service.js';
import { MemorySink, memoryCapabilities } from './memory-sink.js';
import { type MemorySourceOptions, memoryDescriptor } from './memory-source.js';
import { testSink } from './plugins.js';
import { nobody } from './sink-context.js';
import { VirtualClock } from './virtual-clock.js';

export interface ShellRigOptions {
  /** What stands on argv. */
  readonly defaults?: ParsedOptions;
  readonly ask?: Ask;
  /** Further sources and sinks. */
  readonly plugins?: readonly PluginDescriptor[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The source and the sink at the start. Default: those in memory. */
  readonly source?: string;
  readonly sink?: string;
  readonly http?: () => Promise<HttpClient>;
  /** What the descriptor of the source in memory has besides: its layout, its importer. */
  readonly memory?: MemorySourceOptions['more'];
  /** How the storage in memory names and numbers its files. Default: as a disk does. */
  readonly storage?: Partial<Pick<SinkCapabilities, 'uniqueNames' | 'caseSensitive' | 'reserves'>>;
  /** Time and what it brings; default: a clock of its own. */
  readonly clock?: VirtualClock;
  readonly sleep?: Runtime['sleep'];
  /** A session that ended: another one begins in its place, with the same configuration and the same storage. */
  readonly after?: ShellRig;
  /** The lines of the standard input. */
  readonly inputLines?: () => AsyncIterable<string>;
}

export interface ShellRig {
  readonly session: Session;
  readonly service: MemoryService;
  readonly storage: TestStorage;
  readonly clock: VirtualClock;
  /** The configuration folder. */
  readonly folder: string;
  /** Everything that the rig has on the disk. */
  readonly root: string;
  readonly events: ReportEvent[];
  /** What `--debug` would show. */
  readonly debug: string[];
  run(line: string, signal?: AbortSignal): Promise<LineResult>;
  /** The events of one kind. */
  told<Name extends ReportEvent['event']>(name: Name): Extract<ReportEvent, { event: Name }>[];
  /** The texts of all failures, errors and warnings. */
  complaints(): string[];
  /** The ids in the buffer. */
  buffered(): string[];
  close(): Promise<void>;
}

const NO_NETWORK: HttpClient = {
  open: () => Promise.reject(new Error('this test has no network')),
  close: () => undefined,
};

export async function openShellRig(options: ShellRigOptions = {}): Promise<ShellRig> {
  const folder = options.after?.root ?? (await mkdtemp(join(tmpdir(), 'albaretto-shell-')));
  const clock = options.clock ?? options.after?.clock ?? new VirtualClock();
  const service = new MemoryService();
  const storage = options.after?.storage ?? new TestStorage(options.storage);
  const events: ReportEvent[] = [];
  const debug: string[] = [];
  const redactor = createRedactor();
  const config = await openConfig({
    environment: { ...options.environment, ALBARETTO_CONFIG_DIR: join(folder, 'config') },
  });
  const defaults = options.defaults ?? {};
  const runtime: Runtime = {
    version: '0.0.0',
    registry: createRegistry([
      memoryDescriptor({ service, inline: true, ...(options.memory === undefined ? {} : { more: options.memory }) }),
      storage.descriptor,
      ...(options.plugins ?? []),
    ]),
    config,
    reporter: {
      emit: (event) => void events.push(event),
      busy: () => undefined,
      progress: () => undefined,
      idle: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      close: async () => undefined,
      log: { info: () => undefined, debug: (text) => void debug.push(text), close: () => undefined },
    },
    redactor,
    ask: options.ask ?? nobody(),
    defaults,
    tuning: readTuning(defaults, config.settings),
    http: options.http ?? (async () => NO_NETWORK),
    resolvePath: (typed) => resolve(folder, typed),
    openBrowser: async () => false,
    inputLines: options.inputLines,
    now: clock.now,
    sleep: options.sleep ?? clock.sleep,
  };
  const session = new Session(runtime, {
    source: options.source ?? 'memory',
    sink: options.sink ?? 'storage',
    sinkArguments: [],
  });
  const told = <Name extends ReportEvent['event']>(name: Name) =>
    events.filter((event): event is Extract<ReportEvent, { event: Name }> => event.event === name);
  return {
    session,
    service,
    storage,
    clock,
    folder: config.folder,
    root: folder,
    events,
    debug,
    run: (line, signal = new AbortController().signal) => runLine(line, session, signal),
    told,
    complaints: () => [
      ...[...told('failed'), ...told('error')].map(({ message }) => message),
      ...told('warning').map(({ text }) => text),
    ],
    buffered: () => session.buffer.all().map(({ item }) => item.id),
    async close() {
      await session.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A storage in memory, and what a test tells it to go wrong. */
export class TestStorage {
  readonly memory: MemorySink;
  readonly descriptor: SinkDescriptor;
  /** The destinations that were opened, and the folders that were made. */
  readonly opened: (string | undefined)[] = [];
  readonly folders: string[] = [];
  /** Stores that are not closed yet. */
  openStores = 0;
  failure: { open?: AlbarettoError; folder?: AlbarettoError } = {};
  /** Called before each put; may wait or throw. */
  before: (file: StoreFile, signal: AbortSignal | undefined) => Promise<void> = async () => undefined;
  /** Whether it can say what it stored. */
  canLook = true;
  /** The names of what was read, and of what was put, with their folder. */
  readonly read: string[] = [];
  readonly put: string[] = [];

  constructor(wishes: ShellRigOptions['storage'] = {}) {
    const options = { uniqueNames: true, caseSensitive: true, reserves: false, ...wishes };
    this.memory = new MemorySink(options);
    this.descriptor = testSink('storage', {
      capabilities: memoryCapabilities(options),
      load: async () => ({ create: () => this.#sink() }),
    });
  }

  /** The names of the files that are stored, with their folder. */
  names(): string[] {
    return this.memory.files.map(({ folder, name }) => (folder === '' ? name : `${folder}/${name}`));
  }

  /** The text of a file, by its name with its folder. */
  text(path: string): string | undefined {
    const found = this.memory.files.find(({ folder, name }) => (folder === '' ? name : `${folder}/${name}`) === path);
    return found === undefined ? undefined : Buffer.from(found.bytes).toString('utf8');
  }

  media(): string[] {
    return this.names().filter((name) => !name.endsWith('.json'));
  }

  #sink(): Sink {
    return {
      describe: (destination) => `memory ${destination ?? 'default'}`,
      open: async (destination, given) => {
        this.opened.push(destination);
        if (this.failure.open !== undefined) throw this.failure.open;
        return this.#around(await this.memory.open(destination, given), destination ?? 'default');
      },
    };
  }

  #around(store: Store, label: string): Store {
    this.openStores += 1;
    return {
      label,
      location: store.location,
      folder: async (name, given) => {
        if (this.failure.folder !== undefined) throw this.failure.folder;
        this.folders.push(name);
        return this.#around(await store.folder(name, given), `${label}/${name}`);
      },
      put: async (file, given) => {
        await this.before(file, given.signal);
        this.put.push(pathOf(store, file.name));
        return store.put(file, given);
      },
      ...(this.canLook ? { inspect: async (files, given) => store.inspect!(files, given) } : {}),
      read: async (file, given) => {
        this.read.push(pathOf(store, file.name));
        return store.read!(file, given);
      },
      ...(store.reserve === undefined ? {} : { reserve: (count, given) => store.reserve!(count, given) }),
      close: async () => {
        this.openStores -= 1;
      },
    };
  }
}

/** The store's location is `memory:/` and its folders. */
function pathOf({ location }: Store, name: string): string {
  const folder = location.slice('memory:/'.length);
  return folder === '' ? name : `${folder}/${name}`;
}
