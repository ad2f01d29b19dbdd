/** How many requests are left: counters that fall with each one, and the headers that tell them. */

import type { FakeRequest } from '../service/answer.js';
import type { Caller } from './authorization.js';

const SECONDS_TO_REFILL = 3_600;
const SECONDS_OF_A_DAY = 86_400;

/** Tests may set any of them. */
export interface Credits {
  /** Of the application, for a day. */
  clientLimit: number;
  clientRemaining: number;
  /** Of an address that uses the application's Client-ID. */
  userLimit: number;
  userRemaining: number;
  /** Of the account that has signed in. */
  accountLimit: number;
  accountRemaining: number;
  /** Unix seconds at which those of the user and the account are full again. */
  userReset: number;
  /** The same for the application; no answer tells it. */
  clientReset: number;
  /** Of POST requests, for an hour. */
  postLimit: number;
  postRemaining: number;
  /** False for an application like the web site's own, whose counters are told but never fall. */
  falls: boolean;
}

export interface CreditCounter {
  readonly state: Credits;
  /** Takes one credit; false where none is left. */
  spend(caller: Caller, request: FakeRequest): boolean;
  headers(caller: Caller, request: FakeRequest): Record<string, string>;
  /** What `/3/credits` says. */
  record(caller: Caller): object;
}

export function createCredits(now: () => number): CreditCounter {
  const seconds = () => Math.floor(now() / 1000);
  const state: Credits = {
    clientLimit: 12_500,
    clientRemaining: 12_500,
    userLimit: 500,
    userRemaining: 500,
    accountLimit: 2_000,
    accountRemaining: 2_000,
    userReset: seconds() + SECONDS_TO_REFILL,
    clientReset: seconds() + SECONDS_OF_A_DAY,
    postLimit: 1_250,
    postRemaining: 1_250,
    falls: true,
  };
  return {
    state,
    spend(caller, { method }) {
      refill(state, seconds());
      const left = caller === 'account' ? 'accountRemaining' : 'userRemaining';
      const counters = [left, 'clientRemaining', ...(method === 'POST' ? ['postRemaining'] : [])] as (typeof left)[];
      if (counters.some((counter) => state[counter] < 1)) return false;
      if (state.falls) for (const counter of counters) state[counter] -= 1;
      return true;
    },
    headers: (caller, { method }) => ({ ...rateHeaders(state, caller), ...postHeaders(state, method, seconds()) }),
    record(caller) {
      refill(state, seconds());
      const { limit, remaining } = personal(state, caller);
      const { userReset: UserReset, clientLimit: ClientLimit, clientRemaining: ClientRemaining } = state;
      return { UserLimit: limit, UserRemaining: remaining, UserReset, ClientLimit, ClientRemaining };
    },
  };
}

function refill(state: Credits, now: number): void {
  if (now >= state.clientReset) {
    state.clientRemaining = state.clientLimit;
    state.clientReset = now + SECONDS_OF_A_DAY;
  }
  if (now < state.userReset) return;
  state.userRemaining = state.userLimit;
  state.accountRemaining = state.accountLimit;
  state.postRemaining = state.postLimit;
  state.userReset = now + SECONDS_TO_REFILL;
}

function personal(state: Credits, caller: Caller): { limit: number; remaining: number } {
  if (caller === 'account') return { limit: state.accountLimit, remaining: state.accountRemaining };
  return { limit: state.userLimit, remaining: state.userRemaining };
}

function rateHeaders(state: Credits, caller: Caller): Record<string, string> {
  const { limit, remaining } = personal(state, caller);
  return {
    'X-RateLimit-UserLimit': String(limit),
    'X-RateLimit-UserRemaining': String(remaining),
    'X-RateLimit-UserReset': String(state.userReset),
    'X-RateLimit-ClientLimit': String(state.clientLimit),
    'X-RateLimit-ClientRemaining': String(state.clientRemaining),
  };
}

/** Unlike the other reset, this one is a number of seconds to wait. */
function postHeaders(state: Credits, method: string, now: number): Record<string, string> {
  if (method !== 'POST') return {};
  return {
    'X-Post-Rate-Limit-Limit': String(state.postLimit),
    'X-Post-Rate-Limit-Remaining': String(state.postRemaining),
    'X-Post-Rate-Limit-Reset': String(state.userReset - now),
  };
}
