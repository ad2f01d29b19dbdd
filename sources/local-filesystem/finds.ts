import type { RecordPlace } from './folder-records.js';
import { stemOf } from './media-types.js';
import { fileKey, joinedKey, naturalKey } from './natural-order.js';
import type { Recorded } from './recorded.js';

/** A file of a folder, as far as an order needs to know it. */
export interface Entry {
  readonly name: string;
  readonly source: string;
  readonly taskId: string;
  readonly id: string;
  /** As its record says; `undefined` where none does. */
  readonly index?: number | undefined;
  /** `undefined` for a file without a record. */
  readonly place?: RecordPlace;
  /** Whether its record lists further files. */
  readonly hasCompanions?: boolean;
}

/** The files of one folder that records speak of, as they are found. */
export class Finds {
  readonly #entries: Entry[] = [];
  readonly #items = new Set<string>();
  readonly #others = new Set<string>();
  /** By source and id: which entry has it. */
  readonly #holders = new Map<string, number>();
  readonly #missing: string[] = [];
  /** Equal texts of many records, once. */
  readonly #texts = new Map<string, string>();

  /** The first record that speaks of a file counts. */
  add(name: string, recorded: Recorded, place: RecordPlace): void {
    if (this.#items.has(name)) return;
    this.#items.add(name);
    const { source, taskId, id, index, companions } = recorded;
    this.#entries.push({
      name,
      source: this.#once(source),
      taskId: this.#once(taskId),
      id,
      index,
      place,
      ...(companions.length === 0 ? {} : { hasCompanions: true }),
    });
    this.#settleId(this.#entries.length - 1);
  }

  /**
   * A second file of one item (`a-2.webp`: other bytes under the same name) keeps its record and is called by its name, so
   * that neither passes for the other.
   */
  #settleId(position: number): void {
    const { name, id, source } = this.#entries[position]!;
    const holder = this.#holders.get(keyOf(source, id));
    if (holder === undefined) this.#holders.set(keyOf(source, id), position);
    else if (stemOf(name) !== id) this.#callByName(position);
    else {
      this.#holders.set(keyOf(source, id), position);
      this.#callByName(holder);
    }
  }

  #callByName(position: number): void {
    const entry = this.#entries[position]!;
    const stem = stemOf(entry.name);
    const id = this.#holders.has(keyOf(entry.source, stem)) ? entry.name : stem;
    this.#entries[position] = { ...entry, id };
    this.#holders.set(keyOf(entry.source, id), position);
  }

  /** A file that is a record, or belongs to an item. */
  speakFor(name: string): void {
    this.#others.add(name);
  }

  spokenFor(name: string): boolean {
    return this.#items.has(name) || this.#others.has(name);
  }

  /** Media that a record lists and that have no file. */
  miss(ids: readonly string[]): void {
    this.#missing.push(...ids);
  }

  get missing(): readonly string[] {
    return this.#missing;
  }

  /** What belongs to one task comes together: whoever saves it knows by that when a task is through. */
  inOrder(): readonly Entry[] {
    const keyed = this.#entries.map((entry) => ({ entry, key: orderOf(entry) }));
    keyed.sort((one, other) => (one.key < other.key ? -1 : 1));
    return keyed.map(({ entry }) => entry);
  }

  /** The task of all records, where they agree. */
  get task(): { readonly source: string; readonly id: string } | undefined {
    const [first, ...others] = this.#entries;
    if (first === undefined) return undefined;
    const agree = others.every(({ source, taskId }) => source === first.source && taskId === first.taskId);
    return agree ? { source: first.source, id: first.taskId } : undefined;
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}

function keyOf(source: string, id: string): string {
  return `${source}\n${id}`;
}

/** An item without a number comes behind those with one. */
function orderOf({ taskId, source, index, name }: Entry): string {
  return joinedKey(
    naturalKey(taskId),
    taskId,
    source,
    index === undefined ? '1' : '0',
    naturalKey(`${index ?? ''}`),
    fileKey(name),
  );
}
