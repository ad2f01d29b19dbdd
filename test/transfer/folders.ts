/** Folders of a test, gone after it. */

import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function freshFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'albaretto-transfer-')));
  folders.push(folder);
  return folder;
}

/** Everything below a folder, folders too, as paths from it; nothing for one that is not there. */
export function below(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String).sort();
  } catch {
    return [];
  }
}
