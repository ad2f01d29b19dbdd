/** A catalog of a test: in a folder of its own, closed and removed after each test. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import {
  CATALOG_NAME,
  type Catalog,
  type CatalogOptions,
  type NewSavedFile,
  openCatalog,
} from '../../../src/archive/catalog/catalog.js';
import type { NewRun } from '../../../src/archive/catalog/runs.js';
import { fromService } from '../../../src/model.js';

const folders: string[] = [];
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const catalog of opened.splice(0)) await catalog.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A path in a folder that is not there yet. */
export function freshPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'albaretto-catalog-'));
  folders.push(folder);
  return join(folder, 'config', CATALOG_NAME);
}

export async function open(path = freshPath(), options: CatalogOptions = {}): Promise<Catalog> {
  return closedLater(await openCatalog(path, options));
}

export function closedLater<T extends { close(): Promise<void> }>(catalog: T): T {
  opened.push(catalog);
  return catalog;
}

/** What a run tells of itself that has done nothing yet. */
export const NOTHING = { saved: 0, present: 0, failed: 0, bytes: 0 };

export const PLACE = { sink: 'local-filesystem', destination: '/pictures', source: 'dalle2' };
export const NOON = new Date('2024-05-01T12:00:00.000Z');

export function later(seconds: number): Date {
  return new Date(NOON.getTime() + seconds * 1000);
}

/** The picture of an item; every member can be another one. */
export function picture(item: string, changes: Partial<NewSavedFile> = {}): NewSavedFile {
  const name = changes.name ?? `${item}.webp`;
  return {
    ...PLACE,
    task: 'task-one',
    item,
    index: 1,
    role: 'media',
    sha256: 'a'.repeat(64),
    md5: 'b'.repeat(32),
    size: 1000,
    mediaType: 'image/webp',
    prompt: fromService('a red robot'),
    title: fromService('Robots'),
    itemCreatedAt: later(-3600),
    name,
    location: `/pictures/${name}`,
    savedAt: NOON,
    ...changes,
  };
}

export function someRun(changes: Partial<NewRun> = {}): NewRun {
  return { job: 'job', command: 'fetch task-one | save /pictures', startedAt: NOON, ...changes };
}

export async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
