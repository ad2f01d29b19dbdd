import {
  type ListOptions,
  type Located,
  type LocateOptions,
  type Location,
  type OptionValues,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
  usageError,
} from '../../src/plugin.js';
import { Api } from './api.js';
import { Conversations } from './conversations.js';
import { notFetchable } from './outcome.js';
import { PictureBytes } from './picture-bytes.js';
import { targetOf } from './reference.js';
import { Responses } from './responses.js';
import { Undelivered } from './undelivered.js';

const PLUGIN = 'openai';
const DEFAULT_WAIT = 300;

const body: SourceBody = { create: (context) => createOpenAi(context) };

export default body;

function createOpenAi(context: SourceContext): Source {
  const patience = readWait(context.options) * 1000;
  const api = new Api(context);
  const undelivered = new Undelivered();
  const responses = new Responses(context, api, undelivered, patience);
  const conversations = new Conversations(context, api, undelivered);
  const bytes = new PictureBytes(api, undelivered);

  return {
    async *open(reference: string, options: ListOptions): AsyncGenerator<Task> {
      const target = targetOf(reference);
      const { kind, id, picture } = target;
      const { signal } = options;
      if (kind === 'conversation') {
        yield picture === undefined
          ? await conversations.whole(id, signal)
          : await conversations.one(id, picture, signal);
      } else if (kind !== 'response') {
        throw notFetchable(target);
      } else if (picture === undefined && context.options.chain === true) {
        yield* responses.chain(id, options);
      } else yield await responses.one(id, picture, signal);
    },

    async locate(item: Located, { signal, renew }: LocateOptions): Promise<Location> {
      const kept = renew ? undefined : undelivered.take(item.taskId, item.id);
      return { kind: 'bytes', bytes: kept ?? (await bytes.again(item, signal)) };
    },

    async check(signal) {
      await api.prove(signal);
      return undefined;
    },
  };
}

/** @throws E_USAGE */
function readWait({ wait }: OptionValues): number {
  if (wait === undefined) return DEFAULT_WAIT;
  const value = Number(wait);
  if (typeof wait === 'string' && wait.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw usageError('--wait is a number of seconds', undefined, PLUGIN);
}
