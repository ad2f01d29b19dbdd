import {
  AlbarettoError,
  fromService,
  type Item,
  interrupted,
  type ListOptions,
  rawRecord,
  type Source,
  type SourceBody,
  type Task,
} from '../../src/plugin.js';
import cat from './pictures/cat.png';
import lantern from './pictures/lantern.png';
import mountains from './pictures/mountains.png';
import robot from './pictures/robot.png';

const TASK = 'task-demo';
const CREATED = new Date('2022-09-28T12:00:00Z');

const SAMPLES = [
  { id: 'demo-robot', prompt: 'a tin robot watering a fern, flat illustration', bytes: robot },
  { id: 'demo-lantern', prompt: 'a paper lantern over a dark lake at dusk', bytes: lantern },
  { id: 'demo-mountains', prompt: 'layers of mountains at sunset, paper cut-out', bytes: mountains },
  { id: 'demo-cat', prompt: 'a ginger cat in a top hat, children’s book', bytes: cat },
] as const;

/** Answers the samples from memory; it has no service behind it, so nothing can expire or fail. */
const body: SourceBody = {
  create(): Source {
    return {
      async *open(reference: string, options: ListOptions) {
        throwIfAborted(options.signal);
        if (reference !== 'demo') throw notFound();
        yield task(options.signal);
      },
      async *all(options: ListOptions) {
        throwIfAborted(options.signal);
        yield task(options.signal);
      },
      async locate(item, { signal }) {
        throwIfAborted(signal);
        const sample = SAMPLES.find((candidate) => candidate.id === item.id);
        if (sample === undefined) throw notFound();
        return { kind: 'bytes', bytes: sample.bytes };
      },
    };
  },
};

export default body;

function notFound(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: 'there is no such sample',
    hint: "fetch 'demo'",
    plugin: 'demo',
  });
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal.reason);
}

function task(signal: AbortSignal | undefined): Task {
  return {
    source: 'demo',
    id: TASK,
    title: fromService('Four samples'),
    createdAt: CREATED,
    count: SAMPLES.length,
    items: items(signal),
  };
}

async function* items(signal: AbortSignal | undefined): AsyncGenerator<Item> {
  for (const [position, sample] of SAMPLES.entries()) {
    throwIfAborted(signal);
    const created = Math.floor(CREATED.getTime() / 1000);
    yield {
      source: 'demo',
      taskId: TASK,
      id: sample.id,
      index: position + 1,
      mediaType: 'image/png',
      size: sample.bytes.length,
      generation: { prompt: fromService(sample.prompt), kind: fromService('sample') },
      createdAt: CREATED,
      raw: rawRecord({ id: sample.id, object: 'sample', created, prompt: sample.prompt }),
    };
  }
}
