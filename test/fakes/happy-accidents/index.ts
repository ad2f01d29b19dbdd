/**
 * A faithful copy of the API of Happy Accidents and of the ImageKit host that its links lead to. The service closed in
 * 2024; this is what its clients' sources tell about it. Where they tell nothing (the body of the count, the words of a
 * refusal, the longest page, the order of the listing), a likely form was chosen.
 */

import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../service/faults.js';
import { createFakeClock, createStage, type FakeClock, type RecordedRequest } from '../service/stage.js';
import { IMAGE_ORIGIN, withImageOrigin } from './addresses.js';
import { type ApiOptions, createApi, type Slashes } from './api.js';
import { type Authorization, createAuthorization } from './authorization.js';
import { type Collection, createCollection } from './collection.js';
import { failure, rateLimit } from './errors.js';
import { inventUuid } from './ids.js';
import { createImageHost } from './image-host.js';
import { createInferenceStore, type InferenceStore } from './inferences.js';
import { createModelStore, type ModelStore } from './models.js';
import { createPageEvents, type Stall } from './page-events.js';
import type { MetadataOptions } from './paging.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export { API_HOST, IMAGE_HOST } from './addresses.js';
export type { Slashes } from './api.js';
export type { Golden } from './golden.js';
export type { FakeModel, NewModel } from './models.js';
export type { FakeImage, FakeInference, InferenceStatus, NewInference } from './new-inference.js';
export type { Stall } from './page-events.js';
export { INFERENCE_TYPES, type InferenceType, type Lora, type ModelKind } from './payload.js';
export { MIGRATION_TIME } from './times.js';

export interface FakeHappyAccidentsOptions {
  /** The first token, in place of a made-up JWT. */
  readonly token?: string;
  /** How long tokens are good, in milliseconds; four hours unless said otherwise. */
  readonly tokenLifetime?: number;
  /** Where links to images lead; `https://ik.imagekit.io` unless the fake stands elsewhere. */
  readonly imageOrigin?: string | (() => string);
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
  /** Whether records carry fields that no client knows. True unless said otherwise. */
  readonly extraFields?: boolean;
  /** Both forms are served unless said otherwise. */
  readonly slashes?: Slashes;
  /** Null unless said otherwise. */
  readonly totalItems?: MetadataOptions['totalItems'];
  /** False leaves the field out. */
  readonly hasNextPage?: boolean;
  /** A larger page is refused; 1,000 unless said otherwise. */
  readonly longestPage?: number;
  /** None unless said otherwise. */
  readonly stall?: Stall;
  /** How a stall passes; in real time unless said otherwise. */
  wait?(milliseconds: number): Promise<void>;
  /** Whether the image host re-encodes what is asked for without `tr`. True unless said otherwise. */
  readonly optimises?: boolean;
}

export interface FakeHappyAccidents extends Collection {
  readonly apiListener: RequestListener;
  /** The images, to everybody. */
  readonly imageListener: RequestListener;
  /** The newest token. */
  readonly token: string;
  /** The cookie `supabase-auth-token` that holds it, as a browser shows it. */
  readonly cookie: string;
  renewToken(): string;
  /** Runs `change` once, as soon as so many more pages of inferences have been answered. */
  afterPages(count: number, change: () => void): void;
  readonly requests: readonly RecordedRequest[];
  /** The requests that carried the token to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const USER_ID = inventUuid('user');
const FOUR_HOURS = 4 * 3_600_000;

export function createFakeHappyAccidents(options: FakeHappyAccidentsOptions = {}): FakeHappyAccidents {
  const clock = createFakeClock(options.now);
  const authorization = createAuthorization({
    ...(options.token === undefined ? {} : { token: options.token }),
    lifetime: options.tokenLifetime ?? FOUR_HOURS,
    userId: USER_ID,
    now: clock.now,
  });
  const store = createInferenceStore();
  const models = createModelStore();
  const apiOptions = createApiOptions(options, store, models, authorization);
  const api = createApi(apiOptions);
  const { imageOrigin = IMAGE_ORIGIN, optimises = true } = options;
  const origin = () => (typeof imageOrigin === 'string' ? imageOrigin : imageOrigin());
  const stage = createStage({
    clock,
    isLeakedBy: authorization.isLeakedBy,
    secretsBelongTo: ['api'],
    refusals: { failure, rateLimit },
  });
  return {
    apiListener: stage.listener('api', async (request) => withImageOrigin(await api(request), origin())),
    imageListener: stage.listener('image', createImageHost({ store, optimises })),
    get token() {
      return authorization.token;
    },
    get cookie() {
      return authorization.cookie;
    },
    renewToken: () => authorization.renew(),
    ...createCollection({ store, models, clock, userId: USER_ID, extraFields: options.extraFields ?? true }),
    afterPages: apiOptions.events.afterPages,
    requests: stage.requests,
    leaks: stage.leaks,
    faults: stage.faults,
    clock,
  };
}

function createApiOptions(
  options: FakeHappyAccidentsOptions,
  store: InferenceStore,
  models: ModelStore,
  authorization: Authorization,
): ApiOptions {
  return {
    store,
    models,
    authorization,
    events: createPageEvents({
      ...(options.stall === undefined ? {} : { stall: options.stall }),
      // A stall must not keep the process of a test alive.
      wait: options.wait ?? ((milliseconds) => sleep(milliseconds, undefined, { ref: false })),
    }),
    metadata: { totalItems: options.totalItems ?? 'null', hasNextPage: options.hasNextPage ?? true },
    slashes: options.slashes ?? 'both',
    longestPage: options.longestPage ?? 1_000,
  };
}
