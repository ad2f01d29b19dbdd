/** A fake on loopback for each test of a file, and clients that speak to its hosts. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, exchange } from '../../support/exchange.js';
import type { FakeCivitai, FakeCivitaiOptions, FakeWorkflow } from './index.js';
import { type LoopbackCivitai, startFakeCivitai } from './loopback.js';

/** What the fake's clock says at the start of each test. */
export const START = Date.UTC(2026, 10, 20, 9, 30, 12, 345);
export const MINUTE = 60_000;
export const DAY = 24 * 3_600_000;

export interface BlobRecord {
  type: string;
  id: string;
  available: boolean;
  url: string | null;
  urlExpiresAt: string | null;
  previewUrl?: string | null;
  blockedReason: string | null;
}

export interface StepRecord {
  $type: string;
  name: string;
  status: string;
  input: Record<string, unknown>;
  output?: Record<string, unknown> & { images?: BlobRecord[] };
  jobs: Record<string, unknown>[];
}

export interface WorkflowRecord {
  id: string;
  status: string;
  createdAt: string;
  completedAt: string | null;
  arguments: Record<string, unknown>;
  metadata: Record<string, unknown>;
  steps: StepRecord[];
}

export interface WorkflowList {
  next?: string | null;
  items: WorkflowRecord[];
}

export interface Session {
  readonly fake: FakeCivitai;
  readonly origins: Pick<LoopbackCivitai, 'orchestratorOrigin' | 'contentOrigin' | 'siteOrigin' | 'cdnOrigin'>;
  bearer(key?: string): Record<string, string>;
  /** A path below `/v2/consumer`. */
  api(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Exchanged>;
  site(path: string, headers?: Readonly<Record<string, string>>): Promise<Exchanged>;
  list(query?: string): Promise<WorkflowList>;
  read(workflow: FakeWorkflow, query?: string): Promise<WorkflowRecord>;
  /** Fresh records of the pictures of a workflow's first step. */
  pictures(workflow: FakeWorkflow, query?: string): Promise<BlobRecord[]>;
  /** Another fake, which the session closes. */
  restartWith(options: FakeCivitaiOptions): Promise<void>;
}

export function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

/** To be called once at the top of a test file. */
export function useFakeCivitai(): Session {
  let service: LoopbackCivitai;
  beforeEach(async () => {
    service = await startFakeCivitai({ now: () => START });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get origins() {
      return service;
    },
    bearer: (key = service.fake.key) => ({ Authorization: `Bearer ${key}` }),
    api: (path, headers = session.bearer(), method = 'GET') =>
      exchange(`${service.orchestratorOrigin}/v2/consumer${path}`, { headers, method }),
    site: (path, headers = {}) => exchange(`${service.siteOrigin}${path}`, { headers }),
    list: async (query = '') => json(await session.api(`/workflows${query}`)),
    read: async ({ id }, query = '') => json(await session.api(`/workflows/${id}${query}`)),
    pictures: async (workflow, query) => (await session.read(workflow, query)).steps[0]!.output!.images!,
    async restartWith(options) {
      await service.close();
      service = await startFakeCivitai({ now: () => START, ...options });
    },
  };
  return session;
}
