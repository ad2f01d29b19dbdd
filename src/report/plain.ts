/** For a pipe, a file or a terminal that can only print: plain lines, no colour, no spinner. */

import { printable } from '../printable.js';
import { linesOf, NO_PAINT } from './lines.js';
import { isShown, type Reporter, type ReporterOptions } from './reporter.js';

/** A line is worth writing only for what takes longer than this. */
const BUSY_DELAY = 1000;

export function createPlainReporter(options: ReporterOptions): Reporter {
  const write = (stream: 'out' | 'err', text: string) => {
    (stream === 'out' ? options.out : options.err).write(`${options.redactor.clean(text)}\n`);
  };
  let told = '';
  let timer: NodeJS.Timeout | undefined;
  return {
    emit(event) {
      if (!isShown(event, options.verbosity)) return;
      for (const line of linesOf(event, NO_PAINT)) write(line.stream, line.text);
      if (event.event === 'waiting')
        write('err', `  ${printable(event.reason)}; next try in ${Math.ceil(event.milliseconds / 1000)} s`);
    },
    busy(text) {
      if (options.verbosity === 'quiet' || text === told) return;
      told = text;
      clearTimeout(timer);
      timer = setTimeout(() => write('err', `  ${printable(text)}`), BUSY_DELAY);
      timer.unref();
    },
    progress() {},
    idle() {
      clearTimeout(timer);
      told = '';
    },
    pause() {},
    resume() {},
    log: options.log,
    close: async () => {
      clearTimeout(timer);
      options.log.close();
    },
  };
}
