/** Reading the answers of the Labs API: what must be there is checked, everything else is kept and not relied upon. */

import { AlbarettoError, type ErrorFacts, fromService, type HttpAnswer, readableEntries } from '../../src/plugin.js';

const PLUGIN = 'dalle2';

export interface TaskAnswer {
  readonly id: string;
  readonly created?: number;
  readonly taskType?: string;
  readonly status: string;
  /** The service's words and code when a task was rejected. */
  readonly reason?: string;
  readonly promptId?: string;
  readonly caption?: string;
  readonly parent?: string;
  /** Source picture and mask of an edit. */
  readonly sourcePicture?: string;
  readonly mask?: string;
  /** Absent until the task has succeeded. */
  readonly generations?: readonly GenerationAnswer[];
  /** How many generations besides could not be read. */
  readonly unreadable: number;
  /** The record without loss, for the sidecars. */
  readonly lossless: Readonly<Record<string, unknown>>;
}

export interface GenerationAnswer {
  readonly id: string;
  readonly taskId?: string;
  readonly created?: number;
  readonly imageUrl?: string;
  readonly lossless: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** One odd generation must not hide the others. @throws E_BAD_ANSWER for what is no task, or has none that can be read. */
export function readTask(value: unknown, lossless: unknown, what: string): TaskAnswer {
  const task = fields(value);
  const id = text(task?.id);
  const status = text(task?.status);
  if (task === undefined || id === undefined || status === undefined || !isId(id))
    throw badAnswer(what, 'a task without id or status');
  const prompt = fields(task.prompt);
  const inner = fields(prompt?.prompt);
  const record = fields(lossless) ?? {};
  const { read, unreadable } = readEntries(
    fields(task.generations)?.data,
    fields(record.generations)?.data,
    what,
    readGeneration,
  );
  return compact({
    id,
    status,
    created: seconds(task.created),
    taskType: text(task.task_type),
    reason: reasonOf(fields(task.status_information)),
    promptId: [task.prompt_id, prompt?.id].map(text).find((own) => own !== undefined && isId(own)),
    caption: text(inner?.caption),
    parent: text(prompt?.parent_generation_id),
    sourcePicture: text(inner?.image_path),
    mask: text(inner?.masked_image_path),
    generations: read,
    unreadable,
    lossless: record,
  });
}

export function readGeneration(value: unknown, lossless: unknown, what: string): GenerationAnswer {
  const generation = fields(value);
  const id = text(generation?.id);
  if (generation === undefined || id === undefined || !isId(id)) throw badAnswer(what, 'a generation without id');
  const taskId = text(generation.task_id);
  return compact({
    id,
    taskId: taskId !== undefined && isId(taskId) ? taskId : undefined,
    created: seconds(generation.created),
    imageUrl: text(fields(generation.generation)?.image_path),
    lossless,
  });
}

export interface PageAnswer {
  readonly tasks: readonly TaskAnswer[];
  /** How many entries besides could not be read. */
  readonly unreadable: number;
  readonly totalPages?: number;
}

/**
 * A page of the history: `{object: "list", data: […], page, total_pages}`. One odd task must not hide all others.
 * @throws E_BAD_ANSWER for what is no page, or has nothing on it that can be read.
 */
export function readPage(value: unknown, lossless: unknown, what: string): PageAnswer {
  const page = fields(value);
  const { read, unreadable } = readEntries(page?.data, fields(lossless)?.data, what, readTask);
  if (read === undefined) throw badAnswer(what, 'a list without data');
  return compact({
    tasks: read,
    unreadable,
    totalPages: typeof page?.total_pages === 'number' ? page.total_pages : undefined,
  });
}

type Reader<T> = (value: unknown, lossless: unknown, what: string) => T;

/** What can be read of a list; `read` is missing where there is none. */
function readEntries<T>(list: unknown, lossless: unknown, what: string, read: Reader<T>) {
  if (!Array.isArray(list)) return { read: undefined, unreadable: 0 };
  return readableEntries(list, (entry, index) => read(entry, Array.isArray(lossless) ? lossless[index] : entry, what));
}

/**
 * The error envelope `{"error": {"message", "type", "param", "code"}}`. The code decides, because its HTTP status is not
 * reliable: `missing_scope` was seen as 401 and as 403.
 */
export function explain(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> | undefined {
  const error = fields(fields(json)?.error);
  const message = text(error?.message);
  const code = text(error?.code);
  const facts: Partial<ErrorFacts> = message === undefined ? {} : { message: fromService(message) };
  if (code === 'missing_scope') {
    return {
      ...facts,
      code: 'E_CREDENTIALS',
      hint: 'this is a key of the platform; the Labs service needs the session token (sess-…)',
      retryable: false,
      reach: 'run',
    };
  }
  if (code === 'invalid_api_key' || answer.status === 401) {
    return {
      ...facts,
      code: 'E_CREDENTIALS',
      hint: 'session tokens expire: copy a fresh one (sess-…) from the browser',
      retryable: false,
      reach: 'run',
    };
  }
  if (answer.status === 403) {
    return {
      ...facts,
      code: 'E_CREDENTIALS',
      hint: 'the account may not read it, or the service is shut down',
      retryable: false,
    };
  }
  return facts;
}

/**
 * Ids are opaque, but they become part of a path and of messages: no separators, no control characters (those above 127
 * drive terminals too, and those of Unicode turn the reading direction), no halves of surrogate pairs.
 */
function isId(id: string): boolean {
  return /^[^/\\?#%\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u.test(id) && id !== '.' && id !== '..';
}

function reasonOf(information: Fields | undefined): string | undefined {
  const message = text(information?.message);
  const code = text(information?.code);
  if (message === undefined) return code;
  return code === undefined ? message : `${message} (${code})`;
}

function badAnswer(what: string, found: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the service answered ${found}`,
    hint: 'its interface may have changed',
    plugin: PLUGIN,
  });
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8.64e12 ? value : undefined;
}

/** Without members that are undefined: absent is absent. */
function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
