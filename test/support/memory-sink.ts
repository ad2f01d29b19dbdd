/** A sink that keeps its promises in memory, in every combination of capabilities, and breaks one of them when told to. */

import { createHash } from 'node:crypto';
import {
  AlbarettoError,
  asAlbarettoError,
  type ExistingFile,
  interrupted,
  type PutOptions,
  type Receipt,
  type Sink,
  type SinkCapabilities,
  type Store,
  type StoreFile,
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

export interface MemorySink extends Sink {
  readonly files: readonly MemoryFile[];
}

export function memorySink(options: MemorySinkOptions): MemorySink {
  let files: MemoryFile[] = [];
  let ids = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const broken = (fault: Fault): boolean => options.fault === fault;
  const nextId = (): string => `id-${broken('reserves the same id again') ? 1 : ++ids}`;

  const storeAt = (folder: string): Store => ({
    label: folder === '' ? 'memory' : folder,
    location: `memory:/${folder}`,
    async folder(name, { signal }) {
      if (signal?.aborted) throw interrupted();
      if (name === '' || name.includes('/')) throw refused(name);
      if (broken('has one folder for all')) return storeAt('all');
      const below = broken('makes a new folder each time') ? `${name} ${++ids}` : name;
      return storeAt(folder === '' ? below : `${folder}/${below}`);
    },
    put: (file, putOptions) => put(folder, file, putOptions),
    async has(asked) {
      const here = files.filter((file) => file.folder === folder);
      const names = here.map((file) => (options.uniqueNames ? file.name : file.key));
      const wanted = asked.map((file) => (options.uniqueNames ? file.name : file.key));
      return new Set(broken('tells everything as there') ? wanted : wanted.filter((name) => names.includes(name)));
    },
    ...(options.reserves ? { reserve: async (count: number) => Array.from({ length: count }, nextId) } : {}),
  });

  async function put(folder: string, file: StoreFile, putOptions: PutOptions): Promise<Receipt> {
    checkName(file.name);
    if (broken('stores before it reads')) add(folder, file, new Uint8Array(0), file.name);
    const bytes = await readBytes(file, putOptions, broken);
    const store = async (): Promise<Receipt> => carryOut(await decide(folder, file, bytes), folder, file, bytes);
    if (broken('decides and stores in two steps')) return store();
    const mine = turn.then(store);
    turn = mine.catch(() => undefined);
    return mine;
  }

  const same = (one: string, other: string): boolean =>
    options.caseSensitive ? one === other : one.toLowerCase() === other.toLowerCase();
  const candidates = (folder: string, file: StoreFile): MemoryFile[] =>
    files.filter(
      (found) =>
        found.folder === folder &&
        (options.uniqueNames
          ? same(found.name, file.name) || isNumbered(found.name, file.name)
          : found.key === file.key),
    );

  /** The file that holds the bytes already or is to be replaced, or `undefined` for a new one. */
  async function decide(folder: string, file: StoreFile, bytes: Uint8Array): Promise<MemoryFile | undefined> {
    if (broken('makes the same file twice')) return undefined;
    const there = candidates(folder, file);
    const reserved = files.find((found) => file.reservation !== undefined && found.id === file.reservation);
    const equal = [...(reserved === undefined ? [] : [reserved]), ...there].find((found) =>
      Buffer.from(found.bytes).equals(bytes),
    );
    if (equal !== undefined) {
      if (broken('asks about the same bytes')) await file.replaces?.(existing(equal));
      return equal;
    }
    const [first] = there;
    if (first === undefined || broken('never replaces')) return undefined;
    if (broken('replaces what is different') || file.onDifferent === 'replace') return first;
    return (await file.replaces?.(existing(first))) ? first : undefined;
  }

  function carryOut(found: MemoryFile | undefined, folder: string, file: StoreFile, bytes: Uint8Array): Receipt {
    if (
      found === undefined ||
      (broken('makes a second file to replace one') && !Buffer.from(found.bytes).equals(bytes))
    ) {
      return receipt(add(folder, file, bytes, freeName(folder, file.name)), file, 'created');
    }
    if (Buffer.from(found.bytes).equals(bytes)) {
      if (broken('touches the time of what is present')) found.modifiedAt = file.createdAt ?? new Date();
      return receipt(found, file, 'present');
    }
    found.bytes = bytes;
    return receipt(found, file, 'replaced');
  }

  function freeName(folder: string, name: string): string {
    if (!options.uniqueNames) return name;
    for (let number = 1; ; number++) {
      const tried = numbered(name, number, !broken('numbers without minding the limit'));
      if (!files.some((file) => file.folder === folder && same(file.name, tried))) return tried;
    }
  }

  function add(folder: string, file: StoreFile, bytes: Uint8Array, name: string): MemoryFile {
    const slash = broken('takes separators for folders') ? name.lastIndexOf('/') : -1;
    const stored: MemoryFile = {
      id: file.reservation ?? nextId(),
      name: broken('loses letters that are not ASCII') ? name.replace(/[^ -~]/gu, '_') : name.slice(slash + 1),
      key: file.key,
      bytes,
      folder: slash < 0 ? folder : name.slice(0, slash),
      modifiedAt: file.createdAt ?? new Date(0),
    };
    files.push(stored);
    return stored;
  }

  function checkName(name: string): void {
    const separators = broken('takes separators for folders') ? /\0/u : /[/\0]/u;
    if (name === '' || name === '.' || name === '..' || separators.test(name)) throw refused(name);
  }

  function receipt(stored: MemoryFile, file: StoreFile, outcome: Receipt['outcome']): Receipt {
    const declared = file.bytes.digests.find((digest) => digest.algorithm === 'sha256')?.hex ?? '';
    return {
      name: stored.name,
      location: stored.id,
      size: broken('tells a wrong size') ? stored.bytes.length + 1 : stored.bytes.length,
      digest: { algorithm: 'sha256', hex: broken('copies the declared digest') ? declared : sha256(stored.bytes) },
      outcome,
    };
  }

  return {
    get files() {
      return files;
    },
    describe: () => 'memory',
    async open(_destination, { signal }) {
      if (signal?.aborted) throw interrupted();
      if (broken('forgets its files when it is opened again')) files = [];
      return storeAt('');
    },
  };
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
  return [2, 3, 4, 5, 6, 7, 8].some((number) => numbered(plain, number, true) === name);
}

function refused(name: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_DESTINATION', message: `${JSON.stringify(name)} is no name` });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
