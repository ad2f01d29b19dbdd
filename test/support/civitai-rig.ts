/** The source civitai over its fake service, on loopback ports and on one clock. */

import type { RequestListener } from 'node:http';
import { parse, stringify } from 'lossless-json';
import descriptor from '../../sources/civitai/index.js';
import type { Item, OptionValues, Task } from '../../src/plugin.js';
import { type Answer, createFakeCivitai, type FakeCivitai, type FakeCivitaiOptions } from '../fakes/civitai/index.js';
import { listenOnLoopback } from '../fakes/service/loopback.js';
import { openSourceRig, type SourceRig } from './source-rig.js';
import { VirtualClock } from './virtual-clock.js';

export interface CivitaiRigOptions extends FakeCivitaiOptions {
  readonly options?: OptionValues;
  /** What the source is given in place of the good key. */
  readonly credential?: string;
  /** Keeps what the orchestrator answers, for `record`. Stands in the way of faults, until these are cleared. */
  readonly recording?: boolean;
}

export interface CivitaiRig extends SourceRig {
  readonly fake: FakeCivitai;
  readonly clock: VirtualClock;
  /** All hosts of the fake. */
  readonly hosts: Readonly<Record<'orchestrator' | 'content' | 'site' | 'cdn', string>>;
  /** Requests that have no whole answer yet. */
  running(): number;
  /** The requests to the orchestrator, but for those to blobs: path and query without `/v2/consumer`. */
  asked(): string[];
  /** The requests to the site: path and query. */
  askedOfSite(): string[];
  /** The requests for files: the fake's word for the host, and the status. */
  downloads(): string[];
  /** All that a reference names. */
  list(reference: string): Promise<{ readonly task: Task; readonly items: Item[] }>;
  /** The record of an item as the orchestrator last sent it, in the shape of the item's `raw`. */
  record(item: Item): string;
  shut(): Promise<void>;
}

const BASE = '/v2/consumer';

export async function openCivitaiRig(given: CivitaiRigOptions = {}): Promise<CivitaiRig> {
  const { options, credential, recording = false, ...fakeOptions } = given;
  const clock = new VirtualClock({ start: Date.now() });
  let origins: readonly string[] = [];
  const at = (index: number) => () => origins[index]!;
  const fake = createFakeCivitai({
    now: clock.now,
    ...fakeOptions,
    orchestratorOrigin: at(0),
    contentOrigin: at(1),
    siteOrigin: at(2),
    cdnOrigin: at(3),
  });
  const sent = recording ? recordAnswers(fake) : [];
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
  const { orchestratorListener, contentListener, siteListener, cdnListener } = fake;
  const loopback = await listenOnLoopback(
    [orchestratorListener, contentListener, siteListener, cdnListener].map((listener) => counted(listener)),
  );
  origins = loopback.origins;
  const [orchestrator, content, site, cdn] = origins.map((origin) => new URL(origin).host) as [
    string,
    string,
    string,
    string,
  ];
  const rig = await openSourceRig({
    descriptor,
    baseUrl: origins[0]!,
    credential: credential ?? fake.key,
    clock,
    options: { 'site-url': origins[2]!, ...options },
  }).catch(async (thrown) => {
    await loopback.close();
    throw thrown;
  });
  const isBlob = (target: string) => target.startsWith(`${BASE}/blobs/`);
  return {
    ...rig,
    fake,
    clock,
    hosts: { orchestrator, content, site, cdn },
    running: () => running,
    asked: () =>
      fake.requests
        .filter(({ host, target }) => host === 'orchestrator' && !isBlob(target))
        .map(({ method, target }) => `${method === 'GET' ? '' : `${method} `}${target.replace(BASE, '')}`),
    askedOfSite: () => fake.requests.filter(({ host }) => host === 'site').map(({ target }) => target),
    downloads: () =>
      fake.requests
        .filter(({ host, target }) => host === 'content' || host === 'cdn' || isBlob(target))
        .map(({ host, status }) => `${host} ${status}`),
    list: (reference) => listOne(rig, reference),
    record: (item) => recordOf(item, sent),
    async shut() {
      rig.close();
      await loopback.close();
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

/** The bodies of all whole answers of the orchestrator, newest last. */
function recordAnswers(fake: FakeCivitai): string[] {
  const sent: string[] = [];
  const change = (answer: Answer): Answer => {
    sent.push(answer.body.toString('utf8'));
    return answer;
  };
  fake.faults.inject({
    host: 'orchestrator',
    path: /\/workflows/u,
    count: Number.POSITIVE_INFINITY,
    what: { kind: 'changed', change },
  });
  return sent;
}

interface WorkflowRecord {
  readonly id?: string;
  readonly items?: readonly WorkflowRecord[];
  readonly steps?: readonly {
    readonly name: string;
    readonly output?: { readonly images?: readonly { id: string }[] };
  }[];
}

/** For results that stand under `images`. */
function recordOf({ taskId, id }: Item, sent: readonly string[]): string {
  for (const body of sent.toReversed()) {
    const answer = parse(body) as WorkflowRecord;
    for (const workflow of answer.items ?? [answer]) {
      if (workflow.id !== taskId) continue;
      for (const { name, output } of workflow.steps ?? []) {
        const blob = output?.images?.find((own) => own.id.split('.')[0] === id);
        if (blob !== undefined) return stringify({ workflow, step: name, blob }) ?? '';
      }
    }
  }
  throw new Error(`no answer held ${id}`);
}
