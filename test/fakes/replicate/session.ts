/** A fake on loopback for each test of a file, and a client that speaks to it. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, exchange } from '../../support/exchange.js';
import type { FakePrediction, FakeReplicate, FakeReplicateOptions } from './index.js';
import { type LoopbackReplicate, startFakeReplicate } from './loopback.js';

/** What the fake's clock says at the start of each test. */
export const START = Date.UTC(2026, 10, 20, 9, 0, 0, 123);

export interface PredictionRecord {
  id: string;
  status: string;
  source: string;
  input: Record<string, unknown>;
  output?: unknown;
  error: string | null;
  logs?: string;
  data_removed: boolean;
  created_at: string;
  started_at?: string;
  completed_at?: string;
  metrics?: Record<string, number>;
  urls: Record<string, string>;
}

export interface List {
  previous: string | null;
  next: string | null;
  results: PredictionRecord[];
}

export interface Session {
  readonly fake: FakeReplicate;
  readonly apiUrl: string;
  readonly deliveryOrigin: string;
  bearer(token?: string): Record<string, string>;
  api(path: string, headers?: Readonly<Record<string, string>>): Promise<Exchanged>;
  read(prediction: FakePrediction): Promise<PredictionRecord>;
  /** Follows a link exactly as it was sent. */
  follow(link: string): Promise<List>;
  /** A link to the first picture of a new prediction. */
  firstLink(): Promise<string>;
}

export function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

/** To be called once at the top of a test file. */
export function useFakeReplicate(options: FakeReplicateOptions = {}): Session {
  let service: LoopbackReplicate;
  beforeEach(async () => {
    service = await startFakeReplicate({ now: () => START, ...options });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get apiUrl() {
      return service.apiUrl;
    },
    get deliveryOrigin() {
      return service.deliveryOrigin;
    },
    bearer: (token = service.fake.token) => ({ Authorization: `Bearer ${token}` }),
    api: (path, headers = session.bearer()) => exchange(`${service.apiUrl}${path}`, { headers }),
    read: async ({ id }) => json<PredictionRecord>(await session.api(`/predictions/${id}`)),
    follow: async (link) => json<List>(await exchange(link, { headers: session.bearer() })),
    async firstLink() {
      const { output } = await session.read(service.fake.addPrediction());
      return (output as string[])[0]!;
    },
  };
  return session;
}
