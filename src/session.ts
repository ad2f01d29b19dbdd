/** What a session remembers: the current source and sink, the plugins that are open, and the buffer. */

import { join } from 'node:path';
import type { Catalog } from './archive/catalog/catalog.js';
import { type Buffer, createBuffer } from './buffer.js';
import { asAlbarettoError } from './errors.js';
import type { Item } from './model.js';
import type { Sink } from './plugin.js';
import { ownOptions } from './plugin-options.js';
import type { ParsedOptions, Runtime } from './runtime.js';
import type { Fetched } from './transfer/fetch.js';
import { type Holding, openHolding } from './transfer/holding.js';
import { createPacer, type Pacer } from './transfer/pace.js';
import { type OpenSource, openSink, openSource, type SessionTokens, type StartedWith } from './wiring.js';

/** The source of the original program; the prompt does not name it. */
export const DEFAULT_SOURCE = 'dalle2';

export class Session {
  readonly runtime: Runtime;
  readonly started: StartedWith;
  readonly buffer: Buffer = createBuffer();
  readonly holding: Holding;
  /** What would be in the buffer if `--dry-run` had not held it off, so that a dry `save` has something to speak of. */
  readonly planned: Item[] = [];
  readonly tokens: SessionTokens = new Map();
  #source: string;
  #sink: string;
  #sinkArguments: readonly string[];
  readonly #sources = new Map<string, Promise<OpenSource>>();
  readonly #sinks = new Map<string, Promise<Sink>>();
  /** Items that are saved and stay in the buffer all the same (`--keep`). */
  readonly #saved = new Set<Fetched>();
  /** Items of the buffer that no later session is offered: the private folder could not be written. */
  readonly #unkept = new Set<Fetched>();
  readonly #pacers = new Map<string, Pacer>();
  /** Tasks of which every item was listed and fetched, with the ids of these. */
  readonly #whole = new Map<string, ReadonlySet<string>>();
  #catalog: Promise<Catalog> | undefined;

  constructor(runtime: Runtime, started: StartedWith) {
    this.runtime = runtime;
    this.holding = openHolding({ folder: runtime.config.folder, memory: runtime.tuning.memory, now: runtime.now });
    this.started = started;
    this.#source = started.source;
    this.#sink = started.sink;
    this.#sinkArguments = started.sinkArguments;
  }

  get sourceName(): string {
    return this.#source;
  }

  get sinkName(): string {
    return this.#sink;
  }

  /** @throws E_USAGE for a name that is no source. */
  useSource(name: string): void {
    this.#source = this.runtime.registry.source(name).name;
  }

