/** Counts what a command moves, for the spinner, for `--json` and for the summary at its end. */

import type { ErrorCode } from '../errors.js';
import type { Runtime } from '../runtime.js';

/** What a stage tells of its work; a {@link Meter}, or a stage's view of one that it shares. */
export interface Counter {
  /** So many more items are coming; `undefined` when nobody knows yet. */
  expect(count: number | undefined): void;
  /** Bytes that went over the wire or to the disk. */
  moved(bytes: number): void;
  done(size: number): void;
  already(): void;
  failed(code: ErrorCode): void;
}

/** In a pipe the save's meter counts for both sides: what is listed is expected, what could not be fetched has failed. */
export function upstreamOf(meter: Counter): Counter {
  return {
    expect: (count) => meter.expect(count),
    moved() {},
    done() {},
    already() {},
    failed: (code) => meter.failed(code),
  };
}

/** The rate is taken over this many of the last milliseconds: long enough to be steady, short enough to follow. */
const WINDOW = 5000;

/** Bytes are not told more often than this, in milliseconds. */
const INTERVAL = 80;

export class Meter implements Counter {
  readonly #command: 'fetch' | 'save';
  readonly #runtime: Runtime;
  readonly #begun: number;
  #total: number | undefined = 0;
  #done = 0;
  #already = 0;
  #failed = 0;
  readonly #reasons: Partial<Record<ErrorCode, number>> = {};
  #stored = 0;
  #moved = 0;
  #samples: { at: number; moved: number }[] = [];

  constructor(command: 'fetch' | 'save', runtime: Runtime) {
    this.#command = command;
    this.#runtime = runtime;
    this.#begun = runtime.now();
  }

  expect(count: number | undefined): void {
    this.#total = count === undefined || this.#total === undefined ? undefined : this.#total + count;
    this.#show({ always: true });
  }

  moved(bytes: number): void {
    this.#moved += bytes;
    this.#show();
  }

  done(size: number): void {
    this.#done += 1;
    this.#stored += size;
    this.#show({ always: true });
  }

  already(): void {
    this.#already += 1;
    this.#show({ always: true });
  }

  failed(code: ErrorCode): void {
    this.#failed += 1;
    this.#reasons[code] = (this.#reasons[code] ?? 0) + 1;
    this.#show({ always: true });
  }

  /** The summary, unless nothing was moved. */
  finish(url?: string): void {
    if (this.#done + this.#already + this.#failed === 0) return;
    this.#runtime.reporter.emit({
      event: 'summary',
      command: this.#command,
      done: this.#done,
      already: this.#already,
      failed: this.#failed,
      reasons: this.#reasons,
      bytes: this.#stored,
      seconds: Math.round(this.#runtime.now() - this.#begun) / 1000,
      ...(url === undefined ? {} : { url }),
    });
  }

  /** What changes a count is always told: nothing may come after it for long that would tell it. */
  #show({ always = false } = {}): void {
    const now = this.#runtime.now();
    const last = this.#samples.at(-1);
    if (last === undefined || now - last.at >= INTERVAL) {
      this.#samples = [...this.#samples.filter((sample) => now - sample.at < WINDOW), { at: now, moved: this.#moved }];
    } else if (!always) return;
    const first = this.#samples[0];
    const span = first === undefined ? 0 : (now - first.at) / 1000;
    const rate = span > 0.5 && first !== undefined ? (this.#moved - first.moved) / span : 0;
    const finished = this.#done + this.#already + this.#failed;
    const elapsed = (now - this.#begun) / 1000;
    const left =
      this.#total === undefined || finished === 0 || elapsed < 1
        ? undefined
        : (Math.max(0, this.#total - finished) * elapsed) / finished;
    this.#runtime.reporter.progress({
      command: this.#command,
      done: finished,
      total: this.#total,
      bytes: this.#moved,
      bytesPerSecond: rate,
      ...(left === undefined ? {} : { secondsLeft: left }),
    });
  }
}
