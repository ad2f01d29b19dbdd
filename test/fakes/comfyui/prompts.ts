/** The prompts that the fake server knows: its queue, and the history that lives in its memory alone. */

import { createHash } from 'node:crypto';
import type { FakeFile, Folders } from './folders.js';
import { editorGraph, executedGraph, type Graph, type GraphForm, type GraphText } from './graph.js';
import { classTypeOf, type NewOutput, writeOutput } from './outputs.js';
import { pythonJson } from './python-json.js';

/** `pending` and `running` prompts stand in the queue. */
export type Outcome = 'pending' | 'running' | 'success' | 'error' | 'interrupted';

export interface NewPrompt {
  readonly id?: string;
  readonly text?: string;
  readonly negative?: string;
  readonly seed?: string;
  /** How the text reaches the sampler; straight unless said otherwise. */
  readonly form?: GraphForm;
  /** Whether the graph holds Python's NaN. */
  readonly notANumber?: boolean;
  /** In place of the made-up graph. */
  readonly graph?: Graph;
  readonly outcome?: Outcome;
  /** One picture unless said otherwise; an empty list is what a wholly cached run shows. */
  readonly outputs?: readonly NewOutput[];
  /** Further nodes' outputs, as they stand in the record, without files. */
  readonly rawOutputs?: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly created?: number;
  /** How long it took; 9 seconds unless said otherwise. */
  readonly duration?: number;
  /** Whether `status` is null, as in items of old servers. */
  readonly withoutStatus?: boolean;
  /** Whether the record knows its time of creation; old servers kept none. */
  readonly withoutCreateTime?: boolean;
  readonly workflowId?: string;
  /** Further fields of `extra_data`. */
  readonly extraData?: Readonly<Record<string, unknown>>;
}

export interface FakePrompt {
  readonly id: string;
  readonly number: number;
  readonly given: NewPrompt;
  readonly text: string;
  readonly graph: Graph;
  readonly extraData: Readonly<Record<string, unknown>>;
  readonly outputNodes: readonly string[];
  readonly created: number;
  readonly workflowId: string;
  /** Nothing below is there before the prompt has ended. */
  readonly outcome: Outcome;
  readonly started: number | undefined;
  readonly ended: number | undefined;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly files: readonly FakeFile[];
}

export interface PromptStore {
  add(prompt?: NewPrompt): FakePrompt;
  /** Ends a prompt of the queue. */
  finish(id: string, outcome?: Exclude<Outcome, 'pending' | 'running'>): FakePrompt;
  /** Everything that was ever added, oldest first: what the cloud knows. */
  readonly all: readonly FakePrompt[];
  readonly queue: readonly FakePrompt[];
  /** In the order of ending. */
  readonly history: Map<string, FakePrompt>;
  dequeue(id: string): boolean;
  /** The server starts anew: its memory and the temp folder are empty, the files stay. */
  restart(): void;
}

export interface PromptOptions {
  readonly folders: Folders;
  now(): number;
  readonly historyCap: number;
  /** Whether pictures hold their graphs. */
  readonly embedsGraphs: boolean;
}

type MutablePrompt = { -readonly [Key in keyof FakePrompt]: FakePrompt[Key] };

export function createPromptStore(options: PromptOptions): PromptStore {
  const all: MutablePrompt[] = [];
  const history = new Map<string, FakePrompt>();
  const queue = new Map<string, MutablePrompt>();
  let number = 0;
  const finish = (prompt: MutablePrompt, outcome: Outcome, ended: number) => {
    end(prompt, outcome, ended, all.lastIndexOf(prompt), options);
    remember(history, prompt, options.historyCap);
    return prompt;
  };
  return {
    add(given = {}) {
      const prompt = createPrompt(given, all.length, number++, options.now());
      all.push(prompt);
      if (prompt.outcome === 'pending' || prompt.outcome === 'running') queue.set(prompt.id, prompt);
      else finish(prompt, prompt.outcome, prompt.created + START_DELAY + (given.duration ?? DURATION));
      return prompt;
    },
    finish(id, outcome = 'success') {
      const prompt = queue.get(id);
      if (prompt === undefined) throw new Error(`no prompt ${id} in the queue`);
      queue.delete(id);
      return finish(prompt, outcome, options.now());
    },
    all,
    get queue() {
      return [...queue.values()];
    },
    history,
    dequeue: (id) => queue.delete(id),
    restart() {
      history.clear();
      queue.clear();
      number = 0;
      options.folders.empty('temp');
    },
  };
}

