/** The source openai over its fake service, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { parse, stringify } from 'lossless-json';
import descriptor from '../../sources/openai/index.js';
import type { Item, ListOptions, OptionValues } from '../../src/plugin.js';
import { type Answer, createFakeOpenAi, type FakeOpenAi, type FakeOpenAiOptions } from '../fakes/openai/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { type Answered, openAnswered } from './answered-source.js';
import { type Listed, listAll } from './listed.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

/** What the clock says at the start. */
export const START = Date.UTC(2026, 10, 20, 9, 0, 0, 400);

export interface OpenAiRigOptions extends Omit<FakeOpenAiOptions, 'pictureOrigin' | 'now'> {
  readonly options?: OptionValues;
  /** What the source is given in place of the good key. */
  readonly credential?: string;
  /** Keeps what the API answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
}

export interface OpenAiRig extends SourceRig {
  readonly fake: FakeOpenAi;
  readonly clock: VirtualClock;
  /** Ends with `/v1`. */
  readonly apiUrl: string;
  /** Of a host that has nothing to do with the service. */
  readonly pictureOrigin: string;
  /** Requests to the API that have no whole answer yet. */
  running(): number;
  /** The paths of the requests to the API, without `/v1`. */
  asked(): string[];
  /**
   * The record of an item as the API last sent it, in the shape of the item's `raw`: the bytes in its `result` read `?…`,
   * because no record keeps them.
   */
  record(item: Item): string;
  open(reference: string, options?: ListOptions): Promise<Listed>;
  openAll(reference: string, options?: ListOptions): Promise<Listed[]>;
  shut(): Promise<void>;
}

export async function openOpenAiRig(given: OpenAiRigOptions = {}): Promise<OpenAiRig> {
  const { options, credential, recording = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: START });
  let pictureOrigin = '';
  const fake = createFakeOpenAi({ now: clock.now, ...fakeOptions, pictureOrigin: () => pictureOrigin });
  const sent = recording ? recordAnswers(fake) : [];
  let running = 0;
  const counted: RequestListener = (request, response) => {
    running += 1;
    response.on('close', () => {
      running -= 1;
    });
    fake.apiListener(request, response);
  };
  const loopback = await listenOnLoopback([counted, fake.pictureListener]);
  const [apiOrigin, ownPictureOrigin] = loopback.origins as [string, string];
  pictureOrigin = ownPictureOrigin;
  const rig = await openSourceRig({
    descriptor,
    baseUrl: `${apiOrigin}/v1`,
    credential: credential ?? fake.key,
    clock,
    ...(options === undefined ? {} : { options }),
  }).catch(async (thrown) => {
    await loopback.close();
    throw thrown;
  });
  const openAll = (reference: string, listOptions: ListOptions = {}) =>
    listAll(rig.source.open(reference, listOptions));
  return {
    ...rig,
    fake,
    clock,
    apiUrl: `${apiOrigin}/v1`,
    pictureOrigin,
    running: () => running,
    asked: () => fake.requests.filter(({ host }) => host === 'api').map(({ target }) => target.replace('/v1', '')),
    record: (item) => recordOf(item, sent),
    openAll,
    async open(reference, listOptions) {
      const [listed] = await openAll(reference, listOptions);
      if (listed === undefined) throw new Error('the reference names no task');
      return listed;
    },
    async shut() {
      rig.close();
      await loopback.close();
    },
  };
}

/** The source over a service that answers as a test says; no socket is opened. */
export function openAnsweredOpenAi(options: OptionValues, maxBytes?: number): Promise<Answered> {
  return openAnswered({
    descriptor,
    baseUrl: 'https://api.openai.invalid/v1',
    start: START,
    options,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

/** The API's answer with a change in its JSON; numbers stay as they were written. */
export function changed(change: (json: Record<string, unknown>) => unknown) {
  return {
    kind: 'changed' as const,
    change: (answer: Answer): Answer => ({
      ...answer,
      body: Buffer.from(stringify(change(parse(answer.body.toString('utf8')) as Record<string, unknown>)) ?? ''),
    }),
  };
}

/** Good answers of the test's own, one after the other, whatever is asked. */
export function answered(...jsons: readonly unknown[]) {
  let number = 0;
  return {
    kind: 'changed' as const,
    change: (answer: Answer): Answer => {
      const json = jsons[Math.min(number, jsons.length - 1)];
      number += 1;
      return { ...answer, status: 200, body: Buffer.from(JSON.stringify(typeof json === 'function' ? json() : json)) };
    },
  };
}

/** The bodies of all whole answers of the API, newest last. */
function recordAnswers(fake: FakeOpenAi): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({ host: 'api', count: Number.POSITIVE_INFINITY, what: { kind: 'changed', change } });
  return sent;
}

interface SentItem {
  readonly id?: unknown;
  readonly result?: unknown;
}

interface Sent {
  readonly id?: unknown;
  readonly output?: readonly SentItem[];
  readonly data?: readonly SentItem[];
}

function recordOf({ id, taskId }: Item, sent: readonly string[]): string {
  const answers = sent.toReversed().map((body) => parse(body) as Sent);
  const around = answers.find((answer) => answer.id === taskId);
  const items = taskId.startsWith('conv_') ? answers.flatMap(({ data }) => data ?? []) : (around?.output ?? []);
  const item = items.find((candidate) => candidate.id === id);
  if (around === undefined || item === undefined) throw new Error(`no answer held ${id}`);
  const bare = { ...item, result: '?…' };
  if (taskId.startsWith('conv_')) return stringify({ conversation: around, item: bare }) ?? '';
  const output = items.filter(({ result }) => typeof result !== 'string');
  return stringify({ response: { ...around, output }, item: bare }) ?? '';
}
