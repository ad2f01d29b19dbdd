/** For a person at a terminal: colour, and a spinner that shows how far things are. */

import type { Ora } from 'ora';
import { printable } from '../printable.js';
import { linesOf, type Paint, progressText } from './lines.js';
import { isShown, type Reporter, type ReporterOptions } from './reporter.js';

/** A spinner that flashes up for an instant is noise: it comes when something takes longer than this. */
const SPINNER_DELAY = 250;

export async function createTerminalReporter(options: ReporterOptions & { colour: boolean }): Promise<Reporter> {
  const [paint, { default: ora }] = await Promise.all([loadPaint(options.colour), import('ora')]);
  // The spinner lives on stderr, so that results can be piped on; stdin stays the prompt's.
  const spinner: Ora = ora({
    stream: options.err as NodeJS.WriteStream,
    discardStdin: false,
    isEnabled: options.err.isTTY === true,
    color: options.colour ? 'cyan' : false,
  });
  let timer: NodeJS.Timeout | undefined;
  let paused = false;
  let countdown: NodeJS.Timeout | undefined;

  const aroundSpinner = (work: () => void) => {
    const spinning = spinner.isSpinning;
    if (spinning) spinner.clear();
    work();
    if (spinning) spinner.render();
  };
  const spin = (text: string) => {
    spinner.text = fitColumns(options.redactor.clean(printable(text)), options.err.columns);
    if (paused || spinner.isSpinning || timer !== undefined || options.verbosity === 'quiet') return;
    timer = setTimeout(() => {
      timer = undefined;
      if (!paused) spinner.start();
    }, SPINNER_DELAY);
  };
  const wait = (reason: string, milliseconds: number) => {
    clearInterval(countdown);
    const end = Date.now() + milliseconds;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left <= 0) clearInterval(countdown);
      spin(`next try in ${Math.max(0, left)} s: ${reason}`);
    };
    tick();
    countdown = setInterval(tick, 1000);
    countdown.unref();
  };
  const halt = () => {
    clearInterval(countdown);
    clearTimeout(timer);
    timer = undefined;
    if (spinner.isSpinning) spinner.stop();
  };

  return {
    emit(event) {
      if (event.event === 'waiting') return wait(event.reason, event.milliseconds);
      if (!isShown(event, options.verbosity)) return;
      aroundSpinner(() => {
        for (const line of linesOf(event, paint)) {
          (line.stream === 'out' ? options.out : options.err).write(`${options.redactor.clean(line.text)}\n`);
        }
      });
    },
    busy: spin,
    progress: (progress) => spin(progressText(progress)),
    idle: halt,
    pause() {
      paused = true;
      halt();
    },
    resume() {
      paused = false;
    },
    log: options.log,
    close: async () => {
      halt();
      options.log.close();
    },
  };
}

/** A spinner line that wraps could not be cleared. */
function fitColumns(text: string, columns = 80): string {
  const room = Math.max(10, columns - 4);
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

async function loadPaint(colour: boolean): Promise<Paint> {
  const { Chalk } = await import('chalk');
  const chalk = new Chalk(colour ? {} : { level: 0 });
  return { good: chalk.green, bad: chalk.red, warn: chalk.yellow, dim: chalk.dim, strong: chalk.bold };
}
