/** Distinct, safe paths below one destination. */

import { NameBook } from './name-book.js';
import { type Extension, extensionOf, folderName, isExtension, type NameRules } from './names.js';

/** Parts of a path as a layout gives them; all of it may be untrusted. */
export interface PathParts {
  readonly folder?: readonly string[] | undefined;
  readonly stem: string;
  readonly suffix?: string | undefined;
  readonly extension: string;
  /**
   * Whose file it is, where the stem does not say it: a title is that of many. At least one word. The first owner of a stem
   * has it as it is; to those of others these words are added, one after the other, until nobody has it.
   */
  readonly owner?: readonly string[] | undefined;
}

export interface SafePath {
  readonly folder: readonly string[];
  readonly name: string;
}

/** What is known of one folder. */
interface Shelf {
  readonly book: NameBook;
  /** Who has each stem, of those that tell. */
  readonly owners: Map<string, string>;
}

/**
 * A {@link NameBook} a folder, and one for the folders themselves: texts that differ stay apart on every disk. Where owners
 * or twins meet, names depend on the order in which they come, as there.
 */
export class PathBook {
  readonly #rules: NameRules;
  readonly #shelves = new Map<string, Shelf>();
  /** Which text has each folded folder path. */
  readonly #folders = new Map<string, string>();

  constructor(rules: NameRules) {
    this.#rules = rules;
  }

  /** The same parts get the same path again. */
  path({ folder = [], stem, owner, suffix, extension }: PathParts): SafePath {
    const safe: string[] = [];
    for (const [depth, text] of folder.entries()) safe.push(this.#folderName(safe, folder.slice(0, depth + 1), text));
    const { book, owners } = this.#shelf(safe);
    const own = owner === undefined ? stem : ownStem(stem, owner, owners);
    return { folder: safe, name: book.name({ stem: own, suffix, extension: safeExtension(extension) }) };
  }

  #shelf(folder: readonly string[]): Shelf {
    const place = this.#fold(folder.join('/'));
    const shelf = this.#shelves.get(place) ?? { book: new NameBook(this.#rules), owners: new Map() };
    this.#shelves.set(place, shelf);
    return shelf;
  }

  #folderName(above: readonly string[], texts: readonly string[], text: string): string {
    const own = JSON.stringify(texts);
    for (const marked of readsAsFile(text) ? [true] : [false, true]) {
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

/** @param owners Who has each stem. */
function ownStem(stem: string, owner: readonly string[], owners: Map<string, string>): string {
  const own = JSON.stringify(owner);
  let text = stem;
  for (let at = 0; (owners.get(text) ?? own) !== own; at += 1) text += `-${owner[at % owner.length]}`;
  owners.set(text, own);
  return text;
}

/** A folder `cat.png` would take the place of a picture of that name. Marked, it ends as no file does. */
function readsAsFile(text: string): boolean {
  const dot = text.lastIndexOf('.');
  return dot >= 0 && isExtension(text.slice(dot + 1).toLowerCase());
}

/** A layout that asks for anything else does not decide what a system runs. */
function safeExtension(text: string): Extension {
  return isExtension(text) ? text : extensionOf('');
}
