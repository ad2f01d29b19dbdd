import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { localSink } from '../../../sinks/local-filesystem/sink.js';
import type { Store, StoreFile } from '../../../src/plugin.js';
import { whole } from '../../contract/sink/material.js';
import { type SinkContextOptions, sinkContext } from '../../support/sink-context.js';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A new, empty folder, gone after the test. */
export async function freshFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'albaretto-local-')));
  folders.push(folder);
  return folder;
}

export function openStore(folder: string, disk: Disk = nodeDisk, options: SinkContextOptions = {}): Promise<Store> {
  return localSink(sinkContext(options), disk).open(folder, {});
}

export function fileOf(content: string | Uint8Array, wishes: Partial<StoreFile> = {}): StoreFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    name: 'aB3dE5f.webp',
    role: 'media',
    bytes: whole(bytes),
    mediaType: 'image/webp',
    key: createHash('sha256').update(bytes).digest('base64url'),
    onDifferent: 'suffix',
    ...wishes,
  };
}

/** Names and contents of a folder's files, as text. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  const texts = await Promise.all(files.sort().map(async (name) => [name, await readFile(join(folder, name), 'utf8')]));
  return Object.fromEntries(texts);
}
