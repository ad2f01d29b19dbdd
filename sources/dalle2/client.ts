import {
  AlbarettoError,
  type Companion,
  fromService,
  type Generation,
  type Item,
  type ListOptions,
  type LocateOptions,
  type Location,
  rawRecord,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
  usageError,
} from '../../src/plugin.js';
import { explain, type GenerationAnswer, readGeneration, readPage, readTask, type TaskAnswer } from './answers.js';
import { Links } from './links.js';

const PLUGIN = 'dalle2';

/** The service's largest page. */
const PAGE = 50;
const POLL_INTERVAL = 3000;
const DEFAULT_WAIT = 300;

const body: SourceBody = { create: (context) => createDalle2(context) };

export default body;

function createDalle2(context: SourceContext): Source {
  const links = new Links();
  const renewals = new Map<string, Promise<TaskAnswer>>();
  const patience = readWait(context.options.wait) * 1000;

  const keepLinks = (task: TaskAnswer): TaskAnswer => {
    const now = context.now();
    for (const generation of task.generations ?? [])
      if (generation.imageUrl !== undefined) links.set(generation.id, generation.imageUrl, now);
    for (const { id, url } of pictures(task)) links.set(id, url, now);
    return task;
  };

  const getTask = async (id: string, signal: AbortSignal | undefined): Promise<TaskAnswer> => {
    const what = `reading ${id}`;
    const answer = await context.http.json({ url: `/tasks/${id}`, what, signal, explain });
    return keepLinks(readTask(answer.value, answer.lossless(), what));
  };

  /** Items of one task are downloaded side by side; when their links run out together, the task is asked for once. */
  const renew = (taskId: string, signal: AbortSignal | undefined): Promise<TaskAnswer> => {
    const running = renewals.get(taskId) ?? getTask(taskId, signal).finally(() => renewals.delete(taskId));
    renewals.set(taskId, running);
    return running;
  };

  const finished = async (id: string, signal: AbortSignal | undefined): Promise<TaskAnswer> => {
    const deadline = context.now() + patience;
    for (;;) {
      const task = await getTask(id, signal);
      if (task.status !== 'pending') return succeeded(task);
      if (context.now() + POLL_INTERVAL > deadline) throw stillPending(id, patience);
      context.progress(
        `${id} is still being made; waiting up to ${Math.ceil((deadline - context.now()) / 1000)} s more`,
      );
      await context.sleep(POLL_INTERVAL, signal);
    }
  };

  return {
    async *open(reference: string, options: ListOptions) {
      if (!reference.startsWith('generation-')) {
        yield toTask(await finished(reference, options.signal));
        return;
      }
      const what = `reading ${reference}`;
      const answer = await context.http.json({
        url: `/generations/${reference}`,
        what,
        signal: options.signal,
        explain,
      });
      const generation = readGeneration(answer.value, answer.lossless(), what);
      if (generation.taskId === undefined)
        throw new AlbarettoError({ code: 'E_BAD_ANSWER', message: `${what}: it names no task`, plugin: PLUGIN });
      yield toTask(await finished(generation.taskId, options.signal), generation.id);
    },

    async *all(options: ListOptions) {
      const seen = new Set<string>();
      for (let number = 1; ; number += 1) {
        const what = `reading page ${number} of the history`;
        const query = { page: number, limit: PAGE };
        const answer = await context.http.json({ url: '/tasks', query, what, signal: options.signal, explain });
        const page = readPage(answer.value, answer.lossless(), what);
        for (const task of page.tasks) {
          // New tasks push older ones to the next page while the history is being read.
          if (seen.has(task.id)) continue;
          seen.add(task.id);
          const whole = await listed(task, context, () => finished(task.id, options.signal));
          if (whole !== undefined) yield toTask(keepLinks(whole));
        }
        if (page.tasks.length === 0 || (page.totalPages !== undefined && number >= page.totalPages)) return;
      }
    },

    async locate(item: Pick<Item, 'id' | 'taskId'>, options: LocateOptions): Promise<Location> {
      const known = links.get(item.id);
      if (known !== undefined && !options.renew && known.expiresAt > context.now())
        return { kind: 'request', ...known };
      await renew(item.taskId, options.signal);
      const renewed = links.get(item.id);
      if (renewed !== undefined) return { kind: 'request', ...renewed };
      throw new AlbarettoError({
        code: 'E_NOT_FOUND',
        message: `${item.id}: the service has it no more`,
        plugin: PLUGIN,
      });
    },

    async check(signal) {
      const answer = await context.http.json({
        url: '/billing/credit_summary',
        what: 'checking the token',
        signal,
        explain,
      });
      const credits = (answer.value as { aggregate_credits?: unknown } | null)?.aggregate_credits;
      return typeof credits === 'number' ? fromService(`${credits} credits left`) : undefined;
    },
  };
}

