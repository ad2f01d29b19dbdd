/**
 * From pages of predictions to tasks: what is still being made, what is deleted, and what has no files, are tasks without
 * items. What was made before a prediction failed or was stopped is there like all else.
 */

import { AlbarettoError, interrupted, type SourceContext, type Task } from '../../src/plugin.js';
import { type PredictionAnswer, phaseOf } from './answers.js';
import { toAbsentTask, toTask } from './items.js';
import type { KnownFiles } from './known-files.js';
import { endOf } from './outcome.js';
import { Position } from './position.js';

export class Listing {
  constructor(
    private readonly context: SourceContext,
    private readonly files: KnownFiles,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** In the order of the page. The last one of them ends it. */
  *tasksOf(page: readonly PredictionAnswer[]): Generator<Task> {
    const tasks = page.map((prediction) => {
      const task = this.#taskOf(prediction);
      const cursor = Position.cursorOf(prediction);
      return cursor === undefined ? task : { ...task, cursor };
    });
    for (const task of tasks) {
      if (this.signal?.aborted) throw interrupted(this.signal.reason);
      yield task === tasks.at(-1) ? { ...task, endsPage: true } : task;
    }
  }

  #taskOf(prediction: PredictionAnswer): Task {
    const { id, dataRemoved } = prediction;
    const phase = phaseOf(prediction);
    if (phase === 'pending') return toAbsentTask(prediction, 'pending', this.signal);
    if (dataRemoved) return toAbsentTask(prediction, phase === 'failed' ? 'none' : 'gone', this.signal);
    if (phase === 'failed') this.context.debug(`${id} ${endOf(prediction)}`);
    return this.#orLeftOut(prediction);
  }

  /** One output that is no good must not end the list of all others. */
  #orLeftOut(prediction: PredictionAnswer): Task {
    try {
      const files = this.files.of(prediction);
      if (files.length > 0) return toTask(prediction, files, this.signal);
      this.context.debug(`${prediction.id} has no files`);
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError) || thrown.code !== 'E_BAD_ANSWER') throw thrown;
      this.context.warn(`${prediction.id} is left out: ${thrown.message}`);
    }
    return toAbsentTask(prediction, 'none', this.signal);
  }
}
