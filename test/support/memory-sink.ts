/** A sink that keeps its promises in memory, in every combination of capabilities, and breaks one of them when told to. */

import { createHash } from 'node:crypto';
import {
  AlbarettoError,
  asAlbarettoError,
  type Condition,
  type ExistingFile,
  type ExpectedFile,
  type InspectOptions,
  interrupted,
  type PutOptions,
  type Receipt,
  type Sink,
  type SinkCapabilities,
  type Store,
  type StoredFile,
  type StoreFile,
  usageError,
} from '../../src/plugin.js';

/** What a careless sink does. */
export type Fault =
  | 'keeps short bodies'
  | 'keeps long bodies'
  | 'keeps what was read before a failure'
  | 'takes an empty chunk for the end'
  | 'stores before it reads'
  | 'lets raw errors out'
  | 'ignores aborts'
  | 'copies the declared digest'
  | 'tells a wrong size'
  | 'counts no progress'
  | 'makes the same file twice'
  | 'replaces what is different'
  | 'makes a second file to replace one'
  | 'never replaces'
  | 'asks about the same bytes'
  | 'touches the time of what is present'
  | 'decides and stores in two steps'
  | 'makes a new folder each time'
  | 'has one folder for all'
  | 'tells everything as there'
  | 'tells everything as whole'
  | 'looks at sizes alone'
  | 'looks at digests alone'
  | 'tells what is missing at the end'
  | 'looks in every folder'
  | 'looks in its own folder alone'
  | 'reads whatever has the name'
  | 'reads the oldest of a name'
  | 'reads what was there first'
  | 'reads in every folder'
  | 'reads each file once'
  | 'reads the first kilobyte alone'
  | 'tells digests of other bytes'
  | 'takes any name for a folder'
  | 'reserves the same id again'
  | 'loses letters that are not ASCII'
  | 'numbers without minding the limit'
  | 'takes separators for folders'
  | 'forgets its files when it is opened again';

export interface MemoryFile {
  readonly id: string;
  name: string;
  readonly key: string;
  bytes: Uint8Array;
  /** What it held when it was made. */
  readonly firstBytes: Uint8Array;
  folder: string;
  modifiedAt: Date;
}

export interface MemorySinkOptions extends Pick<SinkCapabilities, 'uniqueNames' | 'caseSensitive' | 'reserves'> {
  readonly fault?: Fault | undefined;
}

export function memoryCapabilities(options: MemorySinkOptions): SinkCapabilities {
  const { uniqueNames, caseSensitive, reserves } = options;
  return {
    atomicReplace: true,
    digests: ['sha256'],
    longestName: 255,
    uniqueNames,
    caseSensitive,
    reserves,
    concurrency: 6,
  };
}

