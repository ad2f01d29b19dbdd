/** A source that keeps its promises over a service in memory, and breaks one of them when told to. */

import {
  AlbarettoError,
  defineSource,
  fromService,
  type Item,
  interrupted,
  type ListOptions,
  type LocateOptions,
  type Location,
  printable,
  rawRecord,
  type Source,
  type SourceDescriptor,
  type Task,
} from '../../src/plugin.js';
import { parseLossless } from '../../src/raw.js';
import { GOOD_TOKEN, type MemoryItem, type MemoryService, type MemoryTask } from './memory-service.js';

/** What a careless source does. */
export type SourceFault =
  | 'numbers from zero'
  | 'repeats an id'
  | 'makes new ids each time'
  | 'keeps a function in its items'
  | 'keeps the signed link'
  | 'keeps the token'
  | 'drops a field'
  | 'rounds numbers'
  | 'forgets to list what it left out'
  | 'takes paths for ids'
  | 'asks before it is asked'
  | 'reads ahead'
  | 'lists the oldest first'
  | 'lists a task twice'
  | 'gives items to what is absent'
  | 'counts items of what is absent'
  | 'leaves out what is absent'
  | 'ends pages where there are items alone'
  | 'ignores aborts'
  | 'leaves its requests running'
  | 'lists on after an abort'
  | 'makes something up for an unknown reference'
  | 'links by http'
  | 'makes something up for an unknown item'
  | 'renews nothing'
  | 'renews for each caller'
  | 'ends all callers with one'
  | 'lets raw errors out'
  | 'speaks without its name'
  | 'keeps the words of the service to itself'
  | 'passes control characters on'
  | 'asks with any token'
  | 'repeats a wrong token'
  | 'throws for odd references'
  | 'recognises everything'
  | 'changes its mind'
  | 'changes what it recognised'
  | 'has its service at an http address';

export interface MemorySourceOptions {
  readonly service: MemoryService;
  readonly fault?: SourceFault | undefined;
  /** Items carry their bytes instead of a link. */
  readonly inline?: boolean;
  readonly token?: string;
  /** What the descriptor has besides. */
  readonly more?: Partial<Pick<SourceDescriptor, 'layout' | 'importer' | 'credentials' | 'options'>>;
}

const NAME = 'memory';
const LINK_LIFE = 3_600_000;

export function memoryDescriptor(options: MemorySourceOptions & { readonly name?: string }): SourceDescriptor {
  const { fault } = options;
  const body = { create: () => memorySource(options) };
  let times = 0;
  return defineSource({
    name: options.name ?? NAME,
    title: 'Memory',
    description: 'tasks in memory',
    references: 'a task id (task-…)',
    baseUrl: `${fault === 'has its service at an http address' ? 'http' : 'https'}://memory.invalid`,
    capabilities: { all: true, concurrency: 4 },
    ...(options.inline ? {} : { credentials: memoryCredentials(fault) }),
    recognise(reference) {
      if (fault === 'throws for odd references') new URL(reference.startsWith('http') ? reference : 'https://x');
      times += 1;
      if (fault === 'changes its mind' && times % 2 === 0) return undefined;
      if (fault === 'recognises everything') return { confidence: 'possible', reference };
      if (!/^task-[A-Za-z0-9]{3,20}$/u.test(reference)) return undefined;
      return {
        confidence: 'certain',
        reference: fault === 'changes what it recognised' ? reference.slice(0, -1) : reference,
      };
    },
    load: async () => body,
    ...options.more,
  });
}

function memoryCredentials(fault: SourceFault | undefined): NonNullable<SourceDescriptor['credentials']> {
  return {
    name: 'token',
    label: 'memory token',
    howTo: 'Think of one.',
    required: true,
    check(pasted) {
      const token = pasted.trim().replace(/^bearer\s+/iu, '');
      if (/^mem-[0-9a-z]+$/u.test(token)) return token;
      const message = fault === 'repeats a wrong token' ? `${pasted.trim()} is no token` : 'this is no token';
      throw new AlbarettoError({
        code: 'E_CREDENTIALS',
        message,
        hint: 'it begins with mem-',
        plugin: NAME,
        reach: 'run',
      });
    },
    header: { name: 'authorization', prefix: 'Bearer ' },
  };
}

function memorySource(options: MemorySourceOptions): Source {
  return new MemorySource(options);
}

export class MemorySource implements Source {
  readonly #service: MemoryService;
  readonly #options: MemorySourceOptions;
  readonly #renewals = new Map<string, Promise<MemoryTask | undefined>>();

