/**
 * A faithful copy of the DALL·E 2 Labs API and of the blob host that its links lead to. The service has been wound down;
 * this is what its clients' sources tell about it. Where they tell nothing (the bodies of 404 and 429, the numbering of
 * a page's `start`), a likely form was chosen.
 */

import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { type Answer, type FakeRequest, readRequest } from './answer.js';
import { createApi } from './api.js';
import { createAuthorization } from './authorization.js';
import { createBlobHost } from './blob.js';
import { createFaultInjector, deliver, type Fault, type FaultInjector, type Faults } from './faults.js';
import { createRecords } from './records.js';
import { createSignatures } from './signatures.js';
import { createTaskStore, type FakeGeneration, type FakeTask, type NewTask } from './tasks.js';

export type { Answer } from './answer.js';
export type { Fault, FaultRule, Faults } from './faults.js';
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

export interface RecordedRequest {
  readonly host: 'api' | 'blob';
  readonly method: string;
  /** Path and query, exactly as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** By the fake's clock. */
  readonly at: number;
  /** True where the session's token, or any Authorization header, reached the blob host. It must never be. */
  readonly leaksToken: boolean;
  /** The status that was meant, and the fault that spoiled it. */
  readonly status: number;
  readonly fault?: Fault['kind'];
}

export interface FakeClock {
  now(): number;
  advance(milliseconds: number): void;
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
  const clock = createClock(options.now ?? Date.now);
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
  const faults = createFaultInjector();
  const requests: RecordedRequest[] = [];
  const stage: Stage = { clock, faults, requests, isLeakedBy: authorization.isLeakedBy };
  return {
    apiListener: createListener(stage, 'api', (request) => {
      const refusal = api.isPublic(request.path) ? undefined : authorization.refusal(request);
      return refusal ?? api.answer(request);
    }),
    blobListener: createListener(stage, 'blob', createBlobHost({ store, signatures, now: clock.now })),
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
    requests,
    leaks: () => requests.filter((request) => request.leaksToken),
    faults,
    clock,
  };
}

/** What both hosts share. */
interface Stage {
  readonly clock: FakeClock;
  readonly faults: FaultInjector;
  readonly requests: RecordedRequest[];
  isLeakedBy(text: string): boolean;
}

function createListener(stage: Stage, host: 'api' | 'blob', answer: (request: FakeRequest) => Answer): RequestListener {
  return (message, response) => {
    readRequest(message).then(
      (request) => {
        const right = answer(request);
        const fault = stage.faults.take(host, request.target);
        stage.requests.push({
          host,
          method: request.method,
          target: request.target,
          headers: { ...request.headers },
          at: stage.clock.now(),
          leaksToken: host === 'blob' && carriesToken(request, stage.isLeakedBy),
          status: right.status,
          ...(fault === undefined ? {} : { fault: fault.kind }),
        });
        deliver(right, fault, message, response);
      },
      // The client went away in the middle of its own request.
      () => message.socket.destroy(),
    );
  };
}

function createClock(now: () => number): FakeClock {
  let ahead = 0;
  return {
    now: () => now() + ahead,
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

function carriesToken(request: FakeRequest, isLeakedBy: (text: string) => boolean): boolean {
  if (request.headers.authorization !== undefined) return true;
  const texts = [request.target, request.body.toString('latin1'), ...Object.values(request.headers).flat()];
  return texts.some((text) => text !== undefined && isLeakedBy(text));
}
