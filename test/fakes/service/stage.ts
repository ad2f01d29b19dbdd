/** What every fake service is built on: a clock that a test moves, faults on order, and a record of each request. */

import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { type Answer, type FakeRequest, readRequest } from './answer.js';
import { createFaultInjector, deliver, type Fault, type Faults, type Refusals } from './faults.js';

export interface RecordedRequest {
  /** The fake's own word for the host: `api`, `blob`. */
  readonly host: string;
  readonly method: string;
  /** Path and query, exactly as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** By the fake's clock. */
  readonly at: number;
  /** True where a secret, or any Authorization header, reached a host that it does not belong to. It must never be. */
  readonly leaksToken: boolean;
  /** The status that was meant, and the fault that spoiled it. */
  readonly status: number;
  readonly fault?: Fault['kind'];
}

export interface FakeClock {
  /** Milliseconds since the epoch. */
  now(): number;
  advance(milliseconds: number): void;
}

export interface StageOptions {
  readonly clock: FakeClock;
  /** The hosts that may see the secrets. */
  readonly secretsBelongTo: readonly string[];
  /** Whether a text holds a secret, one of the past included. */
  isLeakedBy(text: string): boolean;
  readonly refusals: Refusals;
}

export interface Stage {
  listener(host: string, answer: (request: FakeRequest) => Answer | Promise<Answer>): RequestListener;
  readonly requests: readonly RecordedRequest[];
  /** The requests that carried a secret to where it does not belong. */
  leaks(): RecordedRequest[];
  readonly faults: Faults;
}

export function createStage({ clock, secretsBelongTo, isLeakedBy, refusals }: StageOptions): Stage {
  const faults = createFaultInjector();
  const requests: RecordedRequest[] = [];
  const leaks = (host: string, request: FakeRequest) =>
    !secretsBelongTo.includes(host) && carriesSecret(request, isLeakedBy);
  return {
    listener: (host, answer) => (message, response) => {
      readRequest(message)
        .then(async (request) => {
          const fault = faults.take(host, request.target);
          const right = await answer(request);
          requests.push({
            host,
            method: request.method,
            target: request.target,
            headers: { ...request.headers },
            at: clock.now(),
            leaksToken: leaks(host, request),
            status: right.status,
            ...(fault === undefined ? {} : { fault: fault.kind }),
          });
          deliver(right, fault, refusals, message, response);
        })
        // The client went away in the middle of its own request.
        .catch(() => message.socket.destroy());
    },
    requests,
    leaks: () => requests.filter((request) => request.leaksToken),
    faults,
  };
}

/** The machine's clock unless another is given. */
export function createFakeClock(now: () => number = Date.now): FakeClock {
  let ahead = 0;
  return {
    now: () => now() + ahead,
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

function carriesSecret(request: FakeRequest, isLeakedBy: (text: string) => boolean): boolean {
  if (request.headers.authorization !== undefined) return true;
  const texts = [request.target, request.body.toString('latin1'), ...Object.values(request.headers).flat()];
  return texts.some((text) => text !== undefined && isLeakedBy(text));
}
