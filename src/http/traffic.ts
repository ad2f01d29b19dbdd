/**
 * How much is sent at once and how fast, for everything in the program: one pause for a whole host when it asks to slow
 * down, a least distance between requests to one host, and a cap on the bytes that come in.
 */

export interface TrafficRules {
  /** Milliseconds between the beginnings of two requests to one host. */
  readonly distance: number;
  /** Bytes of media a second, for all transfers together. */
  readonly bytesPerSecond?: number | undefined;
}

export interface TrafficClock {
  now(): number;
  /** Throws `E_INTERRUPTED` when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

export interface Traffic {
  /** Waits until a request to this host may begin. */
  enter(host: string, signal: AbortSignal | undefined): Promise<void>;
  /** Nothing new goes to this host for so many milliseconds: it answered 429, or 503 with a time. */
  pause(host: string, milliseconds: number): void;
  /** Waits until so many bytes that came fit under the cap. */
  throttle(bytes: number, signal: AbortSignal | undefined): Promise<void>;
}

interface Gate {
  /** When the last of those that began did. */
  begun: number;
  /** Those that wait for their turn, and when it comes. */
  readonly waiting: Set<{ readonly turn: number }>;
  /** When the host's pause is over. */
  pausedUntil: number;
}

/** A second's worth of bytes may come at once; then the cap holds. */
const BURST_SECONDS = 1;

export function createTraffic(rules: TrafficRules, clock: TrafficClock): Traffic {
  const gates = new Map<string, Gate>();
  const gateOf = (host: string): Gate => {
    let gate = gates.get(host);
    if (gate === undefined) {
      gate = { begun: Number.NEGATIVE_INFINITY, waiting: new Set(), pausedUntil: 0 };
      gates.set(host, gate);
    }
    return gate;
  };
  /** When everything that was let through so far has been paid for. */
  let paidUntil = 0;
  return {
    async enter(host, signal) {
      const gate = gateOf(host);
      for (;;) {
        const now = clock.now();
        const last = Math.max(gate.begun, ...[...gate.waiting].map(({ turn }) => turn));
        const turn = Math.max(now, last + rules.distance, gate.pausedUntil);
        if (turn > now) {
          // A place in the queue is taken before the wait, so that those who wait do not all begin together; those who
          // wait for the end of a pause queue up after it. Whoever leaves the queue holds nobody up.
          const place = { turn };
          const queued = gate.pausedUntil <= now;
          if (queued) gate.waiting.add(place);
          await clock.sleep(turn - now, signal).finally(() => gate.waiting.delete(place));
          if (!queued || gate.pausedUntil > clock.now()) continue;
        }
        gate.begun = Math.max(gate.begun, turn);
        return;
      }
    },
    pause(host, milliseconds) {
      const gate = gateOf(host);
      gate.pausedUntil = Math.max(gate.pausedUntil, clock.now() + milliseconds);
    },
    async throttle(bytes, signal) {
      const cap = rules.bytesPerSecond;
      if (cap === undefined) return;
      const now = clock.now();
      paidUntil = Math.max(paidUntil, now - BURST_SECONDS * 1000) + (bytes / cap) * 1000;
      if (paidUntil > now) await clock.sleep(paidUntil - now, signal);
    },
  };
}
