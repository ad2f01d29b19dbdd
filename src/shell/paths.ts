/** The paths that the Tab key offers. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** More would fill no screen that a person reads. */
const MOST = 2_000;

/**
 * Lists what begins with a path as far as it is typed, spelled as it begins (`~/Pic` gives `~/Pictures/`). Folders, and
 * links to folders, end with a slash. Hidden names are listed only where a dot is typed. A folder that cannot be read
 * has nothing to offer.
 *
 * @param resolvePath Turns a typed path into one for the file system: `~` and the current folder.
 */
export async function listPaths(prefix: string, resolvePath: (typed: string) => string): Promise<readonly string[]> {
  if (prefix === '~') return ['~/'];
  const cut = lastSeparator(prefix) + 1;
  const folder = prefix.slice(0, cut);
  const begins = prefix.slice(cut);
  const path = resolvePath(folder === '' ? '.' : folder);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const fitting = entries.filter(
    ({ name }) => name.startsWith(begins) && (begins.startsWith('.') || !name.startsWith('.')),
  );
  const paths = fitting.slice(0, MOST).map(async (entry) => {
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(join(path, entry.name))));
    return `${folder}${entry.name}${isFolder ? '/' : ''}`;
  });
  return Promise.all(paths);
}

function lastSeparator(path: string): number {
  return process.platform === 'win32' ? Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) : path.lastIndexOf('/');
}

async function leadsToFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined); // a link that leads nowhere
  return found?.isDirectory() ?? false;
}
