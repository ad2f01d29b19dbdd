/** A fake on loopback for each test of a file, and a client that speaks to it as the site's own page would. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, exchange } from '../../support/exchange.js';
import type { FakeHappyAccidents, FakeHappyAccidentsOptions } from './index.js';
import { type LoopbackHappyAccidents, startFakeHappyAccidents } from './loopback.js';

/** What the fake's clock says at the start of each test: after the migration, before the end of the service. */
export const START = Date.UTC(2024, 3, 20, 12, 0, 0, 400);

export interface ImageRecord {
  id: string;
  url?: string;
  folderPath: string;
  filename: string;
  createdAt: string;
}

export interface InferenceRecord {
  inferenceId: string;
  inferenceType: string;
  status: string;
  createdAt: string;
  parentInferenceId: string | null;
  inferencePayload: Record<string, unknown>;
  images: ImageRecord[];
}

export interface List<T> {
  items: T[];
  paginationMetadata: Record<string, unknown>;
}

export interface Session {
  readonly fake: FakeHappyAccidents;
  readonly apiUrl: string;
  readonly imageOrigin: string;
  /** Starts the fake anew, with other options. */
  restart(options: FakeHappyAccidentsOptions): Promise<void>;
  bearer(token?: string): Record<string, string>;
  api(path: string, headers?: Readonly<Record<string, string>>): Promise<Exchanged>;
  page(number: number, size?: number, more?: string): Promise<List<InferenceRecord>>;
}

export function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

/** To be called once at the top of a test file. */
export function useFakeHappyAccidents(): Session {
  let service: LoopbackHappyAccidents;
  beforeEach(async () => {
    service = await startFakeHappyAccidents({ now: () => START });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get apiUrl() {
      return service.apiUrl;
    },
    get imageOrigin() {
      return service.imageOrigin;
    },
    async restart(options) {
      await service.close();
      service = await startFakeHappyAccidents({ now: () => START, ...options });
    },
    bearer: (token = service.fake.token) => ({ Authorization: `Bearer ${token}` }),
    api: (path, headers = session.bearer()) => exchange(`${service.apiUrl}${path}`, { headers }),
    page: async (number, size = 30, more = '') =>
      json(await session.api(`/inferences?current_page=${number}&page_size=${size}${more}`)),
  };
  return session;
}
