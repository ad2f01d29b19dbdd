/** A fake on loopback for each test of a file, and a client that speaks to it as the Labs page would. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, exchange } from '../../support/exchange.js';
import type { FakeDalle2, FakeTask } from './index.js';
import { type LoopbackDalle2, startFakeDalle2 } from './loopback.js';

/** What the fake's clock says at the start of each test. */
export const START = Date.UTC(2022, 8, 30, 12, 0, 0, 400);

export interface GenerationRecord {
  id: string;
  is_public: boolean;
  generation: { image_path: string };
}

export interface TaskRecord {
  id: string;
  created: number;
  status: string;
  status_information: Record<string, unknown>;
  prompt_id: string;
  prompt: { prompt_type: string; prompt: Record<string, string>; parent_generation_id: string | null };
  generations?: { data: GenerationRecord[] };
}

export interface Session {
  readonly fake: FakeDalle2;
  readonly apiUrl: string;
  readonly blobOrigin: string;
  bearer(token?: string): Record<string, string>;
  api(path: string, headers?: Readonly<Record<string, string>>): Promise<Exchanged>;
  post(path: string, body: object): Promise<Exchanged>;
  readTask(task: FakeTask): Promise<TaskRecord>;
  /** A fresh link to the first picture of the newest task, which is made where there is none. */
  firstLink(): Promise<string>;
}

export function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

/** To be called once at the top of a test file. */
export function useFakeDalle2(): Session {
  let service: LoopbackDalle2;
  beforeEach(async () => {
    service = await startFakeDalle2({ now: () => START });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get apiUrl() {
      return service.apiUrl;
    },
    get blobOrigin() {
      return service.blobOrigin;
    },
    bearer: (token = service.fake.token) => ({ Authorization: `Bearer ${token}` }),
    api: (path, headers = session.bearer()) => exchange(`${service.apiUrl}${path}`, { headers }),
    post: (path, body) =>
      exchange(`${service.apiUrl}${path}`, { method: 'POST', headers: session.bearer(), body: JSON.stringify(body) }),
    readTask: async (task) => json<TaskRecord>(await session.api(`/tasks/${task.id}`)),
    async firstLink() {
      const task = await session.readTask(service.fake.tasks[0] ?? service.fake.addTask());
      return task.generations!.data[0]!.generation.image_path;
    },
  };
  return session;
}
