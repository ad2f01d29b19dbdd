/** `--json`: one event a line on stdout, and nothing else there. */

import { printableJson } from '../printable.js';
import { EVENTS_VERSION, type ReportEvent } from './events.js';
import { isShown, type Reporter, type ReporterOptions } from './reporter.js';

const PROGRESS_INTERVAL = 1000;

export function createJsonReporter(options: ReporterOptions & { now(): Date }): Reporter {
  let lastProgress = Number.NEGATIVE_INFINITY;
  const write = (event: ReportEvent) => {
    const line = JSON.stringify(
      { v: EVENTS_VERSION, time: options.now().toISOString(), ...event },
      (_key, value: unknown) => (typeof value === 'string' ? options.redactor.clean(value) : value),
    );
    options.out.write(`${printableJson(line)}\n`);
  };
  let told = '';
  return {
    emit(event) {
      if (isShown(event, options.verbosity)) write(event);
    },
    busy(text) {
      if (options.verbosity === 'quiet' || text === told) return;
      told = text;
      write({ event: 'notice', text });
    },
    progress(progress) {
      const now = options.now().getTime();
      if (options.verbosity === 'quiet' || now - lastProgress < PROGRESS_INTERVAL) return;
      lastProgress = now;
      write({ event: 'progress', ...progress });
    },
    idle() {
      told = '';
    },
    pause() {},
    resume() {},
    log: options.log,
    close: async () => options.log.close(),
  };
}