  constructor(options: MemorySourceOptions) {
    this.#options = options;
    this.#service = options.service;
  }

  #broken(fault: SourceFault): boolean {
    return this.#options.fault === fault;
  }

  open(reference: string, options: ListOptions): AsyncIterable<Task> {
    if (this.#broken('asks before it is asked')) void this.#ask(undefined, () => undefined);
    return this.#open(reference, options);
  }

  async *#open(reference: string, { signal }: ListOptions): AsyncGenerator<Task> {
    const found = await this.#ask(signal, () => this.#service.tasks.find((task) => task.id === reference));
    const task =
      found ?? (this.#broken('makes something up for an unknown reference') ? this.#service.tasks[0] : undefined);
    if (task === undefined) throw notFound(reference);
    yield this.#task(task, signal);
  }

  all(options: ListOptions): AsyncIterable<Task> {
    return this.#all(options);
  }

  async *#all({ signal, cursor, limit }: ListOptions): AsyncGenerator<Task> {
    const service = this.#service;
    const place = service.tasks.findIndex((task) => task.id === cursor);
    const first = Math.floor((place + 1) / service.pageSize);
    const pages = () => Array.from({ length: service.pages() }, (_, index) => index + 1).slice(first);
    const ahead = this.#broken('reads ahead') ? pages().map((page) => this.#ask(signal, () => service.page(page))) : [];
    let skipped = place + 1 - first * service.pageSize;
    let left = service.heedsLimit ? (limit ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    for (const page of pages()) {
      const tasks = (await ahead[page - 1]) ?? (await this.#ask(signal, () => service.page(page)));
      const fresh = tasks.slice(skipped).filter((task) => isThere(task) || !this.#broken('leaves out what is absent'));
      skipped = 0;
      const ordered = this.#broken('lists the oldest first') ? [...fresh].reverse() : fresh;
      for (const task of this.#broken('lists a task twice') ? [...ordered, ordered[0]!] : ordered) {
        if (left <= 0) return;
        left -= task.items.length;
        const last = this.#broken('ends pages where there are items alone')
          ? ordered.findLast(isThere)
          : ordered.at(-1);
        yield { ...this.#task(task, signal), ...this.#place(task, task === last) };
      }
    }
  }

  #place(task: MemoryTask, isLast: boolean): Partial<Task> {
    const { endsPages, hasCursors } = this.#service;
    return { ...(endsPages && isLast ? { endsPage: true } : {}), ...(hasCursors ? { cursor: task.id } : {}) };
  }

  async locate(item: Pick<Item, 'id' | 'taskId'>, { signal, renew }: LocateOptions): Promise<Location> {
    if (signal?.aborted && !this.#broken('ignores aborts')) throw interrupted(signal.reason);
    const known = this.#service.tasks.find((task) => task.id === item.taskId);
    if (renew && !this.#broken('renews nothing')) await this.#renew(item.taskId, signal);
    const found = known === undefined ? undefined : findItem(known, item.id);
    if (found === undefined) {
      if (this.#broken('makes something up for an unknown item')) return { kind: 'bytes', bytes: new Uint8Array(1) };
      throw notFound(item.id);
    }
    this.#service.located.push(found.id);
    this.#service.signals.push(signal);
    await found.gate;
    if (signal?.aborted) throw interrupted(signal.reason);
    if (found.failure !== undefined) throw found.failure;
    if (this.#options.inline) return { kind: 'bytes', bytes: found.bytes };
    const scheme = this.#broken('links by http') ? 'http' : 'https';
    return {
      kind: 'request',
      url: `${scheme}://media.invalid/${found.id}?sig=${found.renewals}&se=2`,
      expiresAt: Date.now() + LINK_LIFE,
    };
  }

  async check(signal?: AbortSignal) {
    await this.#ask(signal, () => undefined);
    return fromService('somebody');
  }

  #renew(taskId: string, signal: AbortSignal | undefined): Promise<MemoryTask | undefined> {
    const ask = () => this.#ask(signal, () => renewed(this.#service.tasks.find((task) => task.id === taskId)));
    if (this.#broken('renews for each caller')) return ask();
    const running = this.#renewals.get(taskId) ?? ask().finally(() => this.#renewals.delete(taskId));
    this.#renewals.set(taskId, running);
    if (this.#broken('ends all callers with one')) return running;
    return running.catch((thrown: unknown) => {
      if (isInterruption(thrown) && signal?.aborted !== true) return this.#renew(taskId, signal);
      throw thrown;
    });
  }

  async #ask<T>(signal: AbortSignal | undefined, answer: () => T): Promise<T> {
    const { token = GOOD_TOKEN, inline } = this.#options;
    if (!inline && !this.#broken('asks with any token')) memoryCredentials(undefined).check(token);
    const ignored = this.#broken('ignores aborts') || this.#broken('leaves its requests running');
    const asked = this.#service.ask(ignored ? undefined : signal, answer);
    try {
      return await (this.#broken('leaves its requests running') ? Promise.race([asked, interruption(signal)]) : asked);
    } catch (thrown) {
      throw this.#told(thrown);
    }
  }

  #told(thrown: unknown): unknown {
    if (!(thrown instanceof AlbarettoError) || thrown.code === 'E_INTERRUPTED') return thrown;
    if (this.#broken('lets raw errors out')) return new Error(thrown.message);
    const words = this.#broken('passes control characters on') ? thrown.message : printable(thrown.message);
    const message = this.#broken('keeps the words of the service to itself') ? 'it failed' : words;
    return thrown.with(this.#broken('speaks without its name') ? { message } : { message, plugin: NAME });
  }

  #task(task: MemoryTask, signal: AbortSignal | undefined): Task {
    return {
      source: NAME,
      id: task.id,
      count: task.items.length,
      prompt: fromService(task.prompt),
      createdAt: new Date(task.created * 1000),
      ...task.facts,
      ...(isThere(task) || !this.#broken('counts items of what is absent') ? {} : { count: 1 }),
      items: this.#items(isThere(task) || !this.#broken('gives items to what is absent') ? task : this.#other, signal),
    };
  }

  /** A task that has items. */
  get #other(): MemoryTask {
    return this.#service.tasks.find(isThere)!;
  }

  async *#items(task: MemoryTask, signal: AbortSignal | undefined): AsyncGenerator<Item> {
    for (const [position, item] of task.items.entries()) {
      if (signal?.aborted && !this.#broken('ignores aborts') && !this.#broken('lists on after an abort')) {
        throw interrupted(signal.reason);
      }
      if (position === task.breaksAfter) throw brokenList(task.id);
      yield this.#item(task, item, position);
    }
  }

  #item(task: MemoryTask, item: MemoryItem, position: number): Item {
    const id = this.#broken('makes new ids each time') ? `${item.id}${Math.random()}` : item.id;
    const companions = item.companions.map((own) => ({ id: own.id, role: 'source', taskId: task.id }));
    const plain: Item = {
      source: NAME,
      taskId: task.id,
      id: this.#broken('repeats an id') ? 'always' : this.#broken('takes paths for ids') ? `a/${id}` : id,
      index: position + (this.#broken('numbers from zero') ? 0 : 1),
      mediaType: 'image/png',
      generation: { prompt: fromService(task.prompt) },
      createdAt: new Date(task.created * 1000),
      raw: this.#raw(item),
      ...(companions.length === 0 ? {} : { companions }),
      ...item.facts,
    };
    if (this.#broken('keeps the token')) return { ...plain, title: fromService(GOOD_TOKEN) };
    return this.#broken('keeps a function in its items') ? ({ ...plain, bytes: () => item.bytes } as Item) : plain;
  }

  #raw(item: MemoryItem) {
    const json = this.#service.record(item);
    if (this.#broken('keeps the signed link')) return { json, redacted: [] };
    if (this.#broken('rounds numbers')) return rawRecord(JSON.parse(json));
    const record = parseLossless(json) as Record<string, unknown>;
    if (this.#broken('drops a field')) delete record.scale;
    const raw = rawRecord(record);
    return this.#broken('forgets to list what it left out') ? { ...raw, redacted: [] } : raw;
  }
}

function isThere({ facts }: MemoryTask): boolean {
  return facts?.absent === undefined;
}

function findItem(task: MemoryTask, id: string): MemoryItem | undefined {
  return task.items.flatMap((item) => [item, ...item.companions]).find((item) => item.id === id);
}

function renewed(task: MemoryTask | undefined): MemoryTask | undefined {
  for (const item of task?.items ?? []) item.renewals += 1;
  return task;
}

function isInterruption(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && thrown.code === 'E_INTERRUPTED';
}

function interruption(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(interrupted(signal.reason)), { once: true });
  });
}

function brokenList(what: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_UNAVAILABLE', message: `${what}: the list broke off`, plugin: NAME });
}

function notFound(what: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `${what} is not there`,
    hint: 'check the id',
    plugin: NAME,
  });
}
