/**
 * A faithful copy of the DALL·E 2 Labs API and of the blob host that its links lead to. The service has been wound down;
 * this is what its clients' sources tell about it. Where they tell nothing (the bodies of 404 and 429, the numbering of
 * a page's `start`), a likely form was chosen.
 */

import type { RequestListener } from 'node:http';
import type { Faults } from '../service/faults.js';
import { createFakeClock, createStage, type FakeClock, type RecordedRequest } from '../service/stage.js';
import { createApi } from './api.js';
import { createAuthorization } from './authorization.js';
import { createBlobHost } from './blob.js';
import { apiError } from './errors.js';
import { createRecords } from './records.js';
import { createSignatures } from './signatures.js';
import { createTaskStore, type FakeGeneration, type FakeTask, type NewTask } from './tasks.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export type { FakeGeneration, FakeTask, NewTask, TaskKind, TaskStatus } from './tasks.js';

export const API_HOST = 'labs.openai.com';
export const BLOB_HOST = 'openailabsprodscus.blob.core.windows.net';
export const PUBLIC_HOST = 'openai-labs-public-images-prod.azureedge.net';

export interface FakeDalle2Options {
  /** The only token that is good. */
  readonly token?: string;
  /** Where signed links lead; `https://openailabsprodscus.blob.core.windows.net` unless the fake stands elsewhere. */
  readonly blobOrigin?: string | (() => string);
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
  /** Whether records carry fields that no client knows. True unless said otherwise. */
  readonly extraFields?: boolean;
  /** How many polls tasks stay pending that are created over the API; 2 unless said otherwise. */
  readonly pollsBeforeEnd?: number;
}

export interface FakeDalle2 {
  readonly apiListener: RequestListener;
  /** Serves the private pictures and, without a signature, those that are shared. */
  readonly blobListener: RequestListener;
  /** The token that is good at this moment. */
  readonly token: string;
  rotateToken(): string;
  addTask(task?: NewTask): FakeTask;
  removeTask(id: string): void;
  /** Newest first. */
  readonly tasks: readonly FakeTask[];
  generation(id: string): FakeGeneration | undefined;
  readonly requests: readonly RecordedRequest[];
  /** The requests that carried the token to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const DEFAULT_TOKEN = 'sess-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3UiTq6XyC';

export function createFakeDalle2(options: FakeDalle2Options = {}): FakeDalle2 {
  const clock = createFakeClock(options.now);
  const authorization = createAuthorization(options.token ?? DEFAULT_TOKEN);
  const store = createTaskStore(clock.now);
  const signatures = createSignatures(clock.now);
  const { blobOrigin = `https://${BLOB_HOST}`, extraFields = true, pollsBeforeEnd = 2 } = options;
  const records = createRecords({
    signatures,
    blobOrigin: () => (typeof blobOrigin === 'string' ? blobOrigin : blobOrigin()),
    publicOrigin: `https://${PUBLIC_HOST}`,
    extraFields,
  });
  const api = createApi({ store, records, now: clock.now, pollsBeforeEnd });
  const stage = createStage({
    clock,
    isLeakedBy: authorization.isLeakedBy,
    secretsBelongTo: ['api'],
    refusals: {
      failure: (status) => apiError(status, 'The server had an error while processing your request. Sorry about that!'),
      rateLimit: (retryAfter) =>
        apiError(429, 'Rate limit reached. Please try again later.', 'rate_limit_exceeded', {
          'Retry-After': retryAfter,
        }),
    },
  });
  return {
    apiListener: stage.listener('api', (request) => {
      const refusal = api.isPublic(request.path) ? undefined : authorization.refusal(request);
      return refusal ?? api.answer(request);
    }),
    blobListener: stage.listener('blob', createBlobHost({ store, signatures, now: clock.now })),
    get token() {
      return authorization.token;
    },
    rotateToken: () => authorization.rotate(),
    addTask: (task) => store.add(task),
    removeTask: (id) => store.remove(id),
    get tasks() {
      return store.tasks;
    },
    generation: (id) => store.generation(id),
    requests: stage.requests,
    leaks: stage.leaks,
    faults: stage.faults,
    clock,
  };
}
