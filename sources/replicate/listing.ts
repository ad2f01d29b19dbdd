/**
 * From pages of predictions to tasks: what is still being made, and what is deleted, are tasks without items; all else
 * that has no files is passed over. A word is said where something may be missed.
 */

import { AlbarettoError, interrupted, printable, type SourceContext, type Task } from '../../src/plugin.js';
import { type PredictionAnswer, phaseOf } from './answers.js';
import { toAbsentTask, toTask } from './items.js';
import type { KnownFiles } from './known-files.js';
import { endOf } from './outcome.js';
import { Position } from './position.js';

export class Listing {
  #removed = 0;

  constructor(
    private readonly context: SourceContext,
    private readonly files: KnownFiles,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** In the order of the page. The last one of them ends it. */
  *tasksOf(page: readonly PredictionAnswer[]): Generator<Task> {
    const tasks = page.flatMap((prediction) => {
      const task = this.#taskOf(prediction);
      const cursor = Position.cursorOf(prediction);
      return task === undefined ? [] : [cursor === undefined ? task : { ...task, cursor }];
    });
    for (const task of tasks) {
      if (this.signal?.aborted) throw interrupted(this.signal.reason);
      yield task === tasks.at(-1) ? { ...task, endsPage: true } : task;
    }
  }

  /** One word for all of them: a history may have thousands. */
  tellRemoved(): void {
    if (this.#removed === 0) return;
    const subject = this.#removed === 1 ? '1 prediction is' : `${this.#removed} predictions are`;
    this.context.warn(
      `${subject} listed without files: Replicate removes what was made through its API one hour after it ends`,
    );
  }

  #taskOf(prediction: PredictionAnswer): Task | undefined {
    const { id, status, dataRemoved } = prediction;
    const phase = phaseOf(prediction);
    if (phase === 'pending') {
      this.context.warn(`${id} is still being made (${printable(status, 40)}); fetch it later`);
      return toAbsentTask(prediction, 'pending', this.signal);
    }
    if (phase === 'failed') {
      this.context.debug(`${id} ${endOf(prediction)}`);
      return undefined;
    }
    if (dataRemoved) {
      this.#removed += 1;
      return toAbsentTask(prediction, 'gone', this.signal);
    }
    return this.#orLeftOut(prediction);
  }

  /** One output that is no good must not end the list of all others. */
  #orLeftOut(prediction: PredictionAnswer): Task | undefined {
    try {
      const files = this.files.of(prediction);
      if (files.length > 0) return toTask(prediction, files, this.signal);
      this.context.debug(`${prediction.id} has no files`);
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_BAD_ANSWER') throw thrown;
      this.context.warn(`${prediction.id} is left out: ${thrown.message}`);
    }
    return undefined;
  }
}