/** The sink over a memory of its own; `files` is what it holds. */
export class MemorySink implements Sink {
  files: MemoryFile[] = [];
  readonly #options: MemorySinkOptions;
  #ids = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: MemorySinkOptions) {
    this.#options = options;
  }

  describe(): string {
    return 'memory';
  }

  checkFolderName(name: string): void {
    const refuses = name.trim() === '' || name === '.' || name === '..' || /[/\0]/u.test(name);
    if (refuses && !this.#breaks('takes any name for a folder')) throw usageError(`${JSON.stringify(name)} is no name`);
  }

  async open(
    _destination: string | undefined,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<Store> {
    if (signal?.aborted) throw interrupted();
    if (this.#breaks('forgets its files when it is opened again')) this.files = [];
    return this.#store('');
  }

  #breaks(fault: Fault): boolean {
    return this.#options.fault === fault;
  }

  #nextId(): string {
    if (!this.#breaks('reserves the same id again')) this.#ids += 1;
    return `id-${this.#ids}`;
  }

  #store(folder: string): Store {
    const reserve = async (count: number): Promise<string[]> => Array.from({ length: count }, () => this.#nextId());
    return {
      label: folder === '' ? 'memory' : folder,
      location: `memory:/${folder}`,
      folder: async (name, { signal }) => {
        if (signal?.aborted) throw interrupted();
        return this.#store(this.#folderBelow(folder, name));
      },
      put: (file, options) => this.#put(folder, file, options),
      has: async (files) => this.#has(folder, files),
      read: async (file, options) => this.#read(folder, file, options.signal),
      inspect: async (files, options) => this.#inspect(folder, files, options),
      ...(this.#options.reserves ? { reserve } : {}),
    };
  }

  #folderBelow(folder: string, name: string): string {
    this.checkFolderName(name);
    if (name === '') throw refused(name);
    if (this.#breaks('has one folder for all')) return 'all';
    const below = this.#breaks('makes a new folder each time') ? `${name} ${this.#nextId()}` : name;
    return folder === '' ? below : `${folder}/${below}`;
  }

  #has(folder: string, asked: readonly Pick<StoreFile, 'name' | 'key'>[]): ReadonlySet<string> {
    const wordOf = (file: Pick<StoreFile, 'name' | 'key'>): string =>
      this.#options.uniqueNames ? file.name : file.key;
    const here = new Set(this.files.filter((file) => file.folder === folder).map(wordOf));
    const wanted = asked.map(wordOf);
    return new Set(this.#breaks('tells everything as there') ? wanted : wanted.filter((word) => here.has(word)));
  }

  #inspect(folder: string, files: readonly ExpectedFile[], { signal, deep }: InspectOptions): Condition[] {
    if (signal?.aborted && !this.#breaks('ignores aborts')) throw interrupted();
    const conditions = files.map((expected): Condition => {
      // What is looked at was mostly made last.
      const found = this.files.findLast(
        (file) => file.id === expected.location && this.#isWhere(file, folder, expected),
      );
      if (this.#breaks('tells everything as whole')) return 'whole';
      if (found === undefined) return 'missing';
      const sameSize = found.bytes.length === expected.size || this.#breaks('looks at digests alone');
      const digest = expected.digests.find(({ algorithm }) => algorithm === 'sha256')?.hex;
      const sameBytes = !deep || this.#breaks('looks at sizes alone') || digest === sha256(found.bytes);
      return sameSize && sameBytes ? 'whole' : 'damaged';
    });
    return this.#breaks('tells what is missing at the end') ? conditions.sort().reverse() : conditions;
  }

  /** Whether a file lies in the folder that its expected name speaks of, seen from `folder`. */
  #isWhere(file: MemoryFile, folder: string, { name }: ExpectedFile): boolean {
    if (this.#breaks('looks in every folder')) return true;
    if (this.#breaks('looks in its own folder alone')) return file.folder === folder;
    const parts = name.split('/');
    const path = [...(folder === '' ? [] : [folder]), ...parts.slice(0, -1)].join('/');
    return !parts.includes('') && file.folder === path;
  }

  #read(
    folder: string,
    wanted: Pick<StoreFile, 'name' | 'key'>,
    signal: AbortSignal | undefined,
  ): StoredFile | undefined {
    if (signal?.aborted && !this.#breaks('ignores aborts')) throw interrupted();
    const found = this.#readable(folder, wanted);
    if (found === undefined) return undefined;
    const bytes = this.#breaks('reads what was there first') ? found.firstBytes : found.bytes;
    const hex = sha256(this.#breaks('tells digests of other bytes') ? found.firstBytes : bytes);
    let opened = 0;
    const broken = (fault: Fault): boolean => this.#breaks(fault);
    return {
      name: found.name,
      location: found.id,
      size: bytes.length,
      digests: [{ algorithm: 'sha256', hex }],
      async *open() {
        opened += 1;
        if (opened > 1 && broken('reads each file once')) return;
        yield* broken('reads the first kilobyte alone') ? [bytes.subarray(0, 1024)] : slicesOf(bytes);
      },
    };
  }

  #readable(folder: string, { name, key }: Pick<StoreFile, 'name' | 'key'>): MemoryFile | undefined {
    const here = this.files.filter((file) => file.folder === folder || this.#breaks('reads in every folder'));
    const named = here.filter((file) => file.name === name).sort((a, b) => +b.modifiedAt - +a.modifiedAt);
    const newest = this.#breaks('reads the oldest of a name') ? named.at(-1) : named[0];
    if (this.#options.uniqueNames || this.#breaks('reads whatever has the name')) return newest;
    const own = here.filter((file) => file.key === key);
    return own.find((file) => file.name === name) ?? own[0] ?? newest;
  }

  async #put(folder: string, file: StoreFile, options: PutOptions): Promise<Receipt> {
    this.#checkName(file.name);
    if (this.#breaks('stores before it reads')) this.#add(folder, file, new Uint8Array(0), file.name);
    const bytes = await readBytes(file, options, (fault) => this.#breaks(fault));
    const store = async (): Promise<Receipt> =>
      this.#carryOut(await this.#decide(folder, file, bytes), folder, file, bytes);
    if (this.#breaks('decides and stores in two steps')) return store();
    const mine = this.#turn.then(store);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #checkName(name: string): void {
    const separators = this.#breaks('takes separators for folders') ? /\0/u : /[/\0]/u;
    if (name === '' || name === '.' || name === '..' || separators.test(name)) throw refused(name);
  }

  /** The file that holds the bytes already or is to be replaced, or `undefined` for a new one. */
  async #decide(folder: string, file: StoreFile, bytes: Uint8Array): Promise<MemoryFile | undefined> {
    if (this.#breaks('makes the same file twice')) return undefined;
    const there = this.files.filter((found) => this.#concerns(found, folder, file));
    const equal = there.find((found) => Buffer.from(found.bytes).equals(bytes));
    if (equal !== undefined) {
      if (this.#breaks('asks about the same bytes')) await file.replaces?.(existing(equal));
      return equal;
    }
    const [first] = there;
    if (first === undefined || this.#breaks('never replaces')) return undefined;
    if (this.#breaks('replaces what is different') || file.onDifferent === 'replace') return first;
    return (await file.replaces?.(existing(first))) ? first : undefined;
  }

  #concerns(found: MemoryFile, folder: string, file: StoreFile): boolean {
    if (found.id === file.reservation) return true;
    if (found.folder !== folder) return false;
    if (!this.#options.uniqueNames) return found.key === file.key;
    // Most of many files are told apart by their first letter, without a thought of cases and numbers.
    if ((found.name.charCodeAt(0) ^ file.name.charCodeAt(0)) & 0x1f) return false;
    return this.#same(found.name, file.name) || isNumbered(found.name, file.name);
  }

  #same(one: string, other: string): boolean {
    return this.#options.caseSensitive ? one === other : one.toLowerCase() === other.toLowerCase();
  }

  #carryOut(found: MemoryFile | undefined, folder: string, file: StoreFile, bytes: Uint8Array): Receipt {
    const equal = found !== undefined && Buffer.from(found.bytes).equals(bytes);
    if (found === undefined || (!equal && this.#breaks('makes a second file to replace one'))) {
      return this.#receipt(this.#add(folder, file, bytes, this.#freeName(folder, file.name)), file, 'created');
    }
    if (equal) {
      if (this.#breaks('touches the time of what is present')) found.modifiedAt = file.createdAt ?? new Date();
      return this.#receipt(found, file, 'present');
    }
    found.bytes = bytes;
    return this.#receipt(found, file, 'replaced');
  }

  #freeName(folder: string, name: string): string {
    if (!this.#options.uniqueNames) return name;
    for (let number = 1; ; number++) {
      const tried = numbered(name, number, !this.#breaks('numbers without minding the limit'));
      const first = tried.charCodeAt(0);
      const isTaken = (file: MemoryFile): boolean =>
        ((file.name.charCodeAt(0) ^ first) & 0x1f) === 0 && file.folder === folder && this.#same(file.name, tried);
      if (!this.files.some(isTaken)) return tried;
    }
  }

  #add(folder: string, file: StoreFile, bytes: Uint8Array, name: string): MemoryFile {
    const slash = this.#breaks('takes separators for folders') ? name.lastIndexOf('/') : -1;
    const stored: MemoryFile = {
      id: file.reservation ?? this.#nextId(),
      name: this.#breaks('loses letters that are not ASCII') ? name.replace(/[^ -~]/gu, '_') : name.slice(slash + 1),
      key: file.key,
      bytes,
      firstBytes: bytes,
      folder: slash < 0 ? folder : name.slice(0, slash),
      modifiedAt: file.createdAt ?? new Date(0),
    };
    this.files.push(stored);
    return stored;
  }

  #receipt(stored: MemoryFile, file: StoreFile, outcome: Receipt['outcome']): Receipt {
    const declared = file.bytes.digests.find((digest) => digest.algorithm === 'sha256')?.hex ?? '';
    return {
      name: stored.name,
      location: stored.id,
      size: this.#breaks('tells a wrong size') ? stored.bytes.length + 1 : stored.bytes.length,
      digest: {
        algorithm: 'sha256',
        hex: this.#breaks('copies the declared digest') ? declared : sha256(stored.bytes),
      },
      outcome,
    };
  }
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096);
}

async function readBytes(file: StoreFile, options: PutOptions, broken: (fault: Fault) => boolean): Promise<Uint8Array> {
  const signal = broken('ignores aborts') ? undefined : options.signal;
  const chunks: Uint8Array[] = [];
  const iterator = file.bytes.open()[Symbol.asyncIterator]();
  try {
    for (let sent = 0; ; ) {
      const result = await untilAborted(iterator.next(), signal);
      if (result.done || (result.value.length === 0 && broken('takes an empty chunk for the end'))) break;
      chunks.push(result.value);
      sent += result.value.length;
      if (!broken('counts no progress')) options.onProgress?.(sent);
    }
  } catch (thrown) {
    if (signal?.aborted) throw interrupted(thrown);
    if (!broken('keeps what was read before a failure'))
      throw broken('lets raw errors out') ? thrown : asAlbarettoError(thrown);
    return Buffer.concat(chunks);
  }
  const bytes = Buffer.concat(chunks);
  const wrong =
    (bytes.length < file.bytes.size && !broken('keeps short bodies')) ||
    (bytes.length > file.bytes.size && !broken('keeps long bodies'));
  if (wrong) throw new AlbarettoError({ code: 'E_TRUNCATED', message: `${bytes.length} bytes for ${file.bytes.size}` });
  return bytes;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) throw interrupted();
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(interrupted());
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function existing(file: MemoryFile): ExistingFile {
  return {
    size: file.bytes.length,
    async *open() {
      yield file.bytes;
    },
  };
}

function numbered(name: string, number: number, fits: boolean): string {
  if (number === 1) return name;
  const [, stem = name, extension = ''] = /^(.+)(\.[^.]*)$/u.exec(name) ?? [];
  const letters = [...stem];
  const whole = (): string => `${letters.join('')}-${number}${extension}`;
  while (fits && Buffer.byteLength(whole()) > 255) letters.pop();
  return whole();
}

function isNumbered(name: string, plain: string): boolean {
  // Most are told apart by how they begin, which a number leaves as it is.
  const dot = plain.lastIndexOf('.');
  if (!name.startsWith(plain.slice(0, Math.min(8, dot > 0 ? dot : plain.length)))) return false;
  return [2, 3, 4, 5, 6, 7, 8].some((number) => numbered(plain, number, true) === name);
}

function refused(name: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_DESTINATION', message: `${JSON.stringify(name)} is no name` });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
