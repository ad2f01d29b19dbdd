/**
 * Pictures that no sidecar of this program speaks of: of an archive of another program, or without any record. What is known
 * of them is asked of the source that reads folders, so that there is one reader of other programs' records.
 */

import type { DatasetRecord } from '../archive/archive-records.js';
import { asAlbarettoError, interrupted } from '../errors.js';
import type { Item } from '../model.js';
import type { Task } from '../plugin.js';
import type { Session } from '../session.js';
import type { Invocation } from './command.js';

const MEDIA =
  /\.(?:a?png|jpe?g|jpe|jfif|webp|gif|avif|hei[cf]|jxl|jp2|bmp|tiff?|mp4|m4v|webm|mov|mkv|avi|mpe?g|ogv|mp3|m4a|aac|wav|flac|og[ga]|opus|weba|aiff?)$/iu;

export interface ForeignFile {
  readonly name: string;
  /** `undefined` where nothing is known of it. */
  readonly record: DatasetRecord | undefined;
}

/**
 * The media among the files of a folder that no sidecar speaks of: in the order of their records, then those without one.
 *
 * @param others All such files of the folder.
 * @throws E_INTERRUPTED, and what the source throws.
 */
export async function* foreignFiles(
  folder: string,
  others: readonly string[],
  { session, signal }: Pick<Invocation, 'session' | 'signal'>,
): AsyncGenerator<ForeignFile> {
  const names = new Set(others.filter((name) => MEDIA.test(name)));
  if (names.size === 0) return;
  const byStem = firstByStem(names);
  const reader = session.runtime.registry.sources.find((source) => source.capabilities.folders === true)?.name;
  for await (const item of reader === undefined ? [] : itemsOf(folder, reader, session, signal)) {
    const name = nameOf(item, reader, byStem);
    if (name !== undefined && names.delete(name)) yield { name, record: recordOf(item) };
  }
  for (const name of names) {
    if (signal.aborted) throw interrupted(signal.reason);
    yield { name, record: undefined };
  }
}

/** The items of a folder; none where it is gone by now. */
async function* itemsOf(folder: string, reader: string, session: Session, signal: AbortSignal): AsyncGenerator<Item> {
  const { source } = await session.source(reader);
  try {
    yield* firstTask(source.open(folder, { signal }));
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    if (error.code !== 'E_NOT_FOUND') throw error;
    session.runtime.reporter.log.debug(error.describe());
  }
}

/** The folder's own: it comes before those of the folders below it, and there is one because the folder holds media. */
async function* firstTask(tasks: AsyncIterable<Task>): AsyncGenerator<Item> {
  for await (const task of tasks) {
    yield* task.items;
    return;
  }
}

/**
 * The file of an item: a plain one says its name, one of another program's archive is called by its stem. An item with
 * digests is of this program's own archive, and was walked already.
 */
function nameOf(item: Item, reader: string | undefined, byStem: ReadonlyMap<string, string>): string | undefined {
  if (item.digests !== undefined) return undefined;
  if (item.source !== reader) return byStem.get(item.id);
  const { name } = JSON.parse(item.raw.json) as { readonly name?: unknown };
  return typeof name === 'string' ? name : undefined;
}

function firstByStem(names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const stem = name.slice(0, name.lastIndexOf('.'));
    if (!found.has(stem)) found.set(stem, name);
    found.set(name, name);
  }
  return found;
}

function recordOf({ source, taskId: task, id, index, title, generation, createdAt }: Item): DatasetRecord {
  const { prompt, negativePrompt, model, seed } = generation;
  return { source, task, id, index, title, prompt, negativePrompt, model, seed, createdAt };
}
