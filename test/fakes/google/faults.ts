/** Faults that a test orders: which request they hit, and what becomes of it. */

/** Which requests. All that is given must fit. */
export interface FaultTarget {
  readonly method?: string;
  readonly host?: string;
  /** Tried on the path with its query. */
  readonly path?: RegExp;
  /** The first of the fitting requests that is hit, counted from 1, from the moment of the order. Default 1. */
  readonly hit?: number;
  /** How many fitting requests in a row are hit; `Infinity` for all. Default 1. */
  readonly count?: number;
}

/** What happens. Members may be combined where that has a sense: `{ status: 503, processed: true, delay: 50 }`. */
export interface FaultEffect {
  /** Answers this status with a Drive error (an OAuth error at the token endpoint) instead of serving the request. */
  readonly status?: number;
  readonly reason?: string;
  readonly message?: string;
  /** The header Retry-After: seconds or an HTTP date. */
  readonly retryAfter?: number | string;
  /** An HTML page in place of JSON; status 502 unless `status` says otherwise. */
  readonly html?: boolean;
  /** No body at all; status 200 unless `status` says otherwise. */
  readonly empty?: boolean;
  /** The request is served all the same, only its answer is the one above: the file is there, the client is told 503. */
  readonly processed?: boolean;
  /**
   * The connection ends: `before` the body is read; `during` it, when half is there; `after` the request was served,
   * without a byte of the answer; `answer`: in the middle of the answer.
   */
  readonly reset?: 'before' | 'during' | 'after' | 'answer';
  /** No answer for as long as the client waits: `before` or `after` the request was served (`true` is `before`). */
  readonly stall?: boolean | 'before' | 'after';
  /** A well-formed answer whose JSON stops in the middle. */
  readonly truncate?: boolean;
  /** The answer's digests are those of other bytes. */
  readonly wrongDigest?: boolean;
  /** The answer names another id than the stored file's. */
  readonly otherId?: boolean;
  /** The answer's body comes in pieces of this many bytes with pauses of this many milliseconds. */
  readonly drip?: { readonly bytes: number; readonly pause: number };
  /**
   * A resumable session holds only this many bytes after the request: fewer than were sent (partial acceptance), or
   * fewer than it had said before (a Range that goes backwards).
   */
  readonly sessionKeeps?: number;
  /** Milliseconds before the request is served. */
  readonly delay?: number;
  /** Requests wait until this many that are hit have arrived, then all are served: makes a race certain. */
  readonly barrier?: number;
}

export type Fault = FaultTarget & FaultEffect;

export interface InjectedFault {
  /** How many requests were hit so far. */
  readonly hits: number;
  /** Takes the order back; what waits at its barrier goes on. */
  remove(): void;
}

export interface Faults {
  /** Orders a fault. Of several that fit one request the one that was ordered first is taken. */
  inject(fault: Fault): InjectedFault;
  /** Takes all orders back. */
  clear(): void;
}

export interface ActiveFault {
  readonly effect: FaultEffect;
  /** Resolves when the request may go on. */
  readonly gate: Promise<void>;
}

interface ArrivedRequest {
  readonly method: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

interface Order {
  readonly fault: Fault;
  fitting: number;
  hits: number;
  waiting: Array<() => void>;
}

/** The orders, and the side of them that serves requests. */
export class FaultQueue implements Faults {
  #orders: Order[] = [];

  inject(fault: Fault): InjectedFault {
    const order: Order = { fault, fitting: 0, hits: 0, waiting: [] };
    this.#orders.push(order);
    return {
      get hits() {
        return order.hits;
      },
      remove: () => {
        this.#orders = this.#orders.filter((other) => other !== order);
        release(order);
      },
    };
  }

  clear(): void {
    for (const order of this.#orders.splice(0)) release(order);
  }

  /** What is to happen to a request that has just arrived. */
  take(request: ArrivedRequest): ActiveFault | undefined {
    let taken: Order | undefined;
    for (const order of this.#orders) {
      if (!fits(order.fault, request)) continue;
      order.fitting += 1;
      if (taken === undefined && isDue(order)) taken = order;
    }
    if (taken === undefined) return undefined;
    taken.hits += 1;
    return { effect: taken.fault, gate: gateOf(taken) };
  }
}

function isDue({ fault, fitting }: Order): boolean {
  const { hit = 1, count = 1 } = fault;
  return fitting >= hit && fitting < hit + count;
}

function gateOf(order: Order): Promise<void> {
  const { barrier = 1 } = order.fault;
  const gate = new Promise<void>((resolve) => order.waiting.push(resolve));
  if (order.waiting.length >= barrier) release(order);
  return gate;
}

function release(order: Order): void {
  for (const go of order.waiting.splice(0)) go();
}

function fits(target: FaultTarget, request: ArrivedRequest): boolean {
  if (target.method !== undefined && target.method !== request.method) return false;
  if (target.host !== undefined && target.host !== request.host) return false;
  // A copy without memory: an expression with the flag `g` would fit every other time only.
  return (
    target.path === undefined ||
    new RegExp(target.path.source, target.path.flags.replace(/[gy]/g, '')).test(request.path)
  );
}
