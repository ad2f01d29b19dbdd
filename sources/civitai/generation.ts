/** How a result was made: by the input of its step, or by what the site's generator wrote beside the workflow. */

import { fromService, type Generation, type Untrusted } from '../../src/plugin.js';
import { type Blob, stemOf } from './blobs.js';
import type { Result } from './results.js';
import { amount, compact, type Fields, fields, side, text, wholeNumber } from './values.js';
import type { Step, Workflow } from './workflows.js';

/**
 * The kinds of steps name the same thing differently; where one has a sampler and a scheduler, the sampler is what is meant.
 * https://developer.civitai.com/orchestration/reference/
 */
export function generationOf(workflow: Workflow, { blob, step }: Result): Generation {
  const places = placesOf(workflow, step);
  const look = <T>(read: Reader<T>, ...names: readonly string[]) => lookUp(workflow, places, names, read);
  return compact<Generation>({
    prompt: look(asText, 'prompt'),
    negativePrompt: look(asText, 'negativePrompt'),
    model: look(asText, 'model', 'diffuserModel', 'engine'),
    seed: look(asSeed, 'seed'),
    kind: step.type === undefined ? undefined : fromService(step.type),
    parent: parentOf(workflow, step),
    width: blob.width ?? side(step.input.width),
    height: blob.height ?? side(step.input.height),
    steps: look(asCount, 'steps', 'numInferenceSteps'),
    sampler: look(asText, 'sampler', 'sampleMethod', 'scheduler'),
    guidance: look(amount, 'cfgScale', 'guidanceScale', 'guidance', 'cfg'),
    durationMs: step.duration ?? workflow.duration,
    cost: costOf(workflow),
  });
}

/** What the workflow as a whole cost, tips included, in Buzz: of one colour, where it says which. */
function costOf({ cost, currencies }: Workflow): string | undefined {
  if (cost === undefined) return undefined;
  const [colour, ...others] = currencies;
  return colour === undefined || others.length > 0 ? `${cost} buzz` : `${cost} ${colour} buzz`;
}

/** Of the workflow as a whole: the first of its steps that has one. */
export function promptOf(workflow: Workflow): Untrusted | undefined {
  const [first, ...others] = workflow.steps.map(({ input }) => input);
  return lookUp(workflow, [first ?? {}, workflow.parameters, ...others], ['prompt'], asText);
}

function parentOf(workflow: Workflow, step: Step): string | undefined {
  const taken = takenBy(workflow, step);
  return taken === undefined ? undefined : stemOf(taken.blob.blobId);
}

/** A step that takes what another one made says so: `{"$ref": "0", "path": "output.images[0].url"}`. */
function takenBy({ steps }: Workflow, { input }: Step): { readonly step: Step; readonly blob: Blob } | undefined {
  for (const value of Object.values(input).flatMap((own) => (Array.isArray(own) ? own : [own]))) {
    const { $ref: target, path } = fields(value) ?? {};
    const name = text(target) ?? wholeNumber(target);
    const [, position] = /^output\..*?(?:\[(\d{1,4})\]|$)/u.exec(text(path) ?? '') ?? [];
    if (text(path)?.startsWith('output.') !== true || name === undefined) continue;
    // By its name, or by its number among the steps.
    const step = steps.find((candidate) => candidate.name === name) ?? steps[Number(name)];
    const blob = step?.blobs[Number(position ?? 0)];
    if (step !== undefined && blob !== undefined) return { step, blob };
  }
  return undefined;
}

type Reader<T> = (value: unknown) => T | undefined;

/**
 * Where it stands how a step's results were made: in its own input. A step that only makes a picture larger has no prompt
 * of its own, and the picture is that of the step that made it. What the site's generator wrote is about the workflow, and
 * tells nothing of one among several that have prompts.
 */
function placesOf(workflow: Workflow, step: Step): Fields[] {
  const places = [step.input];
  const hasPrompt = ({ input }: Step) => lookUp(workflow, [input], ['prompt'], asText) !== undefined;
  let last: Step | undefined = step;
  while (last !== undefined && !hasPrompt(last) && places.length < DEEPEST) {
    last = takenBy(workflow, last)?.step ?? onlyOne(workflow.steps.slice(0, workflow.steps.indexOf(last)), hasPrompt);
    if (last !== undefined) places.push(last.input);
  }
  return workflow.steps.filter(hasPrompt).length > 1 ? places : [...places, workflow.parameters];
}

/** Of the steps before, where nothing says which is meant. */
function onlyOne(before: readonly Step[], hasPrompt: (step: Step) => boolean): Step | undefined {
  const likely = before.length === 1 ? before : before.filter(hasPrompt);
  return likely.length === 1 ? likely[0] : undefined;
}

function lookUp<T>(
  workflow: Workflow,
  places: readonly Fields[],
  names: readonly string[],
  read: Reader<T>,
): T | undefined {
  for (const place of places) {
    for (const name of names) {
      const found = read(resolved(workflow, place[name]));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** References to references end. */
const DEEPEST = 5;

/** `{"$ref": "$arguments", "path": "prompt"}` stands for what the workflow was begun with, or for a field of another step. */
function resolved(workflow: Workflow, value: unknown, depth = 0): unknown {
  const reference = fields(value);
  const target = text(reference?.$ref);
  if (reference === undefined || target === undefined) return value;
  if (depth === DEEPEST) return undefined;
  const step = workflow.steps.find(({ name }) => name === target);
  const root = target === '$arguments' ? workflow.arguments : step === undefined ? undefined : { input: step.input };
  return resolved(workflow, at(root, text(reference.path) ?? ''), depth + 1);
}

/** `input.prompt`, `images[0].caption`. */
function at(root: unknown, path: string): unknown {
  let value = root;
  for (const part of path.slice(0, 500).match(/[^.[\]]+/gu) ?? []) {
    const entries: unknown = Array.isArray(value) ? value : fields(value);
    if (typeof entries !== 'object' || entries === null || !Object.hasOwn(entries, part)) return undefined;
    value = (entries as Fields)[part];
  }
  return value;
}

function asText(value: unknown): Untrusted | undefined {
  return typeof value === 'string' && value.trim() !== '' ? fromService(value) : undefined;
}

function asCount(value: unknown): number | undefined {
  const count = amount(value);
  return count !== undefined && Number.isInteger(count) && count > 0 ? count : undefined;
}

/** -1 stands for any. */
function asSeed(value: unknown): string | undefined {
  const seed = wholeNumber(value) ?? text(value);
  return seed !== undefined && /^\d{1,40}$/u.test(seed) ? seed : undefined;
}
