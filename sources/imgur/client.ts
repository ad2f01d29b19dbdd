import {
  AlbarettoError,
  fromService,
  type ListOptions,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
  usageError,
} from '../../src/plugin.js';
import { readCredits } from './answers.js';
import { openApi } from './api.js';
import { listHistory } from './history.js';
import { albumTask, imageTask } from './items.js';
import { type Animated, readAnimated } from './media.js';
import { isCode, openPosts, type Posts } from './posts.js';
import { type Reference, readReference } from './reference.js';

const PLUGIN = 'imgur';

const body: SourceBody = { create: (context) => createImgur(context) };

export default body;

function createImgur(context: SourceContext): Source {
  const animated = readAnimated(context.options);
  const api = openApi(context);
  const posts = openPosts(api, context, animated);
  return {
    async *open(text: string, { signal }: ListOptions) {
      const reference = readReference(text);
      if (reference === undefined) throw usageError(`'${text}' is no reference of Imgur`, undefined, PLUGIN);
      if (reference.kind === 'list') throw noList(reference.names[0] ?? '');
      yield* tasksOf(reference, posts, animated, signal);
    },
    all: (options) => listHistory({ api, posts, animated, context }, options),
    locate: (item, options) => posts.locate(item, options),
    async check(signal) {
      const what = 'checking the Client-ID or access token';
      const credits = readCredits((await api.get({ path: '/3/credits', what, signal, free: true })).data);
      return credits === undefined ? undefined : fromService(credits);
    },
  };
}

/** Of several images that are named at once, one that is not there must not hide the others: it is told behind them. */
async function* tasksOf(
  { kind, names }: Reference,
  posts: Posts,
  animated: Animated,
  signal: AbortSignal | undefined,
): AsyncGenerator<Task> {
  const album = async (id: string) => albumTask(await posts.album(id, signal), animated, signal);
  const image = async (id: string) => imageTask(await posts.image(id, signal), animated);
  const openers: Readonly<Record<string, (id: string) => Promise<Task>>> = {
    album,
    image,
    thumbnail: (id) => either([() => image(id.slice(0, -1)), () => image(id)], noThumbnail(id)),
    any: (id) => either([() => album(id), () => image(id)], noPost(id)),
    gallery: (id) => either([() => album(id), () => image(id)], noPost(id)),
  };
  let missing: unknown;
  for (const id of names) {
    let task: Task;
    try {
      task = await openers[kind]!(id);
    } catch (thrown) {
      if (!isCode(thrown, 'E_NOT_FOUND')) throw thrown;
      missing ??= thrown;
      continue;
    }
    yield task;
  }
  if (missing !== undefined) throw missing;
}

/** An id does not show what it names: the first that the service knows is it. */
async function either(tries: readonly (() => Promise<Task>)[], neither: AlbarettoError): Promise<Task> {
  for (const attempt of tries) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!isCode(thrown, 'E_NOT_FOUND')) throw thrown;
    }
  }
  throw neither;
}

function noPost(id: string): AlbarettoError {
  return notFound(`${id} is neither an album nor an image that Imgur shows`);
}

function noThumbnail(id: string): AlbarettoError {
  return notFound(`${id} is no image that Imgur shows, nor is ${id.slice(0, -1)}, of which it could be a thumbnail`);
}

function notFound(message: string): AlbarettoError {
  const hint = 'it may have been removed, or be shown to its owner alone; capital and small letters differ';
  return new AlbarettoError({ code: 'E_NOT_FOUND', message, hint, plugin: PLUGIN });
}

function noList(name: string): AlbarettoError {
  return usageError(
    `lists of many posts (${name}) are not fetched`,
    'give the albums and images that are wanted, or fetch your own account with --all',
    PLUGIN,
  );
}
