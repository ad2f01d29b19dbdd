/** A fake on loopback for each test of a file, and a client that speaks to it. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, exchange } from '../../support/exchange.js';
import type { FakeOpenAi, FakeOpenAiOptions, FakeResponse } from './index.js';
import { type LoopbackOpenAi, startFakeOpenAi } from './loopback.js';

/** What the fake's clock says at the start of each test. */
export const START = Date.UTC(2026, 10, 20, 9, 0, 0, 400);

export interface ItemRecord {
  id: string;
  type: string;
  status?: string;
  role?: string;
  result?: unknown;
  revised_prompt?: string | null;
  content?: Record<string, unknown>[];
}

export interface ResponseRecord {
  id: string;
  status: string;
  created_at: number;
  completed_at: number | null;
  previous_response_id: string | null;
  output: ItemRecord[];
}

export interface List {
  object: string;
  data: ItemRecord[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

export interface Session {
  readonly fake: FakeOpenAi;
  readonly apiUrl: string;
  readonly pictureOrigin: string;
  bearer(key?: string): Record<string, string>;
  api(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Exchanged>;
  read(response: FakeResponse): Promise<ResponseRecord>;
  list(path: string): Promise<List>;
}

export function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

/** To be called once at the top of a test file. */
export function useFakeOpenAi(options: FakeOpenAiOptions = {}): Session {
  let service: LoopbackOpenAi;
  beforeEach(async () => {
    service = await startFakeOpenAi({ now: () => START, ...options });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get apiUrl() {
      return service.apiUrl;
    },
    get pictureOrigin() {
      return service.pictureOrigin;
    },
    bearer: (key = service.fake.key) => ({ Authorization: `Bearer ${key}` }),
    api: (path, headers = session.bearer(), method = 'GET') =>
      exchange(`${service.apiUrl}${path}`, { method, headers }),
    read: async ({ id }) => json<ResponseRecord>(await session.api(`/responses/${id}`)),
    list: async (path) => json<List>(await session.api(path)),
  };
  return session;
}
