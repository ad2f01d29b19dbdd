/** Which name a new file gets: its own, or a second one where something in the folder has that already. */

import type { StoreFile } from '../../src/plugin.js';
import type { Entries } from './entries.js';
import { fileIdentity } from './reservations.js';
import { secondName } from './second-name.js';

export class Names {
  /** By name, the files that are being made under it: the list does not show them yet. */
  readonly #claims = new Map<string, string>();

  /**
   * The same name in every try for the same file, until it is {@link release}d.
   * @param entries Everything that lies in the folder, whoever put it there.
   */
  claim(file: StoreFile, entries: Entries): string {
    // A document whose layout replaces it has a name that other programs look for: it bears no number.
    if (file.role === 'document' && file.onDifferent === 'replace') return file.name;
    const own = fileIdentity(file);
    const isTaken = (name: string) => entries.hasName(name) || (this.#claims.get(name) ?? own) !== own;
    const name = isTaken(file.name) ? secondName(file.name, isTaken) : file.name;
    this.#claims.set(name, own);
    return name;
  }

  /** The list shows the file by now. */
  release(name: string): void {
    this.#claims.delete(name);
  }
}
