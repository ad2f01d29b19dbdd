import {
  AlbarettoError,
  fromService,
  interrupted,
  type ListOptions,
  type Located,
  type LocateOptions,
  type Location,
  printable,
  type ServiceHttp,
  SharedRequests,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
  type Untrusted,
} from '../../src/plugin.js';
import { explain, type InferenceAnswer, readInference } from './answers.js';
import { fields, isId } from './fields.js';
import { Gallery } from './gallery.js';
import { imageOf, toTask } from './items.js';
import { linkOf, readLinkOptions } from './links.js';
import { Models } from './models.js';
import { isImageForm } from './reference.js';
import { DEFAULT_API, DEFAULT_TRANSFORMATION, readGallerySettings } from './settings.js';

const PLUGIN = 'happy-accidents';

const POLL_INTERVAL = 3000;

const OUT_OF_REACH: ReadonlySet<string> = new Set(['E_NETWORK', 'E_TIMEOUT', 'E_UNAVAILABLE', 'E_NOT_FOUND']);

/** Milliseconds that an inference which is still being made is waited for. */
const PATIENCE = 300_000;

const body: SourceBody = { create: (context) => createHappyAccidents(atHome(context)) };

export default body;

/** Where nobody has moved the service, its end is the likeliest reason for every failure to reach it. */
function atHome(context: SourceContext): SourceContext {
  if (context.baseUrl !== DEFAULT_API) return context;
  const json: ServiceHttp['json'] = async (request) => {
    try {
      return await context.http.json(request);
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError) || !OUT_OF_REACH.has(thrown.code)) throw thrown;
      throw thrown.with({
        hint: 'the service closed in May 2024; --base-url says where a compatible or recorded server is',
      });
    }
  };
  return { ...context, http: { ...context.http, json } };
}

function createHappyAccidents(context: SourceContext): Source {
  const links = readLinkOptions(context.options);
  const gallery = new Gallery(context, readGallerySettings(context.options));
  const models = new Models(context);
  const renewals = new SharedRequests<InferenceAnswer>();
  const asStored = links.transformation === DEFAULT_TRANSFORMATION;

  /** @param path `inferences` and an inference's id, or `images` and that of an image of it. */
  const ask = async (path: 'inferences' | 'images', id: string, signal: AbortSignal | undefined) => {
    const what = `reading ${printable(id, 80)}`;
    const answer = await context.http.json({ url: `/${path}/${encodeURIComponent(id)}`, what, signal, explain });
    return readInference(answer.value, answer.lossless(), what);
  };

  /** The ids of inferences and images have one form: it is looked for among both. */
  const find = async (id: string, signal: AbortSignal | undefined): Promise<InferenceAnswer> => {
    const paths = isImageForm(id) ? (['images', 'inferences'] as const) : (['inferences', 'images'] as const);
    for (const path of paths) {
      const found = await unlessMissing(ask(path, id, signal));
      if (found !== undefined) return found;
    }
    throw gone(id, 'the service has neither an inference nor an image with this id');
  };

  const finished = async (id: string, signal: AbortSignal | undefined): Promise<InferenceAnswer> => {
    const deadline = context.now() + PATIENCE;
    for (;;) {
      const inference = await find(id, signal);
      if (inference.images.length > 0) return inference;
      if (inference.status !== 'PENDING') throw withoutImages(inference);
      const left = deadline - context.now();
      if (left < POLL_INTERVAL) throw stillPending(inference.id);
      context.progress(`${inference.id} is still being made; waiting up to ${Math.ceil(left / 1000)} s more`);
      await context.sleep(POLL_INTERVAL, signal);
    }
  };

  return {
    async *open(reference: string, { signal }: ListOptions): AsyncGenerator<Task> {
      const inference = await finished(reference, signal);
      const images = inference.images.filter(({ id }) => inference.id === reference || id === reference);
      if (images.length === 0) throw gone(reference, 'the inference that it belongs to lists it no more');
      yield toTask(inference, images, { models, signal, asStored });
    },

    async *all(options: ListOptions): AsyncGenerator<Task> {
      for await (const { inference, images, endsPage, cursor } of gallery.list(options)) {
        const task = orWarned(context, () => toTask(inference, images, { models, signal: options.signal, asStored }));
        if (task !== undefined) yield { ...task, ...(endsPage ? { endsPage } : {}), cursor };
      }
    },

    async locate(item: Located, { renew, signal }: LocateOptions): Promise<Location> {
      if (signal?.aborted) throw interrupted(signal.reason);
      const known = renew ? undefined : imageOf(item);
      if (known !== undefined) return { kind: 'request', url: linkOf(known, item.id, links) };
      if (!isId(item.taskId)) throw gone(item.id, 'the service has it no more');
      const inference = await renewals.ask(item.taskId, signal, (own) => ask('inferences', item.taskId, own));
      const image = fields(inference.images.find(({ id }) => id === item.id)?.lossless);
      if (image === undefined) throw gone(item.id, 'the service has it no more');
      return { kind: 'request', url: linkOf(image, item.id, links) };
    },

    check: (signal) => checkAccount(context, signal),
  };
}

/** What the site itself asks for to show how much there is. A server that has no such call is asked for one inference. */
async function checkAccount(context: SourceContext, signal: AbortSignal | undefined): Promise<Untrusted | undefined> {
  const request = { what: 'checking the token', signal, explain };
  const count = await unlessMissing(context.http.json({ ...request, url: '/inferences/count' }));
  if (count !== undefined) {
    return Number.isSafeInteger(count.value) ? fromService(`${String(count.value)} inferences`) : undefined;
  }
  const query = { current_page: 0, page_size: 1, has_images: true };
  await context.http.json({ ...request, url: '/inferences', query });
  return undefined;
}

/** One record that cannot be written down must not end the list of all others. */
function orWarned(context: SourceContext, make: () => Task): Task | undefined {
  try {
    return make();
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_BAD_ANSWER') throw thrown;
    context.warn(`an inference is left out: ${thrown.message}`);
    return undefined;
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.code === 'E_NOT_FOUND') return undefined;
    throw thrown;
  }
}

function withoutImages({ id, status }: InferenceAnswer): AlbarettoError {
  if (status === 'FAILED') {
    return new AlbarettoError({
      code: 'E_TASK_FAILED',
      message: `${id} failed: the service gives no reason`,
      hint: 'it has no images',
      plugin: PLUGIN,
    });
  }
  return gone(id, 'it has no images, or none any more');
}

function gone(id: string, why: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_NOT_FOUND', message: `${printable(id, 80)}: ${why}`, plugin: PLUGIN });
}

function stillPending(id: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${printable(id, 80)} was still being made after ${PATIENCE / 1000} s`,
    hint: 'fetch it again later',
    plugin: PLUGIN,
  });
}
