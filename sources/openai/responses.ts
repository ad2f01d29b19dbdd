/** Responses: waiting for one, its pictures, and the chain of those that it goes on from. */

import {
  AlbarettoError,
  eachUntilAborted,
  fromService,
  type Item,
  type ListOptions,
  printable,
  type RawRecord,
  rawRecord,
  type SourceContext,
  type Task,
} from '../../src/plugin.js';
import { fields, type ResponseAnswer } from './answers.js';
import type { Api } from './api.js';
import { callsIn, type PictureCall } from './calls.js';
import { factsOf, itemsOfCall, type Surroundings, timesOf } from './items.js';
import { endOf, notOfResponse, stillPending, withoutPictures } from './outcome.js';
import { promptOf } from './prompts.js';
import type { Undelivered } from './undelivered.js';

const PLUGIN = 'openai';

/** Milliseconds between two looks at a response that is being made: at first, and at most. */
const FIRST_INTERVAL = 2000;
const LONGEST_INTERVAL = 10_000;

/** A chain that goes on beyond this is taken for one without an end. */
const LONGEST_CHAIN = 10_000;

export class Responses {
  constructor(
    private readonly context: SourceContext,
    private readonly api: Api,
    private readonly undelivered: Undelivered,
    /** Milliseconds. */
    private readonly patience: number,
  ) {}

  /**
   * One response with its pictures.
   * @param only The one picture that is meant.
   * @throws E_TASK_FAILED in the service's words, E_NOT_FOUND where it has no pictures, E_TIMEOUT.
   */
  async one(id: string, only: string | undefined, signal: AbortSignal | undefined): Promise<Task> {
    const response = await this.#finished(id, signal);
    const calls = callsIn(response.output, `reading ${id}`);
    if (!calls.some(({ pictures }) => pictures.length > 0)) throw withoutPictures(response, calls);
    if (only !== undefined && !calls.some(({ pictures }) => pictures.some((picture) => picture.id === only)))
      throw notOfResponse(only, id);
    return this.#taskOf(response, calls, only, signal);
  }

  /**
   * The response and those that it goes on from, newest first, as far as the service has them. Those without pictures are
   * passed over.
   * @throws what `one` throws, where there is none with pictures.
   */
  async *chain(id: string, { signal, since }: ListOptions): AsyncGenerator<Task> {
    const asked = new Set([id]);
    let first: AlbarettoError | undefined;
    let found = false;
    for (let response: ResponseAnswer | undefined = await this.#finished(id, signal); response !== undefined; ) {
      const calls = callsIn(response.output, `reading ${response.id}`);
      if (calls.some(({ pictures }) => pictures.length > 0)) {
        found = true;
        yield await this.#taskOf(response, calls, undefined, signal);
      } else {
        const reason = withoutPictures(response, calls);
        first ??= reason;
        this.context.debug(`passed over: ${reason.message}`);
      }
      if (since !== undefined && (response.created ?? Number.POSITIVE_INFINITY) * 1000 < since.getTime()) break;
      response = await this.#previousOf(response, asked, signal);
    }
    if (!found && first !== undefined) throw first;
  }

  async #previousOf(
    { id, previous }: ResponseAnswer,
    asked: Set<string>,
    signal: AbortSignal | undefined,
  ): Promise<ResponseAnswer | undefined> {
    if (previous === undefined) return undefined;
    if (asked.has(previous) || asked.size === LONGEST_CHAIN) {
      this.context.warn(`the chain of ${id} leads round in a circle, or has no end: it is left at ${id}`);
      return undefined;
    }
    asked.add(previous);
    try {
      return await this.api.response(previous, signal);
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_NOT_FOUND') throw thrown;
      this.context.warn(
        `the chain ends at ${id}: the service has ${previous} no more (it keeps responses thirty days)`,
      );
      return undefined;
    }
  }

  async #finished(id: string, signal: AbortSignal | undefined): Promise<ResponseAnswer> {
    const { context } = this;
    const deadline = context.now() + this.patience;
    for (let interval = FIRST_INTERVAL; ; interval = Math.min(interval * 1.5, LONGEST_INTERVAL)) {
      const response = await this.api.response(id, signal);
      if (response.status !== 'queued' && response.status !== 'in_progress') return response;
      if (context.now() + interval > deadline) throw stillPending(response, this.patience);
      const left = Math.ceil((deadline - context.now()) / 1000);
      context.progress(`${id} is still ${response.status.replace('_', ' ')}; waiting up to ${left} s more`);
      await context.sleep(interval, signal);
    }
  }

  async #taskOf(
    response: ResponseAnswer,
    calls: readonly PictureCall[],
    only: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Task> {
    this.#tellLosses(response, calls);
    const prompt = await promptOf(response.id, this.api, this.context, signal);
    const times = timesOf(response);
    const record = { response: withoutCalls(response, calls) };
    const facts = factsOf(response);
    const surroundings = { taskId: response.id, prompt, times, facts, tool: response.tool, record };
    const items = this.#itemsOf(response, calls, surroundings).filter(({ id }) => only === undefined || id === only);
    return {
      source: PLUGIN,
      id: response.id,
      count: items.length,
      ...(prompt === undefined ? {} : { prompt: fromService(prompt) }),
      ...times,
      raw: rawOf(record),
      items: eachUntilAborted(items, signal),
    };
  }

  #itemsOf(response: ResponseAnswer, calls: readonly PictureCall[], surroundings: Surroundings): readonly Item[] {
    const lossless = outputOf(response);
    let count = 0;
    return calls.flatMap((call) => {
      const items = itemsOfCall(call, lossless[call.position], count + 1, surroundings, this.undelivered);
      count += items.length;
      return items;
    });
  }

  /** What is missing although there are pictures. */
  #tellLosses(response: ResponseAnswer, calls: readonly PictureCall[]): void {
    const end = endOf(response);
    if (end !== undefined) this.context.warn(`${response.id} ${end}; the pictures that it has are fetched`);
    for (const { id, status = 'without a status', pictures } of calls) {
      if (pictures.length === 0) this.context.warn(`${id} of ${response.id} has no picture (${printable(status, 40)})`);
    }
  }
}

/** The record of a response, its output without what are items of their own. */
function withoutCalls(response: ResponseAnswer, calls: readonly PictureCall[]) {
  const own = new Set(calls.flatMap(({ position, pictures }) => (pictures.length > 0 ? [position] : [])));
  const lossless = response.lossless();
  if (!Array.isArray(lossless.output)) return lossless;
  return { ...lossless, output: lossless.output.filter((_item, position) => !own.has(position)) };
}

function outputOf(response: ResponseAnswer): readonly unknown[] {
  const { output } = response.lossless();
  return Array.isArray(output) ? output : [];
}

function rawOf(record: { readonly response: unknown }): RawRecord {
  return rawRecord(fields(record.response) ?? {});
}
