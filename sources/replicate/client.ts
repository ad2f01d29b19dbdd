import {
  fromService,
  type ListOptions,
  type Located,
  type LocateOptions,
  type Location,
  printable,
  SharedRequests,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
} from '../../src/plugin.js';
import { type PredictionAnswer, phaseOf, readAccount, readPrediction } from './answers.js';
import { explain } from './explain.js';
import { pagesOf } from './history.js';
import { itemId, toTask } from './items.js';
import { KnownFiles } from './known-files.js';
import { Listing } from './listing.js';
import { expectOutput, failure, gone, stillPending, withoutFiles } from './outcome.js';
import { fileHosts, inlineBytes } from './outputs.js';
import { readSettings } from './settings.js';

/** Milliseconds between two looks at a prediction that is being made: at first, and at most. */
const FIRST_INTERVAL = 2000;
const LONGEST_INTERVAL = 10_000;

const body: SourceBody = { create: (context) => createReplicate(context) };

export default body;

function createReplicate(context: SourceContext): Source {
  const settings = readSettings(context.options);
  const files = new KnownFiles(context, fileHosts(context.baseUrl, settings.fileHosts));
  const requests = new SharedRequests<PredictionAnswer>();

  const get = async (id: string, signal: AbortSignal | undefined): Promise<PredictionAnswer> => {
    const what = `reading ${id}`;
    const answer = await context.http.json({ url: `/predictions/${encodeURIComponent(id)}`, what, signal, explain });
    return readPrediction(answer.value, answer.lossless(), what);
  };

  return {
    async *open(reference: string, { signal }: ListOptions) {
      const prediction = await finished(reference, context, settings.patience, get, signal);
      const found = files.of(prediction);
      if (found.length === 0) throw phaseOf(prediction) === 'failed' ? failure(prediction) : withoutFiles(prediction);
      if (phaseOf(prediction) === 'failed')
        context.warn(`${failure(prediction).message}; what it had made before is fetched`);
      yield toTask(prediction, found, signal);
    },

    async *all(options: ListOptions): AsyncGenerator<Task> {
      const listing = new Listing(context, files, options.signal);
      for await (const page of pagesOf(context, options)) yield* listing.tasksOf(page);
    },

    async locate({ id, taskId }: Located, { signal, renew }: LocateOptions): Promise<Location> {
      const known = renew ? undefined : files.uriOf(id);
      if (known !== undefined) return locationOf(known, id);
      const prediction = await requests.ask(taskId, signal, (own) => get(taskId, own));
      expectOutput(prediction);
      const file = files.of(prediction).find((_file, position) => itemId(prediction.id, position + 1) === id);
      if (file === undefined) throw gone(id);
      return locationOf(file.uri, id);
    },

    async check(signal) {
      const answer = await context.http.json({ url: '/account', what: 'checking the token', signal, explain });
      const name = readAccount(answer.value);
      return name === undefined ? undefined : fromService(name);
    },
  };
}

/**
 * No end of the link is told, though there is one: asking again brings the same link until the hour is over, and the
 * reason afterwards.
 */
function locationOf(uri: string, id: string): Location {
  if (uri.startsWith('data:')) return { kind: 'bytes', bytes: inlineBytes(uri, id) };
  return { kind: 'request', url: uri };
}

/** A prediction that has an output. One that is being made is asked for less and less often. */
async function finished(
  id: string,
  context: SourceContext,
  patience: number,
  get: (id: string, signal: AbortSignal | undefined) => Promise<PredictionAnswer>,
  signal: AbortSignal | undefined,
): Promise<PredictionAnswer> {
  const deadline = context.now() + patience;
  for (let interval = FIRST_INTERVAL; ; interval = Math.min(interval * 1.5, LONGEST_INTERVAL)) {
    const prediction = await get(id, signal);
    if (phaseOf(prediction) !== 'pending') {
      expectOutput(prediction);
      return prediction;
    }
    if (context.now() + interval > deadline) throw stillPending(prediction, patience);
    const left = Math.ceil((deadline - context.now()) / 1000);
    context.progress(`${id} is still ${printable(prediction.status, 40)}; waiting up to ${left} s more`);
    await context.sleep(interval, signal);
  }
}
