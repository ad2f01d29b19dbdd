/** What must be true of a folder of pictures and of the catalog, whatever happened to the programs that wrote them. */

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { isTemporaryName } from '../../sinks/local-filesystem/temporary-name.js';
import { CATALOG_NAME, openCatalog, type SavedFile } from '../../src/archive/catalog/catalog.js';
import type { FakeDalle2 } from '../fakes/dalle2/index.js';

/** The SHA-256 of every picture that the service has, by the id of its generation. */
export type Pictures = ReadonlyMap<string, string>;

export function picturesOf(service: Pick<FakeDalle2, 'tasks'>): Pictures {
  return new Map(
    service.tasks.flatMap(({ generations }) => generations.map(({ id, picture }) => [id, sha256(picture)] as const)),
  );
}

export interface FolderCheck {
  /** What stands under a final name and is not whole, is not the service's, or should not be there; in words. */
  readonly faults: readonly string[];
  /** Files of writers that have not come to their end. */
  readonly temporary: readonly string[];
  /** Ids of the items whose picture, and whose record, is there. */
  readonly pictures: readonly string[];
  readonly records: readonly string[];
}

/** A folder that is not there is an empty one. A second copy of a picture has a name of its own, and is a fault. */
export function checkFolder(folder: string, pictures: Pictures): FolderCheck {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const final = names.filter((name) => !isTemporaryName(name));
  const idsWith = (ending: string) =>
    final.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  return {
    faults: final.flatMap((name) => faultOf(folder, name, pictures)),
    temporary: names.filter(isTemporaryName),
    pictures: idsWith('.webp'),
    records: idsWith('.json'),
  };
}

function faultOf(folder: string, name: string, pictures: Pictures): string[] {
  const [, id, ending] = /^(.+)\.(webp|json)$/u.exec(name) ?? [];
  const expected = pictures.get(id ?? '');
  if (expected === undefined) return [`${name} should not be there`];
  const bytes = readFileSync(join(folder, name));
  if (ending === 'webp') return sha256(bytes) === expected ? [] : [`${name} is broken (${bytes.length} bytes)`];
  try {
    const record = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    if (record.id === id && record.file === `${id}.webp` && record.sha256 === expected) return [];
    return [`${name} speaks of another picture`];
  } catch {
    return [`${name} is no JSON (${bytes.length} bytes)`];
  }
}

/**
 * The rows of the catalog as they are committed at this moment. A copy is read: opening the catalog undoes what a killed
 * process had half written, and that is for the program itself to do.
 */
export async function committedFiles(config: string): Promise<SavedFile[]> {
  if (!existsSync(join(config, CATALOG_NAME))) return [];
  const copy = mkdtempSync(join(tmpdir(), 'albaretto-catalog-'));
  try {
    cpSync(config, copy, { recursive: true });
    const catalog = await openCatalog(join(copy, CATALOG_NAME));
    const files: SavedFile[] = [];
    for await (const file of catalog.search({})) files.push(file);
    await catalog.close();
    return files;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Rows that claim what is not so, in words. */
export function falseRows(files: readonly SavedFile[]): string[] {
  return files
    .filter(({ state }) => state === 'saved')
    .flatMap(({ name, location, size, sha256: claimed }) => {
      if (!existsSync(location)) return [`the catalog has ${name}, which is not there`];
      const bytes = readFileSync(location);
      return bytes.length === size && sha256(bytes) === claimed ? [] : [`the catalog has other bytes of ${name}`];
    });
}

/** The items whose picture the catalog has. */
export function committedItems(files: readonly SavedFile[]): Set<string> {
  return new Set(files.filter(({ role, state }) => role === 'media' && state === 'saved').map(({ item }) => item));
}

/** How often the picture of each item was asked for, from the request at a position on. */
export function downloadsOf(service: Pick<FakeDalle2, 'requests'>, from = 0): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { host, target } of service.requests.slice(from)) {
    const id = host === 'blob' ? /generation-\w+/u.exec(target)?.[0] : undefined;
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/**
 * What is below the folder of fetched and not yet saved items, and cannot be used: parts, half written records, bytes that
 * are none of the pictures. Whole items that could not be saved are kept there, and are no fault.
 */
export function uselessUnsaved(config: string, pictures: Pictures): string[] {
  const known = new Set(pictures.values());
  const isWhole = (name: string) =>
    name.endsWith('.json') ||
    (name.endsWith('.data') && known.has(sha256(readFileSync(join(config, 'unsaved', name)))));
  return unsavedIn(config).filter((name) => name.includes(sep) && !isWhole(name));
}

/** All that is below that folder. */
export function unsavedIn(config: string): string[] {
  const folder = join(config, 'unsaved');
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [];
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
