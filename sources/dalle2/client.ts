import {
  AlbarettoError,
  fromService,
  type Item,
  type ListOptions,
  type LocateOptions,
  type Location,
  printable,
  SharedRequests,
  type Source,
  type SourceBody,
  type SourceContext,
  usageError,
} from '../../src/plugin.js';
import { explain, readGeneration, readPage, readTask, type TaskAnswer } from './answers.js';
import { type HistoryPage, listHistory } from './history.js';
import { linksOf, toTask } from './items.js';
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
  const renewals = new SharedRequests<TaskAnswer>();
  const patience = readWait(context.options.wait) * 1000;

  /** @param answered When the service made the links. */
  const keepLinks = (task: TaskAnswer, answered: number): TaskAnswer => {
    for (const { id, url } of linksOf(task)) links.set(id, url, answered);
    return task;
  };

  const getTask = async (id: string, signal: AbortSignal | undefined): Promise<TaskAnswer> => {
    const what = `reading ${id}`;
    const answer = await context.http.json({ url: `/tasks/${id}`, what, signal, explain });
    return keepLinks(readTask(answer.value, answer.lossless(), what), context.now());
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
        yield toTask(tellLeftOut(await finished(reference, options.signal), context), options.signal);
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
      const task = await finished(generation.taskId, options.signal);
      if (task.generations?.some(({ id }) => id === generation.id) !== true) throw gone(generation.id);
      yield toTask(task, options.signal, generation.id);
    },

    all(options: ListOptions) {
      const read = async (number: number): Promise<HistoryPage> => {
        const what = `reading page ${number} of the history`;
        const query = { page: number, limit: PAGE };
        const answer = await context.http.json({ url: '/tasks', query, what, signal: options.signal, explain });
        const page = readPage(answer.value, answer.lossless(), what);
        if (page.unreadable > 0) context.warn(`${what}: ${page.unreadable} that cannot be read are left out`);
        return { ...page, answered: context.now() };
      };
      return listHistory(read, options.cursor, async (task, answered) => {
        const whole = await listed(task, context, () => finished(task.id, options.signal));
        if (whole === undefined) return undefined;
        return toTask(tellLeftOut(whole === task ? keepLinks(task, answered) : whole, context), options.signal);
      });
    },

    async locate(item: Pick<Item, 'id' | 'taskId'>, options: LocateOptions): Promise<Location> {
      const known = links.get(item.id);
      if (known !== undefined && !options.renew && known.expiresAt > context.now())
        return { kind: 'request', ...known };
      const task = await renewals.ask(item.taskId, options.signal, (own) => getTask(item.taskId, own));
      const renewed = linksOf(task).some(({ id }) => id === item.id) ? links.get(item.id) : undefined;
      if (renewed === undefined) throw gone(item.id);
      return { kind: 'request', ...renewed };
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

/** Told where a task is fetched, and not each time that its links are renewed. */
function tellLeftOut(task: TaskAnswer, context: SourceContext): TaskAnswer {
  if (task.unreadable > 0)
    context.warn(`${task.id}: generations that cannot be read are left out (${task.unreadable})`);
  return task;
}

const NO_GOOD: ReadonlySet<string> = new Set(['E_TASK_FAILED', 'E_NOT_FOUND', 'E_BAD_ANSWER']);

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
  if (task.generations !== undefined) return task;
  try {
    return await ask();
  } catch (thrown) {
    // One task that is no good must not end the list of all others; an outage must, or tasks would be missed.
    if (!(thrown instanceof AlbarettoError) || !NO_GOOD.has(thrown.code)) throw thrown;
    context.warn(`${task.id} is left out: ${thrown.message}`);
    return undefined;
  }
}

function succeeded(task: TaskAnswer): TaskAnswer {
  if (task.status === 'rejected' || task.status === 'failed') {
    throw new AlbarettoError({
      code: 'E_TASK_FAILED',
      message: `${task.id} was ${task.status}: ${printable(task.reason ?? 'the service gives no reason', 300)}`,
      hint: 'it has no generations',
      plugin: PLUGIN,
    });
  }
  if (task.generations === undefined) {
    throw new AlbarettoError({
      code: 'E_BAD_ANSWER',
      message: `${task.id} is ${printable(task.status, 40)} and has no generations`,
      plugin: PLUGIN,
    });
  }
  return task;
}

function gone(id: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_NOT_FOUND', message: `${id}: the service has it no more`, plugin: PLUGIN });
}

function stillPending(id: string, patience: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${id} was still being made after ${Math.round(patience / 1000)} s`,
    hint: 'fetch it again later, or wait longer with --wait',
    plugin: PLUGIN,
  });
}
