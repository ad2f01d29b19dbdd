/** The source replicate over its fake service, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { parse, stringify } from 'lossless-json';
import descriptor from '../../sources/replicate/index.js';
import type { Item, ListOptions, OptionValues } from '../../src/plugin.js';
import {
  type Answer,
  createFakeReplicate,
  type FakeReplicate,
  type FakeReplicateOptions,
} from '../fakes/replicate/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { type Answered, openAnswered } from './answered-source.js';
import { type Listed, listAll } from './listed.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

/** What the clock says at the start. */
export const START = Date.UTC(2026, 10, 20, 9, 0, 0, 123);

export interface ReplicateRigOptions extends Omit<FakeReplicateOptions, 'apiOrigin' | 'deliveryOrigin' | 'now'> {
  readonly options?: OptionValues;
  /** What the source is given in place of the good token. */
  readonly credential?: string;
  /** Keeps what the API answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
}

export interface ReplicateRig extends SourceRig {
  readonly fake: FakeReplicate;
  readonly clock: VirtualClock;
  /** `http://127.0.0.1:port`. */
  readonly apiOrigin: string;
  readonly deliveryHost: string;
  /** Requests to the API that have no whole answer yet. */
  running(): number;
  /** The paths of the requests to the API, without `/v1`. */
  asked(): string[];
  /** How many requests reached the media host. */
  downloads(): number;
  /** The record of an item as the API last sent it, in the shape of the item's `raw`. */
  record(item: Item): string;
  open(reference: string, options?: ListOptions): Promise<Listed>;
  history(options?: ListOptions): Promise<Listed[]>;
  shut(): Promise<void>;
}

export async function openReplicateRig(given: ReplicateRigOptions = {}): Promise<ReplicateRig> {
  const { options, credential, recording = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: START });
  let [apiOrigin, deliveryOrigin] = ['', ''];
  const origins = { apiOrigin: () => apiOrigin, deliveryOrigin: () => deliveryOrigin };
  const fake = createFakeReplicate({ now: clock.now, ...fakeOptions, ...origins });
  const sent = recording ? recordAnswers(fake) : [];
  let running = 0;
  const counted: RequestListener = (request, response) => {
    running += 1;
    response.on('close', () => {
      running -= 1;
    });
    fake.apiListener(request, response);
  };
  const loopback = await listenOnLoopback([counted, fake.deliveryListener]);
  [apiOrigin, deliveryOrigin] = loopback.origins as [string, string];
  const rig = await openSourceRig({
    descriptor,
    baseUrl: `${apiOrigin}/v1`,
    credential: credential ?? fake.token,
    clock,
    ...(options === undefined ? {} : { options }),
  }).catch(async (thrown) => {
    await loopback.close();
    throw thrown;
  });
  const requestsTo = (host: string) => fake.requests.filter((request) => request.host === host);
  return {
    ...rig,
    fake,
    clock,
    apiOrigin,
    deliveryHost: new URL(deliveryOrigin).host,
    running: () => running,
    asked: () => requestsTo('api').map(({ target }) => target.replace('/v1', '')),
    downloads: () => requestsTo('delivery').length,
    record: (item) => recordOf(item, sent),
    async open(reference, listOptions = {}) {
      const [listed] = await listAll(rig.source.open(reference, listOptions));
      if (listed === undefined) throw new Error('the reference names no task');
      return listed;
    },
    history: (listOptions = {}) => listAll(rig.source.all!(listOptions)),
    async shut() {
      rig.close();
      await loopback.close();
    },
  };
}

/** The source over a service that answers as a test says; no socket is opened. */
export function openAnsweredReplicate(options: OptionValues): Promise<Answered> {
  return openAnswered({ descriptor, baseUrl: 'https://api.replicate.invalid/v1', start: START, options });
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

/** The bodies of all whole answers of the API, newest last. */
function recordAnswers(fake: FakeReplicate): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({ host: 'api', count: Number.POSITIVE_INFINITY, what: { kind: 'changed', change } });
  return sent;
}

function recordOf({ taskId }: Item, sent: readonly string[]): string {
  for (const body of sent.toReversed()) {
    const single = parse(body) as { id?: unknown; results?: { id?: unknown }[] };
    const found = (single.results ?? [single]).find(({ id }) => id === taskId);
    if (found !== undefined) return stringify(found) ?? '';
  }
  throw new Error(`no answer held ${taskId}`);
}
