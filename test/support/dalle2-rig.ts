/** The source dalle2 over its fake service, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { parse, stringify } from 'lossless-json';
import descriptor from '../../sources/dalle2/index.js';
import type { Item, OptionValues } from '../../src/plugin.js';
import { type Answer, createFakeDalle2, type FakeDalle2, type FakeDalle2Options } from '../fakes/dalle2/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

export interface Dalle2RigOptions extends FakeDalle2Options {
  readonly options?: OptionValues;
  /** What the source is given in place of the good token. */
  readonly credential?: string;
  /** Keeps what the API answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
}

export interface Dalle2Rig extends SourceRig {
  readonly fake: FakeDalle2;
  readonly clock: VirtualClock;
  readonly apiHost: string;
  readonly blobHost: string;
  /** Requests to the API that have no whole answer yet. */
  running(): number;
  /** The paths of the requests to the API, without `/api/labs`. */
  asked(): string[];
  /** How many requests reached the blob host. */
  downloads(): number;
  /** The record of an item as the API last sent it, in the shape of the item's `raw`. */
  record(item: Item): string;
  shut(): Promise<void>;
}

export async function openDalle2Rig(given: Dalle2RigOptions = {}): Promise<Dalle2Rig> {
  const { options, credential, recording = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: Date.now() });
  let blobOrigin = '';
  const fake = createFakeDalle2({ now: clock.now, ...fakeOptions, blobOrigin: () => blobOrigin });
  const sent = recording ? recordAnswers(fake) : [];
  let running = 0;
  const counted: RequestListener = (request, response) => {
    running += 1;
    response.on('close', () => {
      running -= 1;
    });
    fake.apiListener(request, response);
  };
  const { origins, close } = await listenOnLoopback([counted, fake.blobListener]);
  const [apiHost, blobHost] = origins.map((origin) => new URL(origin).host) as [string, string];
  blobOrigin = `http://${blobHost}`;
  const rig = await openSourceRig({
    descriptor,
    baseUrl: `http://${apiHost}/api/labs`,
    credential: credential ?? fake.token,
    clock,
    ...(options === undefined ? {} : { options }),
  }).catch(async (thrown) => {
    await close();
    throw thrown;
  });
  return {
    ...rig,
    fake,
    clock,
    apiHost,
    blobHost,
    running: () => running,
    asked: () =>
      fake.requests.filter(({ host }) => host === 'api').map(({ target }) => target.replace('/api/labs', '')),
    downloads: () => fake.requests.filter(({ host }) => host === 'blob').length,
    record: (item) => recordOf(item, sent),
    async shut() {
      rig.close();
      await close();
    },
  };
}

/** The bodies of all whole answers of the API, newest last. */
function recordAnswers(fake: FakeDalle2): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({ host: 'api', count: Number.POSITIVE_INFINITY, what: { kind: 'changed', change } });
  return sent;
}

function recordOf(item: Item, sent: readonly string[]): string {
  for (const body of sent.toReversed()) {
    const { data, ...single } = parse(body) as { data?: TaskRecord[] } & TaskRecord;
    for (const { generations, ...task } of data ?? [single]) {
      const generation = generations?.data.find((candidate) => candidate.id === item.id);
      if (generation !== undefined) return stringify({ task, generation }) ?? '';
    }
  }
  throw new Error(`no answer held ${item.id}`);
}

interface TaskRecord {
  readonly generations?: { readonly data: readonly { readonly id: string }[] };
}
