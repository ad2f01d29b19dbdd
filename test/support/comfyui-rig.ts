/** The source comfyui over its fake servers, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { parse, stringify } from 'lossless-json';
import comfyui from '../../sources/comfyui/index.js';
import type { Item, OptionValues, SourceDescriptor, Task } from '../../src/plugin.js';
import { type Answer, createFakeComfyUi, type FakeComfyUi, type FakeComfyUiOptions } from '../fakes/comfyui/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

export interface ComfyUiRigOptions extends FakeComfyUiOptions {
  /** Default: the source's own. */
  readonly descriptor?: SourceDescriptor;
  /** Which of the fake's servers is read: one of one's own unless said otherwise. */
  readonly place?: 'server' | 'cloud';
  readonly options?: OptionValues;
  /** What the source is given in place of the good key; `null` for none. */
  readonly credential?: string | null;
  /** Keeps what the server answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
}

export interface ComfyUiRig extends SourceRig {
  readonly fake: FakeComfyUi;
  readonly clock: VirtualClock;
  /** Hosts of the server that is read and of the cloud's store. */
  readonly host: string;
  readonly mediaHost: string;
  /** Requests that have no whole answer yet. */
  running(): number;
  /** The requests to the server that is read, but for those to `/view`: method where it is not GET, path and query. */
  asked(): string[];
  /** The requests for files, wherever they went. */
  viewed(): string[];
  /** All tasks that a reference names, with their items. */
  list(reference: string): Promise<{ readonly task: Task; readonly items: Item[] }>;
  /** The record of an item as the server last sent it, in the shape of the item's `raw`. */
  record(item: Item): string;
  shut(): Promise<void>;
}

export async function openComfyUiRig(given: ComfyUiRigOptions = {}): Promise<ComfyUiRig> {
  const { descriptor = comfyui, place = 'server', options, credential, recording = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: Date.now() });
  let mediaOrigin = '';
  const fake = createFakeComfyUi({ now: clock.now, ...fakeOptions, mediaOrigin: () => mediaOrigin });
  const sent = recording ? recordAnswers(fake, place) : [];
  let running = 0;
  const counted =
    (listener: RequestListener): RequestListener =>
    (request, response) => {
      running += 1;
      response.on('close', () => {
        running -= 1;
      });
      listener(request, response);
    };
  const listener = place === 'cloud' ? fake.cloudListener : fake.serverListener;
  const { origins, close } = await listenOnLoopback([counted(listener), counted(fake.mediaListener)]);
  mediaOrigin = origins[1]!;
  const key = credential === null ? undefined : (credential ?? fake.cloudKey);
  const rig = await openSourceRig({
    descriptor,
    baseUrl: origins[0]!,
    ...(key === undefined ? {} : { credential: key }),
    clock,
    options: { ...(place === 'cloud' ? { cloud: true } : {}), ...options },
  }).catch(async (thrown) => {
    await close();
    throw thrown;
  });
  const isView = (target: string) => /^(?:\/api)?\/view\?/u.test(target);
  return {
    ...rig,
    fake,
    clock,
    host: new URL(origins[0]!).host,
    mediaHost: new URL(mediaOrigin).host,
    running: () => running,
    asked: () =>
      fake.requests
        .filter(({ host, target }) => host === place && !isView(target))
        .map(({ method, target }) => (method === 'GET' ? target : `${method} ${target}`)),
    viewed: () =>
      fake.requests
        .filter(({ host, target }) => host === 'media' || isView(target))
        .map(({ host, method, target }) => `${host} ${method} ${target.replace(/X-Goog.*$/u, '…')}`),
    list: (reference) => listOne(rig, reference),
    record: (item) => recordOf(item, sent),
    async shut() {
      rig.close();
      await close();
    },
  };
}

async function listOne({ source }: SourceRig, reference: string): Promise<{ task: Task; items: Item[] }> {
  const listed: { task: Task; items: Item[] }[] = [];
  for await (const task of source.open(reference, {})) {
    const items: Item[] = [];
    for await (const item of task.items) items.push(item);
    listed.push({ task, items });
  }
  if (listed.length !== 1) throw new Error(`${reference} names ${listed.length} tasks`);
  return listed[0]!;
}

/** The bodies of all whole answers in JSON, newest last. */
function recordAnswers(fake: FakeComfyUi, host: string): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    if (/json/u.test(answer.headers['Content-Type'] ?? '')) sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({ host, count: Number.POSITIVE_INFINITY, what: { kind: 'changed', change } });
  return sent;
}

interface JobRecord {
  readonly id?: string;
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
}

function recordOf({ taskId, id }: Item, sent: readonly string[]): string {
  const [, node = '', key = '', index = ''] = /^.{36}-([^-]+)-([^-]+)-(\d+)$/u.exec(id) ?? [];
  for (const body of sent.toReversed()) {
    const answer = parse(body) as JobRecord & Readonly<Record<string, JobRecord>>;
    const job = answer.id === taskId ? answer : answer[taskId];
    const output = job?.outputs?.[node]?.[key]?.[Number(index)];
    if (output !== undefined) return stringify({ job, node, key, index: Number(index), output }) ?? '';
  }
  throw new Error(`no answer held ${id}`);
}
