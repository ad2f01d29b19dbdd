/**
 * A faithful copy of the part of Replicate's API that reads predictions, and of the host that their files are on, as its
 * documentation and its own clients describe them. Where these say nothing (the bodies of 404 and 500, what is left of
 * an input), a likely form was chosen and is said to be one.
 */

import type { RequestListener } from 'node:http';
import type { Faults } from '../service/faults.js';
import { createFakeClock, createStage, type FakeClock, type RecordedRequest, type Stage } from '../service/stage.js';
import { createApi } from './api.js';
import { type Authorization, createAuthorization } from './authorization.js';
import { createDelivery } from './delivery.js';
import { failure, throttled } from './errors.js';
import type { NewPrediction } from './new-prediction.js';
import type { FakePrediction } from './prediction.js';
import { createPredictionStore, type PredictionStore } from './predictions.js';
import { predictionRecord, type RecordOptions } from './records.js';
import { createThrottle } from './throttle.js';
import { createUploads } from './uploads.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export { FakeFile, type FileFormat, inventFile, type NewFile } from './files.js';
export type { NewPrediction, PredictionStatus } from './new-prediction.js';
export type { AddFile, OutputKind } from './outputs.js';
export { type FakePrediction, RETENTION } from './prediction.js';

export const API_HOST = 'api.replicate.com';
export const DELIVERY_HOST = 'replicate.delivery';

export interface FakeReplicateOptions {
  /** The only token that is good. */
  readonly token?: string;
  /** Where the API is; `https://api.replicate.com` unless the fake stands elsewhere. */
  readonly apiOrigin?: string | (() => string);
  /** Where all files are; `https://replicate.delivery` and its subdomains unless the fake stands elsewhere. */
  readonly deliveryOrigin?: string | (() => string);
  /**
   * Whether files are shown to the owner of the token alone. The documentation asks clients to send it, but most files
   * are shown to everybody; so they are here, and the token that comes nevertheless is a leak, unless this is set.
   */
  readonly filesNeedToken?: boolean;
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
  /** Whether records carry fields that no client knows. True unless said otherwise. */
  readonly extraFields?: boolean;
  /** 100 unless said otherwise. */
  readonly pageSize?: number;
  /** Of the API, by the fake's clock; 3,000 unless said otherwise. */
  readonly requestsPerMinute?: number;
}

/** What is the same in all, or what the function says of each. */
export type Each = NewPrediction | ((index: number) => NewPrediction);

export interface FakeReplicate {
  readonly apiListener: RequestListener;
  readonly deliveryListener: RequestListener;
  /** The token that is good at this moment. */
  readonly token: string;
  rotateToken(): string;
  addPrediction(prediction?: NewPrediction): FakePrediction;
  /** So many at once, one second apart, the newest last. */
  addPredictions(count: number, each?: Each): readonly FakePrediction[];
  /** Deleted by hand, with its files. */
  removePrediction(id: string): void;
  /** Puts a file among those that people uploaded as input; answers its id. */
  addUpload(): string;
  /** Newest first. */
  readonly predictions: readonly FakePrediction[];
  prediction(id: string): FakePrediction | undefined;
  /** The record that the API shows at this moment, without a request and without a poll. */
  recordOf(prediction: FakePrediction): object;
  readonly requests: readonly RecordedRequest[];
  /** The requests that carried the token to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const DEFAULT_TOKEN = 'r8_Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3UiTq6';

export function createFakeReplicate(options: FakeReplicateOptions = {}): FakeReplicate {
  const clock = createFakeClock(options.now);
  const authorization = createAuthorization(options.token ?? DEFAULT_TOKEN);
  const store = createPredictionStore(clock.now);
  const records = recordOptions(options);
  const uploads = createUploads(clock.now, records.apiOrigin);
  const { filesNeedToken = false, pageSize = 100, requestsPerMinute = 3_000 } = options;
  const throttle = createThrottle(requestsPerMinute, clock.now);
  const api = createApi({ store, uploads, records, pageSize, now: clock.now });
  const stage = createReplicateStage(clock, authorization, filesNeedToken);
  const refusal = filesNeedToken ? authorization.refusal : () => undefined;
  return {
    apiListener: stage.listener('api', (request) => authorization.refusal(request) ?? throttle() ?? api(request)),
    deliveryListener: stage.listener('delivery', createDelivery({ store, refusal })),
    get token() {
      return authorization.token;
    },
    rotateToken: () => authorization.rotate(),
    addPrediction: (prediction) => store.add(prediction),
    addPredictions: (count, each) => addMany(store, count, each, clock.now()),
    removePrediction: (id) => store.remove(id),
    addUpload: () => uploads.add(),
    predictions: store.predictions,
    prediction: (id) => store.find(id),
    recordOf: (prediction) => predictionRecord(records, prediction, 'whole'),
    requests: stage.requests,
    leaks: stage.leaks,
    faults: stage.faults,
    clock,
  };
}

function createReplicateStage(clock: FakeClock, authorization: Authorization, filesNeedToken: boolean): Stage {
  return createStage({
    clock,
    isLeakedBy: authorization.isLeakedBy,
    secretsBelongTo: filesNeedToken ? ['api', 'delivery'] : ['api'],
    // An empty time to wait leaves the header out; then only the words tell it.
    refusals: { failure, rateLimit: (after) => throttled(after || '1', after || undefined) },
  });
}

function addMany(store: PredictionStore, count: number, each: Each = {}, now: number): readonly FakePrediction[] {
  return Array.from({ length: count }, (_, index) =>
    store.add({ created: now - (count - index) * 1_000, ...(typeof each === 'function' ? each(index) : each) }),
  );
}

function recordOptions(options: FakeReplicateOptions): RecordOptions {
  const { apiOrigin = `https://${API_HOST}`, deliveryOrigin, extraFields = true } = options;
  return {
    apiOrigin: () => originOf(apiOrigin),
    deliveryOrigin(subdomain) {
      if (deliveryOrigin !== undefined) return originOf(deliveryOrigin);
      return `https://${subdomain === undefined ? '' : `${subdomain}.`}${DELIVERY_HOST}`;
    },
    extraFields,
  };
}

function originOf(given: string | (() => string)): string {
  return typeof given === 'string' ? given : given();
}
