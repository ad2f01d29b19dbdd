import { AlbarettoError } from '../errors.js';
import { fileName, MARK_LENGTH, markedFileName, type NameParts, type NameRules } from './names.js';

/** Tried in turn when even marked names meet, which takes two ids that were made for it. */
const MARK_LENGTHS = [MARK_LENGTH, 2 * MARK_LENGTH, 4 * MARK_LENGTH];

/**
 * Distinct names for the files of one folder, under the rules of its storage.
 *
 * Ids of some services are case-sensitive, and many disks are not: there `aB3dE5f.jpg` and `AB3dE5f.jpg` are one file. An
 * id gets its plain name, unless another id of the same folder differs from it by case alone, or an id with a suffix
 * reads like another id; then these ids get marked names, for all of their files. A marked name depends on the id alone.
 *
 * What it costs: a name that is safe without knowing the other ids would have to spell out the case of its letters, so
 * nearly every id on macOS and Windows would be marked for the sake of twins that hardly ever come. Therefore:
 *
 * - With the folder's files told ahead, a name depends on that set alone: not on the order, not on the run.
 * - Without, twins that come as a surprise depend on the order: the first keeps its plain name, the others are marked.
 *   If a later run lists them the other way round, the store finds other bytes under the plain name and keeps both files.
 *   Every id without a twin has the same name in every run either way.
 *
 * It remembers every name: about 150 bytes a file, most of it the name itself.
 */
export class NameBook {
  readonly #rules: NameRules;
  /** Stems whose names are marked because they have a twin among the files told ahead. */
  readonly #twins = new Set<string>();
  /**
   * The stem that first came with each folded text, which stays the first: a picture and its sidecar begin alike, and the
   * same parts get the same name again.
   */
  readonly #stems = new Map<string, string>();
  /** Which file has each folded name. */
  readonly #owners = new Map<string, string>();

  /** @param ahead The files of the folder, as far as they are known before the first is stored. */
  constructor(rules: NameRules, ahead: Iterable<NameParts> = []) {
    this.#rules = rules;
    this.#markTwins(ahead);
  }

  /**
   * The name of one file; the same parts get the same name again.
   *
   * @throws AlbarettoError `E_INTERNAL` as `fileName` does.
   */
  name(parts: NameParts): string {
    const file = ownerOf(parts);
    for (const name of this.#candidates(parts)) {
      const folded = this.#fold(name);
      const owner = this.#owners.get(folded);
      if (owner === undefined) this.#owners.set(folded, file);
      if (owner === undefined || owner === file) return name;
    }
    throw new AlbarettoError({ code: 'E_INTERNAL', message: 'two different texts have the same digest', reach: 'run' });
  }

  *#candidates(parts: NameParts): Generator<string> {
    if (!this.#isMarked(parts.stem)) yield fileName(parts, this.#rules);
    for (const length of MARK_LENGTHS) yield markedFileName(parts, this.#rules, length);
  }

  #isMarked(stem: string): boolean {
    if (this.#twins.has(stem)) return true;
    // Where case tells files apart a text folds to itself: there are no twins to remember.
    if (this.#rules.caseSensitive) return false;
    const folded = this.#fold(stem);
    const first = this.#stems.get(folded);
    if (first === undefined) this.#stems.set(folded, stem);
    return first !== undefined && first !== stem;
  }

  #markTwins(ahead: Iterable<NameParts>): void {
    const groups = new Map<string, Set<string>>();
    const join = (group: string, stem: string): void => {
      const stems = groups.get(group) ?? new Set();
      groups.set(group, stems.add(stem));
    };
    for (const parts of ahead) {
      join(`stem ${this.#fold(parts.stem)}`, parts.stem);
      join(`name ${this.#fold(fileName(parts, this.#rules))}`, parts.stem);
    }
    for (const stems of groups.values()) {
      for (const stem of stems) {
        if (stems.size > 1) this.#twins.add(stem);
        else if (!this.#stems.has(this.#fold(stem))) this.#stems.set(this.#fold(stem), stem);
      }
    }
  }

  /**
   * Equal for names that the storage may take for one. Upper case first, because some letters share only that (σ and ς);
   * where that joins more than a disk does (ß and ss), the price is a mark that was not needed.
   */
  #fold(text: string): string {
    if (this.#rules.caseSensitive) return text;
    return text.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
  }
}

/** Tells apart what may share a name; the extension shows in the name. Of most files it is the stem, which is there already. */
function ownerOf({ stem, suffix = '' }: NameParts): string {
  return suffix === '' ? stem : JSON.stringify([stem, suffix]);
}
