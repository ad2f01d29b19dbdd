/** A source over a folder of the test's own, and what a test does with it. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createLocalFilesystem } from '../../../sources/local-filesystem/client.js';
import { type Disk, nodeDisk } from '../../../sources/local-filesystem/disk.js';
import descriptor from '../../../sources/local-filesystem/index.js';
import type { Item, Source, Task } from '../../../src/plugin.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { nobody, noNetwork } from '../../support/sink-context.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export interface ListedTask {
  readonly task: Task;
  readonly items: readonly Item[];
}

export interface FolderRig {
  readonly source: Source;
  readonly warnings: string[];
  readonly debug: string[];
  /** A path in the folder that relative paths begin in. */
  path(...parts: string[]): string;
  /** Writes a file, and the folders above it. */
  write(path: string, content: Uint8Array | string, modified?: Date): void;
  /** Writes a JSON file. */
  record(path: string, value: unknown): void;
  list(reference: string, signal?: AbortSignal): Promise<readonly ListedTask[]>;
  /** The only task. */
  only(reference: string): Promise<ListedTask>;
  /** The items of the only task. */
  items(reference: string): Promise<readonly Item[]>;
  /** `task: item item` for each task. */
  ids(reference: string): Promise<readonly string[]>;
  /** The bytes of an item or a companion, as the program would read them. */
  read(item: Parameters<Source['locate']>[0]): Promise<Buffer>;
  close(): void;
}

export interface FolderRigOptions {
  /** Calls of the file system that go another way. */
  readonly disk?: Partial<Disk>;
  /** The folder of another rig, for another run over the same files. */
  readonly base?: string;
}

export function openFolderRig(options: FolderRigOptions = {}): FolderRig {
  const base = options.base ?? realpathSync(mkdtempSync(join(tmpdir(), 'albaretto-folder-')));
  const warnings: string[] = [];
  const debug: string[] = [];
  const clock = new VirtualClock();
  const path = (...parts: string[]) => join(base, ...parts);
  const source = createLocalFilesystem(
    {
      http: noNetwork(),
      baseUrl: descriptor.baseUrl,
      secrets: memorySecrets(),
      redact: () => undefined,
      resolvePath: (typed) => resolve(base, typed),
      options: {},
      ask: nobody(),
      progress: () => undefined,
      warn: (text) => void warnings.push(text),
      debug: (text) => void debug.push(text),
      now: clock.now,
      sleep: clock.sleep,
    },
    { ...nodeDisk, ...options.disk },
  );
  const write = (name: string, content: Uint8Array | string, modified?: Date) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), content);
    if (modified !== undefined) utimesSync(path(name), modified, modified);
  };
  const list = async (reference: string, signal?: AbortSignal) => {
    const listed: ListedTask[] = [];
    for await (const task of source.open(reference, { signal })) {
      const items: Item[] = [];
      for await (const item of task.items) items.push(item);
      listed.push({ task, items });
    }
    return listed;
  };
  const only = async (reference: string) => {
    const [task, ...others] = await list(reference);
    if (task === undefined || others.length > 0) throw new Error('it is not one task');
    return task;
  };
  return {
    source,
    warnings,
    debug,
    path,
    write,
    record: (name, value) => write(name, typeof value === 'string' ? value : JSON.stringify(value)),
    list,
    only,
    items: async (reference) => (await only(reference)).items,
    ids: async (reference) =>
      (await list(reference)).map(({ task, items }) => `${task.id}: ${items.map(({ id }) => id).join(' ')}`),
    async read(item) {
      const location = await source.locate(item, { renew: false });
      if (location.kind !== 'stream') throw new Error('it is no stream');
      const chunks: Uint8Array[] = [];
      for await (const chunk of location.open()) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    close() {
      if (options.base === undefined) rmSync(base, { recursive: true, force: true });
    },
  };
}
