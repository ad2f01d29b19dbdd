/**
 * A faithful copy of the part of OpenAI's API that reads responses and conversations, as its specification and its own
 * clients describe it, with the quirks that their users report. Where these say nothing (a cursor that is in no list,
 * an unknown path), a likely form was chosen and is said to be one. All bytes stand in the answers themselves, so that
 * there is no media host; but a user's message may have a link to a host of anybody's, which must never see the key.
 */

import type { RequestListener } from 'node:http';
import type { Answer } from '../service/answer.js';
import type { Faults } from '../service/faults.js';
import { createFakeClock, createStage, type FakeClock, type RecordedRequest, type Stage } from '../service/stage.js';
import { createApi } from './api.js';
import { type Authorization, createAuthorization } from './authorization.js';
import type { FakeConversation, NewConversation } from './conversation.js';
import { failure, rateLimited } from './errors.js';
import type { NewResponse } from './new-response.js';
import { servePicture } from './pictures-host.js';
import { createRate, type Rate } from './rate.js';
import type { FakeResponse } from './response.js';
import { createStore, type Store } from './store.js';

export type { Answer } from '../service/answer.js';
export type { Fault, FaultRule, Faults } from '../service/faults.js';
export type { FakeClock, RecordedRequest } from '../service/stage.js';
export { INSUFFICIENT_QUOTA, SLOW_DOWN } from './account.js';
export type { FakeConversation, NewConversation } from './conversation.js';
export type { FakeImage, ImageFormat, NewImage } from './images.js';
export type { NewResponse, ResponseStatus } from './new-response.js';
export { type FakeResponse, RETENTION } from './response.js';

export const API_HOST = 'api.openai.com';
export const PICTURE_HOST = 'pictures.example.org';

export interface FakeOpenAiOptions {
  /** The key of the project whose responses these are. */
  readonly key?: string;
  /** Where the pictures of inputs are; `https://pictures.example.org` unless the fake stands elsewhere. */
  readonly pictureOrigin?: string | (() => string);
  /** Milliseconds since the epoch; the machine's clock unless said otherwise. */
  now?(): number;
  /** Whether records carry fields that no client knows. True unless said otherwise. */
  readonly extraFields?: boolean;
  /** By the fake's clock; 5,000 unless said otherwise. */
  readonly requestsPerMinute?: number;
}

/** What is the same in all, or what the function says of each. */
export type Each = NewResponse | ((index: number) => NewResponse);

export interface FakeOpenAi {
  readonly apiListener: RequestListener;
  readonly pictureListener: RequestListener;
  /** The key that is good at this moment. */
  readonly key: string;
  /** The key of another project, which is good but finds nothing. */
  readonly strangersKey: string;
  rotateKey(): string;
  addResponse(response?: NewResponse): FakeResponse;
  /** So many at once, one second apart, the newest last. */
  addResponses(count: number, each?: Each): readonly FakeResponse[];
  /** Each goes on from the one before it; the oldest first. */
  addChain(count: number, each?: Each): readonly FakeResponse[];
  addConversation(conversation?: NewConversation): FakeConversation;
  /** The items that a conversation has of it stay. */
  removeResponse(id: string): void;
  /** In the order in which they were added, those that are gone included. */
  readonly responses: readonly FakeResponse[];
  readonly requests: readonly RecordedRequest[];
  /** The requests that carried the key to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
  readonly clock: FakeClock;
}

const DEFAULT_KEY = 'sk-proj-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3UiTq6XyC';

export function createFakeOpenAi(options: FakeOpenAiOptions = {}): FakeOpenAi {
  const clock = createFakeClock(options.now);
  const authorization = createAuthorization(options.key ?? DEFAULT_KEY);
  const store = createStore(clock.now);
  const rate = createRate(options.requestsPerMinute ?? 5_000, clock.now);
  const stage = createOpenAiStage(clock, authorization, rate);
  return {
    apiListener: apiListener(options, stage, authorization, store, rate, clock),
    pictureListener: stage.listener('pictures', servePicture),
    get key() {
      return authorization.key;
    },
    strangersKey: authorization.strangersKey,
    rotateKey: () => authorization.rotate(),
    addResponse: (response) => store.add(response),
    addResponses: (count, each) => addMany(store, count, each, clock.now),
    addChain(count, each) {
      let previous: FakeResponse | undefined;
      return addMany(store, count, each, clock.now, (response) => {
        const link = previous === undefined ? {} : { previous };
        previous = store.add({ ...link, ...response });
        return previous;
      });
    },
    addConversation: (conversation) => store.addConversation(conversation),
    removeResponse: (id) => store.remove(id),
    responses: store.responses,
    requests: stage.requests,
    leaks: stage.leaks,
    faults: stage.faults,
    clock,
  };
}

function createOpenAiStage(clock: FakeClock, authorization: Authorization, rate: Rate): Stage {
  return createStage({
    clock,
    isLeakedBy: authorization.isLeakedBy,
    secretsBelongTo: ['api'],
    refusals: {
      failure: (status) => rate.signed(failure(status)),
      // An empty time to wait leaves the header out.
      rateLimit: (after) => rate.signed(rateLimited(after || '1', after || undefined)),
    },
  });
}

function apiListener(
  options: FakeOpenAiOptions,
  stage: Stage,
  authorization: Authorization,
  store: Store,
  rate: Rate,
  clock: FakeClock,
): RequestListener {
  const { pictureOrigin: given = `https://${PICTURE_HOST}`, extraFields = true } = options;
  const items = { pictureOrigin: () => (typeof given === 'string' ? given : given()), extraFields };
  const apis = {
    owner: createApi({ store, items }),
    stranger: createApi({ store: createStore(clock.now), items }),
  };
  return stage.listener('api', (request): Answer => {
    const caller = authorization.callerOf(request);
    const answer = caller.kind === 'refused' ? caller.answer : (rate.take() ?? apis[caller.kind](request));
    return rate.signed(answer);
  });
}

function addMany(
  store: Store,
  count: number,
  each: Each = {},
  now: () => number,
  add: (response: NewResponse) => FakeResponse = (response) => store.add(response),
): readonly FakeResponse[] {
  const start = Math.floor(now() / 1000) - count;
  return Array.from({ length: count }, (_, index) =>
    add({ created: start + index, ...(typeof each === 'function' ? each(index) : each) }),
  );
}
