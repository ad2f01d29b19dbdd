/** How a file without a record is called: by its name, as long as no other file of the same listing is called so. */

import { basename } from 'node:path';
import { stemOf } from './media-types.js';

/** What no id may hold; a name of a file may, on some systems. */
const UNFIT = /[/\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu;

export class PlainIds {
  readonly #taken = new Set<string>();

  /**
   * The name without its extension; with it where `isShared` says that another file of the folder has the same stem. One
   * that a file of an earlier folder has already gets its folder's name before it: two pictures must not pass for one.
   */
  idOf(folder: string, name: string, isShared: boolean): string {
    const plain = escaped(isShared ? name : stemOf(name));
    const own = `${plainTaskId(folder)}-${plain}`;
    const whole = `${plainTaskId(folder)}-${escaped(name)}`;
    let id = [plain, own, whole].find((candidate) => !this.#taken.has(candidate));
    for (let number = 2; id === undefined; number += 1) {
      const numbered = `${whole}~${number}`;
      if (!this.#taken.has(numbered)) id = numbered;
    }
    this.#taken.add(id);
    return id;
  }
}

/** The task of files without a record: their folder's name. */
export function plainTaskId(folder: string): string {
  return escaped(basename(folder)) || 'root';
}

/** Separators and control characters, which a name may have and an id may not, as `%5C`. */
function escaped(text: string): string {
  if (text.search(UNFIT) < 0) return text;
  return text.replace(UNFIT, (unfit) => `%${unfit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
