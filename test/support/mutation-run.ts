/**
 * Thousands of mutated documents through one source: what holds for each of them, whatever it says, and how long one may
 * take. Nothing of a test runner is called for a document, because that would cost more than the document itself.
 */

import fc from 'fast-check';
import { isSingleName } from '../../sinks/local-filesystem/file-name.js';
import { extensionOf, fileName } from '../../src/archive/names.js';
import { AlbarettoError, type Item, type Task } from '../../src/plugin.js';
import { DEFAULT_RETRY, type RetryPolicy } from '../../src/retry.js';

export const DOCUMENTS = process.env.ALBARETTO_SWEEP === 'whole' ? 10_000 : 2_500;
/** Milliseconds for one document, with all tries and all requests that it leads to. */
export const MOST_TIME = 200;

/** How often something is tried again is no matter of what a document says: one more time shows all that can happen. */
export const TWO_TRIES: RetryPolicy = { ...DEFAULT_RETRY, tries: 2 };

/**
 * Runs every document through the same walk.
 *
 * @param each Serves a document and walks all that it leads to; throws where a promise is broken. It must bear to be called
 * several times for one document: whether one was slow, or this process waited for its turn on a busy machine, is told by further
 * walks and the processor time that they take.
 * @throws With the document, and the seed that makes it again.
 */
export async function runMutated<Served>(
  documents: fc.Arbitrary<Served>,
  each: (document: Served) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(documents, async (document) => {
    const begun = performance.now();
    await each(document);
    if (performance.now() - begun >= MOST_TIME) await expectQuick(() => each(document));
    demandNoPollution();
  });
  await fc.assert(property, { numRuns: DOCUMENTS, endOnFailure: true });
  demandWholePrototypes();
}

/** A collection of garbage may fall into one walk; a document that is slow by itself is so each time. */
const WALKS = 3;

async function expectQuick(walk: () => Promise<void>): Promise<void> {
  const times: number[] = [];
  while (times.length < WALKS && !times.some((time) => time < MOST_TIME)) {
    const before = process.cpuUsage();
    await walk();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  const milliseconds = Math.min(...times);
  demand(milliseconds < MOST_TIME, () => `it takes ${milliseconds} ms`);
}

/** How walks ended: a run in which none, or all, got through would prove little. */
export class Ends {
  items = 0;
  errors = 0;

  /** @param secrets What no error may repeat. */
  constructor(private readonly secrets: readonly string[] = []) {}

  /** Only an AlbarettoError with printable words may end `work`, and one that is no fault of the program. */
  async orTypedError(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError) || thrown.code === 'E_INTERNAL') throw thrown;
      this.errors += 1;
      const words = thrown.describe();
      demandPrintable(words);
      demand(!this.secrets.some((secret) => words.includes(secret)), 'an error repeats a secret');
    }
  }
}

export function demand(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof what === 'string' ? what : what());
}

export function demandPrintable(text: string): void {
  const drives = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u.test(text);
  demand(!drives, () => `${JSON.stringify(text)} would drive a terminal`);
}

export function demandForm(text: string, form: RegExp): void {
  demand(form.test(text), () => `${JSON.stringify(text)} has not the form ${form}`);
}

let lastJson = '';

export function demandJson(json: string): void {
  // Items of one task hold the same record.
  if (json === lastJson) return;
  JSON.parse(json);
  lastJson = json;
}

export interface TaskForms {
  readonly source: string;
  readonly id: RegExp;
  readonly cursor?: RegExp;
}

/** What holds for every task. A task that is absent says so and has nothing else to keep. */
export function demandTask(task: Task, { source, id, cursor }: TaskForms): void {
  demand(task.source === source, () => `the task is of ${task.source}`);
  demandForm(task.id, id);
  demandTimes(task);
  if (task.raw !== undefined) demandJson(task.raw.json);
  if (task.cursor !== undefined) demandForm(task.cursor, cursor ?? /^$/u);
  demand(task.absent === undefined || task.count === 0, 'an absent task has no items');
}

/** What holds for every item, its companions and its documents. */
export function demandItem(item: Item, task: Task, id: RegExp): void {
  const { source, taskId, index, raw, companions = [], documents = [], mediaType = 'image/png' } = item;
  demand(source === task.source && taskId === task.id, () => `${item.id} is not of its task`);
  demand(task.absent === undefined, () => `${item.id} is of an absent task`);
  demand(Number.isSafeInteger(index) && index > 0, () => `${item.id} has the number ${index}`);
  demandTimes(item);
  demandJson(raw.json);
  for (const { json } of documents) demandJson(json);
  demandGeneration(item);
  for (const own of [item, ...companions]) {
    demandForm(own.id, id);
    demandFileName(own.id, extensionOf(mediaType));
  }
}

function demandTimes({ createdAt, expiresAt }: Pick<Item, 'createdAt' | 'expiresAt'>): void {
  for (const time of [createdAt, expiresAt]) demand(!Number.isNaN(time?.getTime() ?? 0), 'a time is none');
}

function demandGeneration({ id, size, generation }: Item): void {
  const { seed = '0', width = 1, height = 1, steps = 1, guidance = 0, durationMs = 0 } = generation;
  demandForm(seed, /^-?\d+$/u);
  for (const count of [width, height, steps])
    demand(Number.isSafeInteger(count) && count >= 0, () => `${id} has a count that is none`);
  for (const amount of [durationMs, size ?? 0])
    demand(Number.isFinite(amount) && amount >= 0, () => `${id} has an amount that is none`);
  demand(Number.isFinite(guidance), () => `${id} has a guidance that is none`);
}

const SYSTEMS = ['linux', 'win32'] as const;

/** @throws for an id that would not become the name of one file, on every system. */
export function demandFileName(stem: string, extension: ReturnType<typeof extensionOf>): void {
  demandSingleName(fileName({ stem, extension }, { longestName: 255, caseSensitive: true }));
}

export function demandSingleName(name: string): void {
  for (const system of SYSTEMS) demand(isSingleName(name, system), () => `${name} is no name on ${system}`);
}

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) => ({
  prototype,
  members: Reflect.ownKeys(prototype),
}));

/** What everybody would inherit: members that were put into a prototype can be counted. */
function demandNoPollution(): void {
  for (const name in []) throw new Error(`a prototype has got a member ${name}`);
}

function demandWholePrototypes(): void {
  for (const { prototype, members } of PROTOTYPES) {
    const now = Reflect.ownKeys(prototype);
    demand(now.length === members.length && now.every((name, at) => name === members[at]), 'a prototype was changed');
  }
}
