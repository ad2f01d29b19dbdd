/** The source happy-accidents over its fake service, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { isLosslessNumber, parse, stringify } from 'lossless-json';
import { SLOW_ANSWER } from '../../sources/happy-accidents/gallery.js';
import descriptor from '../../sources/happy-accidents/index.js';
import type { Item, ListOptions, OptionValues } from '../../src/plugin.js';
import {
  type Answer,
  createFakeHappyAccidents,
  type FakeHappyAccidents,
  type FakeHappyAccidentsOptions,
} from '../fakes/happy-accidents/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { idsOf, type Listed, listAll } from './listed.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

export interface HappyAccidentsRigOptions extends Omit<FakeHappyAccidentsOptions, 'imageOrigin' | 'now'> {
  readonly options?: OptionValues;
  /** What the source is given in place of the good token. */
  readonly credential?: string;
  /** Keeps what the API answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
  /** Links go on leading to ik.imagekit.io; `image-base-url` says where the images are. */
  readonly elsewhere?: boolean;
}

export interface HappyAccidentsRig extends SourceRig {
  readonly fake: FakeHappyAccidents;
  readonly clock: VirtualClock;
  readonly apiHost: string;
  readonly imageHost: string;
  /** Requests to the API that have no whole answer yet. */
  running(): number;
  /** The paths of the requests to the API, without `/v1`. */
  asked(): string[];
  /** Those of them that asked for records of models. */
  models(): string[];
  /** The numbers of the pages that were asked for. */
  pages(): number[];
  /** So much time goes by that an answer that is being waited for counts as slow. */
  beSlow(): Promise<void>;
  /** The record of an item as the API last sent it, in the shape of the item's `raw`. */
  record(item: Item): string;
  shut(): Promise<void>;
}

/** What the fake's clock says at the start: after the migration, before the end of the service. */
export const START = Date.UTC(2024, 3, 20, 12);

export async function openHappyAccidentsRig(given: HappyAccidentsRigOptions = {}): Promise<HappyAccidentsRig> {
  const { options, credential, recording = false, elsewhere = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: START });
  const patience = heldNotices(clock);
  let imageOrigin = '';
  const fake = createFakeHappyAccidents({
    ...fakeOptions,
    now: clock.now,
    ...(elsewhere ? {} : { imageOrigin: () => imageOrigin }),
  });
  const sent = recording ? recordAnswers(fake) : [];
  let running = 0;
  const counted: RequestListener = (request, response) => {
    running += 1;
    response.on('close', () => {
      running -= 1;
    });
    fake.apiListener(request, response);
  };
  const { origins, close } = await listenOnLoopback([counted, fake.imageListener]);
  const [apiHost, imageHost] = origins.map((origin) => new URL(origin).host) as [string, string];
  imageOrigin = `http://${imageHost}`;
  const rig = await openSourceRig({
    descriptor,
    baseUrl: `http://${apiHost}/v1`,
    credential: credential ?? fake.token,
    clock: patience.clock,
    options: { ...(elsewhere ? { 'image-base-url': `${imageOrigin}/hb42m9hh0` } : {}), ...options },
  }).catch(async (thrown) => {
    await close();
    throw thrown;
  });
  const asked = () =>
    fake.requests.filter(({ host }) => host === 'api').map(({ target }) => target.slice('/v1'.length));
  return {
    ...rig,
    fake,
    clock,
    apiHost,
    imageHost,
    running: () => running,
    asked,
    models: () => asked().filter((path) => path.startsWith('/models/')),
    pages: () =>
      asked()
        .flatMap((target) => /[?&]current_page=(\d+)/u.exec(target)?.[1] ?? [])
        .map(Number),
    beSlow: patience.pass,
    record: (item) => recordOf(item, sent),
    async shut() {
      rig.close();
      await close();
    },
  };
}

/** The clock, on which the wait before the word about a slow answer ends only when a test says so. */
function heldNotices(clock: VirtualClock): { readonly clock: VirtualClock; pass(): Promise<void> } {
  let held: (() => void)[] = [];
  const sleep: VirtualClock['sleep'] = async (milliseconds, signal) => {
    if (milliseconds !== SLOW_ANSWER) return clock.sleep(milliseconds, signal);
    await new Promise<void>((resolve, reject) => {
      held.push(resolve);
      signal?.addEventListener('abort', () => reject(new Error('not needed any more')), { once: true });
    });
  };
  return {
    clock: Object.create(clock, { sleep: { value: sleep } }) as VirtualClock,
    async pass() {
      for (const resolve of held) resolve();
      held = [];
      await new Promise(setImmediate);
    },
  };
}

/** The bodies of all whole answers of the API, newest last. */
function recordAnswers(fake: FakeHappyAccidents): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({ host: 'api', count: Number.POSITIVE_INFINITY, what: { kind: 'changed', change } });
  return sent;
}

interface SentRecord {
  readonly items?: readonly SentRecord[];
  readonly id?: string;
  readonly images?: readonly { readonly id: string }[];
  readonly inferencePayload?: { readonly modelId?: string };
}

const FACTS = ['id', 'name', 'activeVersionId', 'author', 'externalId', 'modelProvider'];

function recordOf(item: Item, sent: readonly string[]): string {
  const bodies = sent.map((body) => parse(body) as SentRecord).filter((body) => !isLosslessNumber(body));
  for (const { images, ...inference } of bodies.flatMap((body) => body.items ?? [body]).toReversed()) {
    const image = images?.find(({ id }) => id === item.id);
    if (image === undefined) continue;
    const model = bodies.find(({ id }) => id !== undefined && id === inference.inferencePayload?.modelId);
    const facts = Object.entries(model ?? {}).filter(([name]) => FACTS.includes(name));
    return stringify({ image, inference, model: model === undefined ? null : Object.fromEntries(facts) }) ?? '';
  }
  throw new Error(`no answer held ${item.id}`);
}

/** A reference to one task. */
export async function listOne({ source }: HappyAccidentsRig, reference: string): Promise<Listed> {
  const listed = await listAll(source.open(reference, {}));
  if (listed.length !== 1) throw new Error(`${reference} leads to ${listed.length} tasks`);
  return listed[0]!;
}

/** The ids of the gallery's tasks. */
export function taskIds({ source }: HappyAccidentsRig, options: ListOptions = {}): Promise<string[]> {
  return idsOf(source.all!(options));
}