function readWait(option: string | boolean | undefined): number {
  if (option === undefined) return DEFAULT_WAIT;
  const value = Number(option);
  if (typeof option === 'string' && Number.isFinite(value) && value >= 0) return value;
  throw usageError('--wait is a number of seconds', undefined, PLUGIN);
}

/** A task of the history as it is fetched: those without a result are passed over with a word, not a failure. */
async function listed(
  task: TaskAnswer,
  context: SourceContext,
  ask: () => Promise<TaskAnswer>,
): Promise<TaskAnswer | undefined> {
  if (task.status === 'pending') {
    context.warn(`${task.id} is still being made; fetch it later`);
    return undefined;
  }
  if (task.status === 'rejected' || task.status === 'failed') {
    context.debug(`${task.id} was ${task.status}: ${task.reason ?? 'no reason given'}`);
    return undefined;
  }
  return task.generations === undefined ? ask() : task;
}

function succeeded(task: TaskAnswer): TaskAnswer {
  if (task.status === 'rejected' || task.status === 'failed') {
    throw new AlbarettoError({
      code: 'E_TASK_FAILED',
      message: `${task.id} was ${task.status}: ${fromService(task.reason ?? 'the service gives no reason')}`,
      hint: 'it has no generations',
      plugin: PLUGIN,
    });
  }
  if (task.generations === undefined) {
    throw new AlbarettoError({
      code: 'E_BAD_ANSWER',
      message: `${task.id} is ${fromService(task.status)} and has no generations`,
      plugin: PLUGIN,
    });
  }
  return task;
}

function stillPending(id: string, patience: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${id} was still being made after ${Math.round(patience / 1000)} s`,
    hint: 'fetch it again later, or wait longer with --wait',
    plugin: PLUGIN,
  });
}

function toTask(task: TaskAnswer, only?: string): Task {
  const generations = task.generations ?? [];
  return {
    source: PLUGIN,
    id: task.id,
    count: only === undefined ? generations.length : 1,
    ...(task.caption === undefined ? {} : { prompt: fromService(task.caption) }),
    ...(task.created === undefined ? {} : { createdAt: new Date(task.created * 1000) }),
    raw: rawRecord(task.lossless),
    items: toItems(task, only),
  };
}

async function* toItems(task: TaskAnswer, only: string | undefined): AsyncGenerator<Item> {
  const { generations: _listedApart, ...record } = task.lossless;
  for (const [position, generation] of (task.generations ?? []).entries()) {
    if (only !== undefined && generation.id !== only) continue;
    yield toItem(task, generation, position + 1, record);
  }
}

function toItem(task: TaskAnswer, generation: GenerationAnswer, index: number, record: unknown): Item {
  const created = generation.created ?? task.created;
  const companions: Companion[] = pictures(task).map(({ id, role }) => ({ id, role, taskId: task.id }));
  const facts: Generation = {
    ...(task.caption === undefined ? {} : { prompt: fromService(task.caption) }),
    ...(task.taskType === undefined ? {} : { kind: fromService(task.taskType) }),
    ...(task.parent === undefined ? {} : { parent: task.parent }),
  };
  return {
    source: PLUGIN,
    taskId: task.id,
    id: generation.id,
    index,
    mediaType: 'image/webp',
    generation: facts,
    ...(created === undefined ? {} : { createdAt: new Date(created * 1000) }),
    raw: rawRecord({ task: record, generation: generation.lossless }),
    ...(companions.length === 0 ? {} : { companions }),
  };
}

/** The source picture and the mask of an edit: they exist only as long as the service does. */
function pictures(task: TaskAnswer): { id: string; role: string; url: string }[] {
  const owner = task.promptId ?? task.id;
  const found: { id: string; role: string; url: string }[] = [];
  if (task.sourcePicture !== undefined) found.push({ id: `${owner}-source`, role: 'source', url: task.sourcePicture });
  if (task.mask !== undefined) found.push({ id: `${owner}-mask`, role: 'mask', url: task.mask });
  return found;
}
