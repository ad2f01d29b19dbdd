/** The archives that the original programs wrote, and the fakes that serve what these were made from. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { FakeHappyAccidents } from '../fakes/happy-accidents/index.js';
import type { FakeImgur } from '../fakes/imgur/index.js';

export const GOLDEN = resolve('test/golden');
export const GOLDEN_ALBUMS = ['aB3dE5f', 'zY9xW7v'] as const;

/** Paths of all files below a folder, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

export function loadGoldenAlbums(fake: FakeImgur): void {
  for (const id of GOLDEN_ALBUMS) {
    const folder = join(GOLDEN, 'imgur/expected', id);
    const files = Object.fromEntries(
      readdirSync(folder)
        .filter((name) => !name.endsWith('.json'))
        .map((name) => [name, readFileSync(join(folder, name))]),
    );
    fake.albumFromResponse(readFileSync(join(GOLDEN, `imgur/album-${id}.response.json`), 'utf8'), files);
  }
}

export function loadGoldenGallery(fake: FakeHappyAccidents): void {
  const root = join(GOLDEN, 'happy-accidents');
  const models = readdirSync(join(root, 'models')).map((name) => readFileSync(join(root, 'models', name), 'utf8'));
  fake.loadGolden({
    page: readFileSync(join(root, 'inferences-page-0.response.json'), 'utf8'),
    models,
    picture: (id) => readFileSync(join(root, 'expected', `${id}.png`)),
  });
}

/** What the original gave each file as its modification time. */
export function goldenTimes(): ReadonlyMap<string, string> {
  const lines = readFileSync(join(GOLDEN, 'happy-accidents/expected-mtimes.tsv'), 'utf8').trim().split('\n');
  return new Map(lines.map((line) => line.split('\t') as [string, string]));
}

export function modifiedAt(path: string): string {
  return statSync(path).mtime.toISOString();
}
