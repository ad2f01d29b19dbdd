/** The source imgur over its fake service, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { parse, stringify } from 'lossless-json';
import descriptor from '../../sources/imgur/index.js';
import type { Item, OptionValues } from '../../src/plugin.js';
import { type Answer, createFakeImgur, type FakeImgur, type FakeImgurOptions } from '../fakes/imgur/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { type Listed, listAll } from './listed.js';
import { type MemorySecrets, memorySecrets } from './memory-secrets.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

export interface ImgurRigOptions extends FakeImgurOptions {
  readonly options?: OptionValues;
  /** What the source is given in place of the application's Client-ID. */
  readonly credential?: string;
  /** The source's record of secrets. Default: nothing. */
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** Keeps what the API answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
}

export interface ImgurRig extends SourceRig {
  readonly fake: FakeImgur;
  readonly clock: VirtualClock;
  readonly secrets: MemorySecrets;
  readonly apiHost: string;
  readonly mediaHost: string;
  /** Requests to the API that have no whole answer yet. */
  running(): number;
  /** The paths and queries of the requests to the API. */
  asked(): string[];
  /** The record of an item as the API last sent it, in the shape of the item's `raw`. */
  record(item: Item): string;
  list(reference: string): Promise<Listed[]>;
  shut(): Promise<void>;
}

export async function openImgurRig(given: ImgurRigOptions = {}): Promise<ImgurRig> {
  const { options, credential, secrets: initial, recording = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: Date.UTC(2021, 11, 1, 12) });
  const secrets = memorySecrets(initial);
  let mediaOrigin = '';
  const fake = createFakeImgur({ now: clock.now, mediaOrigin: () => mediaOrigin, ...fakeOptions });
  const sent = recording ? recordAnswers(fake) : [];
  let running = 0;
  const counted: RequestListener = (request, response) => {
    running += 1;
    response.on('close', () => {
      running -= 1;
    });
    fake.apiListener(request, response);
  };
  const { origins, close } = await listenOnLoopback([counted, fake.mediaListener]);
  const [apiHost, mediaHost] = origins.map((origin) => new URL(origin).host) as [string, string];
  mediaOrigin = `http://${mediaHost}`;
  const rig = await openSourceRig({
    descriptor,
    baseUrl: `http://${apiHost}`,
    credential: credential ?? fake.oauth.clientId,
    clock,
    secrets,
    ...(options === undefined ? {} : { options }),
  }).catch(async (thrown) => {
    await close();
    throw thrown;
  });
  return {
    ...rig,
    fake,
    clock,
    secrets,
    apiHost,
    mediaHost,
    running: () => running,
    asked: () => fake.requests.filter(({ host }) => host === 'api').map(({ target }) => target),
    record: (item) => recordOf(item, sent),
    list: (reference) => listAll(rig.source.open(reference, {})),
    async shut() {
      rig.close();
      await close();
    },
  };
}

/** The bodies of all whole answers of the API, newest last. */
function recordAnswers(fake: FakeImgur): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({ host: 'api', count: Number.POSITIVE_INFINITY, what: { kind: 'changed', change } });
  return sent;
}

interface AlbumRecord {
  readonly images?: readonly { readonly id: string }[];
}

/** What lets its holder delete a post is no part of what is kept. */
function recordOf(item: Item, sent: readonly string[]): string {
  for (const body of sent.toReversed()) {
    const { images, ...album } = (parse(body) as { data: AlbumRecord }).data;
    const image = images?.find(({ id }) => id === item.id);
    if (image === undefined) continue;
    return (stringify({ album, image }) ?? '').replace(/("deletehash":")[^"]*/gu, '$1?…');
  }
  throw new Error(`no answer held ${item.id}`);
}
