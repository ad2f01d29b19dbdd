/**
 * The records of models, LoRAs and embeddings, which the service gives to everybody. Each is asked for once a session;
 * one that cannot be had ends nothing, and the items that were made with it go without.
 */

import pMap from 'p-map';
import {
  AlbarettoError,
  type Document,
  isInterruption,
  printable,
  SharedRequests,
  type SourceContext,
} from '../../src/plugin.js';
import { badAnswer, explain } from './answers.js';
import { type Fields, fields, text } from './fields.js';
import { record } from './records.js';

export interface ModelRecord {
  readonly name?: string;
  /** What an image's own record tells of its model. */
  readonly facts: Fields;
  readonly document: Document;
}

/** Those that the gallery's original downloader kept with each image. */
const FACTS = ['id', 'name', 'activeVersionId', 'author', 'externalId', 'modelProvider'] as const;

const AT_ONCE = 6;

/** Characters of records that are kept in memory; the one that was not needed for longest goes, and is asked for again. */
const MOST_KEPT = 16_777_216;

/** Milliseconds before a look-up is tried again that failed for another reason than that there is no such model. */
const PAUSE = 300_000;

/** How many models that cannot be had are remembered. */
const MOST_MISSING = 10_000;

export class Models {
  /** In the order in which they were last needed. */
  readonly #kept = new Map<string, ModelRecord>();
  #characters = 0;
  /** Until when they are not asked for. */
  readonly #missing = new Map<string, number>();
  readonly #told = new Set<string>();
  readonly #requests = new SharedRequests<ModelRecord | undefined>();

  constructor(private readonly context: SourceContext) {}

  /**
   * The records of these models, in this order, without those that cannot be had.
   * @throws E_INTERRUPTED and nothing else.
   */
  async all(ids: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlyMap<string, ModelRecord>> {
    const found = await pMap(ids, (id) => this.#one(id, signal), { concurrency: AT_ONCE });
    return new Map(
      ids.flatMap((id, position) => {
        const model = found[position];
        return model === undefined ? [] : [[id, model] as const];
      }),
    );
  }

  async #one(id: string, signal: AbortSignal | undefined): Promise<ModelRecord | undefined> {
    const kept = this.#kept.get(id);
    if (kept !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return kept;
    }
    if ((this.#missing.get(id) ?? 0) > this.context.now()) return undefined;
    return this.#requests.ask(id, signal, (own) => this.#ask(id, own));
  }

  async #ask(id: string, signal: AbortSignal | undefined): Promise<ModelRecord | undefined> {
    const what = `reading the model ${printable(id, 80)}`;
    try {
      const url = `/models/metadata-items/${encodeURIComponent(id)}`;
      const answer = await this.context.http.json({ url, authorize: false, what, signal, explain });
      if (fields(answer.value) === undefined) throw badAnswer(what, 'no record');
      const model = toModel(id, fields(answer.lossless()) ?? {}, what);
      this.#keep(id, model);
      return model;
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError) || isInterruption(thrown)) throw thrown;
      this.#miss(id, thrown);
      return undefined;
    }
  }

  #keep(id: string, model: ModelRecord): void {
    this.#missing.delete(id);
    this.#kept.set(id, model);
    this.#characters += model.document.json.length;
    for (const [oldest, { document }] of this.#kept) {
      if (this.#characters <= MOST_KEPT || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      this.#characters -= document.json.length;
    }
  }

  #miss(id: string, error: AlbarettoError): void {
    const isGone = error.code === 'E_NOT_FOUND';
    this.#missing.set(id, isGone ? Number.POSITIVE_INFINITY : this.context.now() + PAUSE);
    if (this.#missing.size > MOST_MISSING) this.#missing.delete(this.#missing.keys().next().value ?? '');
    if (this.#told.has(id)) return;
    if (this.#told.size < MOST_MISSING) this.#told.add(id);
    const name = printable(id, 80);
    if (isGone) this.context.warn(`the model ${name} is deleted; what was made with it is kept without its record`);
    else this.context.warn(`what was made with the model ${name} is kept without its record: ${error.message}`);
  }
}

function toModel(id: string, lossless: Fields, what: string): ModelRecord {
  const known = FACTS.filter((name) => Object.hasOwn(lossless, name));
  const name = text(lossless.name);
  return {
    ...(name === undefined ? {} : { name }),
    facts: Object.fromEntries(known.map((fact) => [fact, lossless[fact]])),
    document: { kind: 'model', id, json: record(lossless, what).json },
  };
}
