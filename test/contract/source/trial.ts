import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AlbarettoError,
  type ErrorCode,
  type Item,
  type ListOptions,
  type Source,
  type Task,
} from '../../../src/plugin.js';
import type { FakeService, OpenedSource, SourceHarness } from '../source-contract.js';

export interface Listed {
  readonly task: Task;
  readonly items: readonly Item[];
}

/** One fresh source under check, with the questions that checks ask of it. */
export class Trial {
  readonly source: Source;
  readonly #patience: number;

  constructor(
    readonly opened: OpenedSource,
    readonly harness: SourceHarness,
  ) {
    this.source = opened.source;
    this.#patience = harness.patience ?? 20_000;
  }

  /** The service, in a check that is registered only where there is one. */
  get service(): FakeService {
    assert.ok(this.opened.service, 'the harness has no service');
    return this.opened.service;
  }

  /** The harness's task, listed to its end. */
  async list(options: ListOptions = {}): Promise<Listed> {
    const [listed, ...more] = await this.ends(this.listAll(this.source.open(this.opened.reference, options)));
    assert.ok(listed, 'the reference names no task');
    assert.equal(more.length, 0, 'the reference names several tasks');
    return listed;
  }

  async listAll(tasks: AsyncIterable<Task>): Promise<Listed[]> {
    const listed: Listed[] = [];
    for await (const task of tasks) {
      const items: Item[] = [];
      for await (const item of task.items) items.push(item);
      listed.push({ task, items });
    }
    return listed;
  }

  history(options: ListOptions = {}): AsyncIterable<Task> {
    assert.ok(this.source.all, 'the descriptor promises a history');
    return this.source.all(options);
  }

  /** The AlbarettoError that `work` ends with. */
  async failure(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<AlbarettoError> {
    const thrown = await this.ends(work).then(
      () => assert.fail('it went through'),
      (reason: unknown) => reason,
    );
    if (thrown instanceof assert.AssertionError) throw thrown;
    if (!(thrown instanceof AlbarettoError)) assert.fail(`a raw error got out: ${String(thrown)}`);
    if (codes.length > 0)
      assert.ok(codes.includes(thrown.code), `${thrown.code} (${thrown.message}) is none of ${codes}`);
    return thrown;
  }

  /** `work`, or a failure when it does not end. */
  async ends<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new assert.AssertionError({ message: 'it does not end' })), this.#patience);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until it is so. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const end = Date.now() + this.#patience;
    while (!condition()) {
      if (Date.now() > end) assert.fail(`it is never so: ${what}`);
      await nextTurn();
    }
  }

  /** Time enough for a request that should not have been made. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  }

  async expectNothingRunning(): Promise<void> {
    if (this.opened.service === undefined) return;
    const { service } = this;
    await this.until(() => service.running() === 0, 'no request is running');
  }
}

/** A signal that aborts once the service has a request that it will not answer. */
export function abortWhenRunning(trial: Trial): AbortSignal {
  const controller = new AbortController();
  trial
    .until(() => trial.service.running() > 0, 'a request is made')
    .then(
      () => controller.abort(),
      () => controller.abort(),
    );
  return controller.signal;
}
