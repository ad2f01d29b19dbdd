/** Distinct, safe paths below one destination. */

import { NameBook } from './name-book.js';
import { type Extension, extensionOf, folderName, isExtension, type NameRules } from './names.js';

/** Parts of a path as a layout gives them; all of it may be untrusted. */
export interface PathParts {
  readonly folder?: readonly string[] | undefined;
  readonly stem: string;
  readonly suffix?: string | undefined;
  readonly extension: string;
}

export interface SafePath {
  readonly folder: readonly string[];
  readonly name: string;
}

/** A {@link NameBook} a folder, and one for the folders themselves: texts that differ stay apart on every disk. */
export class PathBook {
  readonly #rules: NameRules;
  readonly #books = new Map<string, NameBook>();
  /** Which text has each folded folder path. */
  readonly #folders = new Map<string, string>();

  constructor(rules: NameRules) {
    this.#rules = rules;
  }

  /** The same parts get the same path again. */
  path({ folder = [], stem, suffix, extension }: PathParts): SafePath {
    const safe: string[] = [];
    for (const [depth, text] of folder.entries()) safe.push(this.#folderName(safe, folder.slice(0, depth + 1), text));
    const key = this.#fold(safe.join('/'));
    const book = this.#books.get(key) ?? new NameBook(this.#rules);
    this.#books.set(key, book);
    return { folder: safe, name: book.name({ stem, suffix, extension: safeExtension(extension) }) };
  }

  #folderName(above: readonly string[], texts: readonly string[], text: string): string {
    const own = JSON.stringify(texts);
    for (const marked of [false, true]) {
      const name = folderName(text, this.#rules, marked);
      const place = this.#fold([...above, name].join('/'));
      const owner = this.#folders.get(place) ?? own;
      this.#folders.set(place, owner);
      if (owner === own) return name;
    }
    // Two texts with one digest: their files share a folder, where names are kept apart as well.
    return folderName(text, this.#rules, true);
  }

  #fold(text: string): string {
    return this.#rules.caseSensitive ? text : text.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
  }
}

/** A layout that asks for anything else does not decide what a system runs. */
function safeExtension(text: string): Extension {
  return isExtension(text) ? text : extensionOf('');
}