/** What is beyond the cap falls off at the oldest end. */
function remember(history: Map<string, FakePrompt>, prompt: FakePrompt, cap: number): void {
  for (const id of history.keys()) {
    if (history.size < cap) break;
    history.delete(id);
  }
  history.set(prompt.id, prompt);
}

const START_DELAY = 100;
const DURATION = 9_000;
/** The nodes up to this number are those of the graph itself. */
const FIRST_OUTPUT_NODE = 9;

function createPrompt(given: NewPrompt, index: number, number: number, now: number): MutablePrompt {
  const id = given.id ?? inventUuid(`prompt ${index}`);
  const created = given.created ?? now;
  const outcome = given.outcome ?? 'success';
  const workflowId = given.workflowId ?? inventUuid(`workflow ${index}`);
  const texts = graphText(given, index);
  const outputs = given.outputs ?? [{}];
  const nodes = outputs.map((output, at) => [String(FIRST_OUTPUT_NODE + at), classTypeOf(output)] as const);
  return {
    id,
    number,
    given,
    text: texts.text,
    graph: given.graph ?? executedGraph(texts, nodes),
    extraData: {
      client_id: 'c6f1a5b09b7e4d0f9b5d3c1e8a2f7d64',
      ...(given.withoutCreateTime ? {} : { create_time: created }),
      extra_pnginfo: { workflow: editorGraph(workflowId, texts) },
      ...given.extraData,
    },
    outputNodes: nodes.map(([node]) => node),
    created,
    workflowId,
    outcome,
    started: outcome === 'pending' ? undefined : created + START_DELAY,
    ended: undefined,
    outputs: {},
    files: [],
  };
}

function graphText(given: NewPrompt, index: number): GraphText {
  return {
    text: given.text ?? `a tin robot watering ferns, number ${index + 1}`,
    negative: given.negative ?? 'blurry',
    // Seeds have 64 bits; JavaScript's numbers hold 53 of them.
    seed: given.seed ?? String(18_446_744_073_709_551_615n - BigInt(index)),
    form: given.form ?? 'sampler',
    notANumber: given.notANumber ?? false,
  };
}

/** A failed prompt has written nothing unless its outputs were given, one that was interrupted likewise. */
function end(prompt: MutablePrompt, outcome: Outcome, ended: number, index: number, options: PromptOptions): void {
  prompt.outcome = outcome;
  prompt.started ??= ended;
  prompt.ended = ended;
  if (outcome !== 'success' && prompt.given.outputs === undefined) return;
  const { extra_pnginfo: shown } = prompt.extraData as { extra_pnginfo: { workflow: object } };
  const texts = () =>
    options.embedsGraphs ? { prompt: pythonJson(prompt.graph), workflow: pythonJson(shown.workflow) } : {};
  const written = (prompt.given.outputs ?? [{}]).map((output, at) => {
    const seed = (index + 1) * 1_000 + at * 100;
    const { folders } = options;
    const result = writeOutput(output, { folders, seed, promptId: prompt.id, modified: ended, texts });
    return [String(FIRST_OUTPUT_NODE + at), result] as const;
  });
  const outputs = written.map(([node, { entries }]) => [node, entries]);
  prompt.outputs = { ...Object.fromEntries(outputs), ...prompt.given.rawOutputs };
  prompt.files = written.flatMap(([, { files }]) => files);
}

/** Looks like a random UUID. */
function inventUuid(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex');
  const [a, b, c, d, e] = [0, 8, 13, 17, 20].map((at, part) => digest.slice(at, at + [8, 4, 3, 3, 12][part]!));
  return `${a}-${b}-4${c}-a${d}-${e}`;
}
