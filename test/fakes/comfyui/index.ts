/**
 * A faithful copy of ComfyUI, as it runs on one's own machine, and of Comfy Cloud with the store that its files lie in.
 * All three show the same prompts, so that a test takes the one that it is about. Where the sources tell nothing (the
 * cloud's error codes, the lifetime and the look of its links), a likely form was chosen.
 */

import type { RequestListener } from 'node:http';
import type { Faults } from '../service/faults.js';
import { createFakeClock, createStage, type FakeClock, type RecordedRequest, type Stage } from '../service/stage.js';
import { createCloud } from './cloud.js';
import { type AccountState, type CloudAccount, cloudError, createCloudAccount } from './cloud-account.js';
import { createCloudMedia } from './cloud-media.js';
import { type CloudTimes, createCloudRecords } from './cloud-records.js';
import { createFolders, type FakeFile, type Folders } from './folders.js';
import { createPromptStore, type FakePrompt, type NewPrompt, type PromptStore } from './prompts.js';
import { createServer } from './server.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export type { AccountState } from './cloud-account.js';
export type { CloudTimes } from './cloud-records.js';
export type { FakeFile, FolderName } from './folders.js';
export type { NewOutput, OutputKind } from './outputs.js';
export type { FakePrompt, NewPrompt, Outcome } from './prompts.js';

export const CLOUD_HOST = 'cloud.comfy.org';
export const CLOUD_MEDIA_HOST = 'storage.googleapis.com';

export interface FakeComfyUiOptions {
  /** Whether the server knows `/api/jobs`. True unless said otherwise. */
  readonly knowsJobs?: boolean;
  /** Whether interrupted jobs are `cancelled` and not `failed`. True unless said otherwise. */
  readonly knowsCancelled?: boolean;
  /** How many prompts the history holds; 10,000 unless said otherwise. */
  readonly historyCap?: number;
  /** Whether pictures hold their graphs. True unless said otherwise. */
  readonly embedsGraphs?: boolean;
  /** Whether JSON is compressed for clients that ask for it. False unless said otherwise. */
  readonly compresses?: boolean;
  /** Headers that a proxy in front of the server asks for; none unless said otherwise. */
  readonly requiredHeaders?: Readonly<Record<string, string>>;
  /** The only key that the cloud takes. */
  readonly cloudKey?: string;
  /** How the cloud writes `create_time`; seconds unless said otherwise. */
  readonly cloudTimes?: CloudTimes;
  /** Where the cloud's links lead; `https://storage.googleapis.com` unless the fake stands elsewhere. */
  readonly mediaOrigin?: string | (() => string);
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
}

export interface FakeComfyUi {
  /** A server of one's own; `server` in records and faults. */
  readonly serverListener: RequestListener;
  /** Comfy Cloud; `cloud`. */
  readonly cloudListener: RequestListener;
  /** The store behind the cloud's links; `media`. */
  readonly mediaListener: RequestListener;
  readonly cloudKey: string;
  rotateCloudKey(): string;
  setCloudAccount(state: AccountState): void;
  addPrompt(prompt?: NewPrompt): FakePrompt;
  /** Each a minute younger than the one before; the last was made now. */
  addPrompts(count: number, make?: (index: number) => NewPrompt): FakePrompt[];
  /** Ends a pending or running prompt. */
  finishPrompt(id: string, outcome?: 'success' | 'error' | 'interrupted'): FakePrompt;
  /** Everything that was ever added, oldest first. */
  readonly prompts: readonly FakePrompt[];
  /** Loses the history, the queue and the temp folder; the other files stay. */
  restart(): void;
  /** The user empties the output folder: the records stay, and the next files take the old names. */
  emptyOutputFolder(): void;
  removeFile(file: FakeFile): void;
  readonly requests: readonly RecordedRequest[];
  /** The requests that were no reading. */
  changes(): RecordedRequest[];
  /** The requests that carried the key to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const DEFAULT_KEY = 'comfyui-7c1f90ad6be24351c8f2d07e94a1b6358e2d4f7a';
const MINUTE = 60_000;

export function createFakeComfyUi(options: FakeComfyUiOptions = {}): FakeComfyUi {
  const clock = createFakeClock(options.now);
  const account = createCloudAccount(options.cloudKey ?? DEFAULT_KEY);
  const folders = createFolders();
  const { historyCap = 10_000, embedsGraphs = true } = options;
  const prompts = createPromptStore({ folders, now: clock.now, historyCap, embedsGraphs });
  const stage = stageFor(options, clock, account.isLeakedBy);
  return {
    ...listeners(options, { account, folders, prompts, clock, stage }),
    get cloudKey() {
      return account.key;
    },
    rotateCloudKey: () => account.rotate(),
    setCloudAccount(state) {
      account.state = state;
    },
    addPrompt: (prompt) => prompts.add(prompt),
    addPrompts(count, make = () => ({})) {
      const created = (index: number) => clock.now() - (count - 1 - index) * MINUTE;
      return Array.from({ length: count }, (_, index) => prompts.add({ created: created(index), ...make(index) }));
    },
    finishPrompt: (id, outcome) => prompts.finish(id, outcome),
    prompts: prompts.all,
    restart: () => prompts.restart(),
    emptyOutputFolder: () => folders.empty('output'),
    removeFile: (file) => folders.remove(file),
    requests: stage.requests,
    changes: () => stage.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
    leaks: stage.leaks,
    faults: stage.faults,
    clock,
  };
}

interface Parts {
  readonly account: CloudAccount;
  readonly folders: Folders;
  readonly prompts: PromptStore;
  readonly clock: FakeClock;
  readonly stage: Stage;
}

function listeners(options: FakeComfyUiOptions, { account, folders, prompts, clock, stage }: Parts) {
  const { mediaOrigin = `https://${CLOUD_MEDIA_HOST}` } = options;
  const origin = () => (typeof mediaOrigin === 'string' ? mediaOrigin : mediaOrigin());
  const media = createCloudMedia({ folders, now: clock.now, origin });
  const records = createCloudRecords(options.cloudTimes ?? 'seconds');
  const server = createServer({
    prompts,
    folders,
    knowsJobs: options.knowsJobs ?? true,
    knowsCancelled: options.knowsCancelled ?? true,
    compresses: options.compresses ?? false,
    requiredHeaders: options.requiredHeaders ?? {},
  });
  return {
    serverListener: stage.listener('server', server),
    cloudListener: stage.listener('cloud', createCloud({ account, prompts, folders, records, link: media.link })),
    mediaListener: stage.listener('media', media.answer),
  };
}

/** A server that asks for no credentials is no place for any, a key of the cloud included. */
function stageFor(options: FakeComfyUiOptions, clock: FakeClock, isKey: (text: string) => boolean): Stage {
  const wanted = Object.values(options.requiredHeaders ?? {});
  return createStage({
    clock,
    secretsBelongTo: wanted.length === 0 ? ['cloud'] : ['cloud', 'server'],
    isLeakedBy: (text) => isKey(text) || wanted.some((value) => text.includes(value)),
    refusals: {
      failure: (status) => cloudError(status, 'INTERNAL_ERROR', 'Something went wrong'),
      rateLimit: (retryAfter) => {
        const refusal = cloudError(429, 'RATE_LIMITED', 'Too many requests');
        return { ...refusal, headers: { ...refusal.headers, 'Retry-After': retryAfter } };
      },
    },
  });
}
