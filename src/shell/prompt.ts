/**
 * The interactive prompt: lines in, one command at a time, and every way to stop one or to leave. It knows none of the
 * commands.
 *
 * While a command runs no prompt is shown and nothing that is typed is echoed, so that the command has the screen to
 * itself. Ctrl-C aborts its signal; what is typed meanwhile waits for the next prompt.
 */

import { AlbarettoError } from '../errors.js';
import type { Ask } from '../plugin.js';
import type { TerminalOutput } from './drawn-line.js';
import type { History } from './history.js';
import { Keyboard, type TerminalInput } from './keyboard.js';
import { editLine, type Line } from './line-editor.js';
import { createQuestions, type Questions } from './questions.js';
import type { CompleteLine } from './tab.js';
import { type Cycle, createCycle } from './vorpal-engine.js';

export interface PromptOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** `TERM=dumb`: lines are neither drawn nor completed. */
  readonly isDumb?: boolean;
  /** What stands before the typed line, exactly so, asked before each prompt: `[albaretto] [google-drive] > `. */
  delimiter(): string;
  /** Runs a line as it was typed. Rejects only for faults of the program; these go to `onError`. */
  execute(line: string, signal: AbortSignal): Promise<void>;
  /** See `completeLine`. */
  readonly complete: CompleteLine;
  readonly history: History;
  /** Asked before leaving on Ctrl-C or Ctrl-D at an empty prompt and after `leave()`. May ask a question itself. */
  mayLeave(): Promise<boolean>;
  onError(thrown: unknown): void;
  /** Shows a line while a command runs. Default: written to `output`. */
  notice?(text: string): void;
  /**
   * Ends the process at once, with the exit code 130: a third Ctrl-C (or a second SIGTERM) found the command still
   * running. The terminal's mode is restored before.
   */
  abandon(): void;
}

/** Why the shell ended: the person left; SIGTERM or SIGHUP came; the terminal's input ended. */
export type Departure = 'left' | 'terminated' | 'ended';

export interface Prompt {
  /** Questions, before the first prompt, while a command runs and in `mayLeave`. */
  readonly ask: Ask;
  /** Shows the prompt and runs lines; resolves when it is over and the history is written. Once. */
  run(): Promise<Departure>;
  /** Leaves as soon as the running command settles, if `mayLeave` agrees: for a command `exit`. */
  leave(): void;
}

/** Loads Vorpal; shows nothing yet. */
export async function openPrompt(options: PromptOptions): Promise<Prompt> {
  const shell = new Shell(options);
  const cycle = await createCycle({
    delimiter: () => options.delimiter(),
    read: (prompt) => shell.read(prompt),
    execute: (line) => shell.execute(line),
  });
  return { ask: shell.questions, run: () => shell.run(cycle), leave: () => shell.leave() };
}

const STILL_STOPPING = 'Still stopping. Ctrl-C once more leaves without waiting.';

/** What runs now, and how often it was told to stop. */
interface Work {
  readonly controller: AbortController;
  interrupts: number;
}

class Shell {
  readonly questions: Questions;
  readonly #options: PromptOptions;
  readonly #keyboard: Keyboard;
  #line: Line | undefined;
  #work: Work | undefined;
  #wantsToLeave = false;
  /** Ctrl-C came together with the Enter that starts a command. */
  #isInterruptedEarly = false;
  #departure: Departure | undefined;

  constructor(options: PromptOptions) {
    this.#options = options;
    const listener = { interrupted: () => this.#interruptWork(), ended: () => this.#depart('ended') };
    this.#keyboard = new Keyboard(options.input, listener, options.isDumb);
    const interactive = options.input.isTTY === true && options.output.isTTY === true;
    this.questions = createQuestions(this.#keyboard, options.output, interactive, () => this.#interruptWork());
  }

  async run(cycle: Cycle): Promise<Departure> {
    const listeners: readonly (readonly [NodeJS.Signals, () => void])[] = [
      ['SIGINT', () => this.#onInterruptSignal()],
      ['SIGTERM', () => this.#onTerminate()],
      ['SIGHUP', () => this.#onTerminate()],
    ];
    for (const [signal, listener] of listeners) process.on(signal, listener);
    this.#keyboard.hold();
    try {
      await cycle.run();
    } finally {
      this.#keyboard.release();
      for (const [signal, listener] of listeners) process.removeListener(signal, listener);
      await this.#options.history.flush();
    }
    return this.#departure ?? 'left';
  }

  leave(): void {
    this.#wantsToLeave = true;
  }

  /** `undefined`: it is over. */
  async read(prompt: string): Promise<string | undefined> {
    if (this.#departure !== undefined) return undefined;
    this.#isInterruptedEarly = false;
    const { output, history, complete } = this.#options;
    this.#line = editLine({ keyboard: this.#keyboard, output, prompt, history: history.entries(), complete });
    const end = await this.#line.result;
    this.#line = undefined;
    if (end.kind === 'entered') return end.text;
    if (end.kind === 'interrupted' && !end.empty) return '';
    return (await this.#leaves()) ? undefined : '';
  }

  /** Answers whether the shell goes on. */
  async execute(line: string): Promise<boolean> {
    this.#options.history.add(line);
    await this.#during((signal) => this.#options.execute(line, signal));
    const wanted = this.#wantsToLeave;
    this.#wantsToLeave = false;
    if (this.#departure !== undefined) return false;
    return !(wanted && (await this.#leaves()));
  }

  async #leaves(): Promise<boolean> {
    if (this.#departure !== undefined) return true;
    // A fault in the question must not lock anybody in; Ctrl-C as its answer means: stay.
    let agreed = true;
    await this.#during(async () => {
      agreed = await this.#options.mayLeave().catch((thrown: unknown) => {
        if (thrown instanceof AlbarettoError && thrown.code === 'E_INTERRUPTED') return false;
        throw thrown;
      });
    });
    if (agreed) this.#departure ??= 'left';
    return this.#departure !== undefined;
  }

  async #during(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const work: Work = { controller: new AbortController(), interrupts: 0 };
    this.#work = work;
    if (this.#isInterruptedEarly) this.#interruptWork();
    try {
      await run(work.controller.signal);
    } catch (thrown) {
      this.#options.onError(thrown);
    } finally {
      this.#work = undefined;
    }
  }

  #onInterruptSignal(): void {
    if (this.#line !== undefined) this.#line.interrupt();
    else {
      this.questions.interrupt();
      this.#interruptWork();
    }
  }

  #interruptWork(): void {
    const work = this.#work;
    if (work === undefined) {
      this.#isInterruptedEarly = true;
      return;
    }
    work.interrupts += 1;
    if (work.interrupts === 1) work.controller.abort();
    else if (work.interrupts === 2) this.#notice(STILL_STOPPING);
    else this.#abandon();
  }

  #onTerminate(): void {
    if (this.#departure === 'terminated') this.#abandon();
    else this.#depart('terminated');
  }

  #depart(departure: Departure): void {
    this.#departure ??= departure;
    if (this.#work?.interrupts === 0) this.#interruptWork();
    this.questions.interrupt();
    this.#line?.end();
  }

  #notice(text: string): void {
    if (this.#options.notice !== undefined) this.#options.notice(text);
    else this.#options.output.write(`${text}\n`);
  }

  #abandon(): void {
    this.#keyboard.restore();
    this.#options.abandon();
  }
}
