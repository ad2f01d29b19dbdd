/** What the gallery's original downloader wrote, and the answers that it was given. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Golden } from '../../fakes/happy-accidents/index.js';

export interface ExpectedFile {
  readonly path: string;
  /** The original set no time for what it kept of models. */
  readonly modifiedAt?: Date;
  readonly bytes: Buffer;
}

function lines(name: string): string[] {
  const path = fileURLToPath(new URL(`golden/${name}`, import.meta.url));
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

/** The tree, by path. */
export const EXPECTED: ReadonlyMap<string, ExpectedFile> = new Map(
  lines('expected.jsonl').map((line) => {
    const { path, modifiedAt, text, base64 } = JSON.parse(line) as Record<string, string>;
    const bytes = text === undefined ? Buffer.from(base64!, 'base64') : Buffer.from(text);
    return [path!, { path: path!, bytes, ...(modifiedAt === undefined ? {} : { modifiedAt: new Date(modifiedAt) }) }];
  }),
);

export const GOLDEN: Golden = {
  page: `{"items":[${lines('inferences.jsonl').join(',')}]}`,
  models: lines('models.jsonl'),
  picture: (imageId) => EXPECTED.get(`${imageId}.png`)?.bytes,
};