  /** @throws E_USAGE for a name that is no sink. */
  async useSink(name: string, sinkArguments: readonly string[]): Promise<void> {
    const descriptor = this.runtime.registry.sink(name);
    if (sinkArguments.length > 0 || name !== this.#sink) await this.#closeSink(name);
    this.#sink = descriptor.name;
    this.#sinkArguments =
      name === this.started.sink && sinkArguments.length === 0 ? this.started.sinkArguments : sinkArguments;
  }

  /**
   * The body of a source, made on first use and kept for the session.
   * @param typed Options of this one command; a body of its own is made for them.
   */
  source(name: string, typed: ParsedOptions = {}): Promise<OpenSource> {
    const descriptor = this.runtime.registry.source(name);
    const options = ownOptions(typed, descriptor);
    const key = Object.keys(options).length === 0 ? name : `${name} ${JSON.stringify(options)}`;
    return remember(this.#sources, key, () => openSource(descriptor, this.runtime, this.started, this.tokens, options));
  }

  sink(name = this.#sink): Promise<Sink> {
    const words =
      name === this.#sink ? this.#sinkArguments : name === this.started.sink ? this.started.sinkArguments : [];
    return remember(this.#sinks, name, () => openSink(this.runtime.registry.sink(name), this.runtime, words));
  }

  /** One pace for all commands of the session. */
  pacer(name: string): Pacer | undefined {
    const limits = this.runtime.registry.sink(name).capabilities.pace;
    if (limits === undefined) return undefined;
    let pacer = this.#pacers.get(name);
    if (pacer === undefined) {
      pacer = createPacer(limits, this.runtime);
      this.#pacers.set(name, pacer);
    }
    return pacer;
  }

  /** The record of everything that was saved, opened on first use. Throws what `openCatalog` throws. */
  catalog(): Promise<Catalog> {
    this.#catalog ??= (async () => {
      const { CATALOG_NAME, openCatalog } = await import('./archive/catalog/catalog.js');
      this.runtime.config.ensureFolder();
      return openCatalog(join(this.runtime.config.folder, CATALOG_NAME), { now: this.runtime.now });
    })();
    // One that could not be opened is not kept: the next command may find it free.
    this.#catalog.catch(() => {
      this.#catalog = undefined;
    });
    return this.#catalog;
  }

  /** Puts an item into the buffer, where it outlives a crash. */
  async hold(fetched: Fetched): Promise<void> {
    const before = this.buffer.find(fetched.item);
    if (before === fetched) return;
    if (before !== undefined) await this.letGo(before);
    try {
      this.buffer.add(await this.holding.keep(fetched));
    } catch (thrown) {
      // A full private folder must not cost the item: it stays in the buffer as long as the session lasts.
      if (this.#unkept.size === 0) {
        const text = `${asAlbarettoError(thrown).describe()}; what is fetched now is lost with this session unless it is saved`;
        this.runtime.reporter.emit({ event: 'warning', text });
      }
      this.#unkept.add(fetched);
      this.buffer.add(fetched);
    }
  }

  /**
   * Every item of the task was listed and fetched: what belongs to a whole task may be written when they are saved together.
   * @param ids Of these items; `undefined` where it is not known any more which they are.
   */
  noteWhole({ source, taskId }: Pick<Item, 'source' | 'taskId'>, ids: ReadonlySet<string> | undefined): void {
    const key = `${source}\n${taskId}`;
    if (ids === undefined) this.#whole.delete(key);
    else this.#whole.set(key, ids);
  }

  /** The ids of all items of a task that was fetched as a whole. */
  wholeTask({ source, taskId }: Pick<Item, 'source' | 'taskId'>): ReadonlySet<string> | undefined {
    return this.#whole.get(`${source}\n${taskId}`);
  }

  /** How many items of the buffer are not saved, and how many of these no later session is offered. */
  get unsaved(): { readonly items: number; readonly lost: number } {
    const unsaved = this.buffer.all().filter((fetched) => !this.#saved.has(fetched));
    return { items: unsaved.length, lost: unsaved.filter((fetched) => this.#unkept.has(fetched)).length };
  }

  /** The item is saved, and stays in the buffer until the session ends. */
  keepSaved(fetched: Fetched): void {
    this.#saved.add(fetched);
  }

  /** Takes an item out of the buffer: it is saved, or not wanted. */
  async letGo(fetched: Fetched): Promise<void> {
    this.buffer.remove(fetched);
    this.#saved.delete(fetched);
    this.#unkept.delete(fetched);
    await this.holding.release(fetched);
  }

  async close(): Promise<void> {
    // What is saved is nobody's to be offered.
    for (const fetched of [...this.#saved]) await this.letGo(fetched);
    // One that fails to close must not keep the others open.
    await Promise.allSettled([
      ...[...this.#sources.values()].map(async (opened) => (await opened).source.close?.()),
      ...[...this.#sinks.keys()].map((name) => this.#closeSink(name)),
      this.holding.close(),
      this.#catalog?.then((catalog) => catalog.close()),
    ]);
  }

  async #closeSink(name: string): Promise<void> {
    const opened = this.#sinks.get(name);
    this.#sinks.delete(name);
    const sink = await opened?.catch(() => undefined);
    await sink?.close?.();
  }
}

/** A body that could not be made is not kept: the next command may bring what was missing. */
function remember<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  let value = made.get(name);
  if (value === undefined) {
    value = make();
    made.set(name, value);
    value.catch(() => made.delete(name));
  }
  return value;
}
