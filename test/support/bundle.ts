/** Programs of the tests as they run: bundled by a process of its own. */

import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Answers the path of the bundled program.
 * @param whole With the installed packages inside, as the real one is: it runs from any folder.
 */
export async function bundleProgram(entry: string, folder: string, { whole = true } = {}): Promise<string> {
  await promisify(execFile)(process.execPath, ['scripts/bundle.mjs', entry, folder, ...(whole ? ['--whole'] : [])]);
  return join(folder, `${basename(entry, '.ts')}.mjs`);
}
