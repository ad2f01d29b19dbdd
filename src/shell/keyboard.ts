/**
 * The terminal's keys, for whoever may have them: the line that is being edited, or, while a command runs, nobody.
 *
 * The keys are read by this one reader all the time (raw mode, so that nothing is echoed into a command's output) and
 * handed on key by key. That gives what a `readline.Interface` on the bare stream does not:
 * - Ctrl-C is seen while a command runs and no line is open; what else is typed meanwhile waits for the next line.
 * - Of several lines that are pasted at once, each line that is opened gets one; the rest neither is lost nor appears in
 *   the output of the command that the first one started.
 * - readline appends a key that comes together with others at the line's end without looking at the cursor or at the
 *   wrapped rows (`isCompletionEnabled` in Node's lib/internal/readline/interface.js): keys that come one by one never
 *   take that way.
 */

import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { PasteFilter } from './paste.js';

/** The input of a terminal: `process.stdin`. */
export type TerminalInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean | undefined;
  setRawMode?: ((raw: boolean) => unknown) | undefined;
};

export interface KeyboardListener {
  /** Ctrl-C while no line is open. */
  interrupted(): void;
  /** The terminal is gone, or its input ended. Nothing will be read again. */
  ended(): void;
}

const INTERRUPT = '\u0003';
const SUSPEND = '\u001a';

/**
 * So much text at once is one key: it was pasted, since no key sends as much. For each key readline measures the whole
 * line, which takes half a minute for 22,000 of them.
 */
const PASTED = /\P{Cc}{64,}|./gsu;

/** Milliseconds after which a process that asked to be stopped and still runs takes it that nobody stops it. */
const STOP_LIMIT = 100;

/** Milliseconds to wait for the terminal's answer to {@link Keyboard.cursorColumn}. */
const REPORT_LIMIT = 150;

/** The answer to `CSI 6 n`. */
const CURSOR_REPORT = /\u001b\[\d+;(\d+)R/u;

export class Keyboard {
  /** Whether the input ended: from then on every line ends at once. */
  ended = false;
  readonly #input: TerminalInput;
  readonly #listener: KeyboardListener;
  readonly #decoder = new StringDecoder('utf8');
  readonly #paste = new PasteFilter();
  #holders = 0;
  #line: Readable | undefined;
  #waiting: string[] = [];
  /** The rest of the keys that came at once with those of the line that just ended is not wanted. */
  #dropsRest = false;
  #report: ((column: number | undefined) => void) | undefined;
  #redraw: (() => void) | undefined;
  #stopTimer: NodeJS.Timeout | undefined;
  #isRaw = false;

  /** @param isDumb The terminal can do nothing but print: its driver edits the lines, and sends Ctrl-C as a signal. */
  constructor(
    input: TerminalInput,
    listener: KeyboardListener,
    readonly isDumb = false,
  ) {
    this.#input = input;
    this.#listener = listener;
  }

  /** Takes the terminal. Each call is matched by one of `release`. */
  hold(): void {
    this.#holders += 1;
    if (this.#holders > 1 || this.ended) return;
    this.#input.on('data', this.#onData);
    this.#input.on('end', this.#onEnd);
    this.#input.on('error', this.#onEnd);
    process.on('SIGCONT', this.#onContinue);
    if (!this.isDumb) this.#setRaw(true);
    this.#input.resume();
  }

  /** Gives the terminal back as it was; the last call does. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    this.#input.removeListener('data', this.#onData);
    this.#input.removeListener('end', this.#onEnd);
    process.removeListener('SIGCONT', this.#onContinue);
    this.#setRaw(false);
    this.#input.pause();
    // A terminal that goes away now must not end the program with an error that nobody listens for.
    if (!this.ended) this.#input.removeListener('error', this.#onEnd);
  }

  /** Sets the terminal's mode back at once, whoever still holds it: for a process that is about to be ended. */
  restore(): void {
    this.#input.setRawMode?.(false);
  }

  /**
   * Opens the way for one line's keys, beginning with those that wait. One line at a time.
   *
   * @param redraw Called when something else may have been on the screen.
   * @param hidden Nothing of what is typed may be echoed, not even by the driver of a dumb terminal.
   */
  open(redraw: () => void, hidden = false): Readable {
    if (this.#line !== undefined) throw new Error('a line is open already');
    if (this.isDumb && hidden) this.#setRaw(true);
    const line = new Readable({ objectMode: true, read: () => undefined });
    this.#line = line;
    this.#redraw = redraw;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const key of waiting) line.push(key);
    if (this.ended) line.push(null);
    return line;
  }

  /**
   * Ends the line that is open; keys that it did not take wait for the next one.
   *
   * @param dropRest Forgets them instead: what is pasted after a secret is a part of it, not a command.
   */
  close(dropRest = false): void {
    const line = this.#line;
    this.#line = undefined;
    this.#redraw = undefined;
    if (line === undefined) return;
    if (this.isDumb) this.#setRaw(false);
    const rest: string[] = [];
    for (let key: unknown = line.read(); typeof key === 'string'; key = line.read()) rest.push(key);
    this.#waiting = dropRest ? [] : [...rest, ...this.#waiting];
    this.#dropsRest = dropRest;
    line.destroy();
  }

  /**
   * Where the terminal says that its cursor is, from 0, right after `CSI 6 n` was written to it. `undefined` for one
   * that does not answer.
   */
  cursorColumn(): Promise<number | undefined> {
    this.#report?.(undefined);
    return new Promise((resolve) => {
      const settle = (column: number | undefined) => {
        clearTimeout(timer);
        if (this.#report === settle) this.#report = undefined;
        resolve(column);
      };
      const timer = setTimeout(settle, REPORT_LIMIT, undefined);
      this.#report = settle;
    });
  }

  /** Stops the program as Ctrl-Z asks; `fg` brings it and its line back. */
  suspend(): void {
    if (process.platform === 'win32') return;
    this.#input.setRawMode?.(false);
    process.kill(process.pid, 'SIGTSTP');
    // The kernel ignores the signal where no shell could continue the process; then only the terminal's mode changed.
    this.#stopTimer = setTimeout(this.#onContinue, STOP_LIMIT);
  }

  readonly #onData = (chunk: Buffer | string): void => {
    const text = this.#withoutReport(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
    const keys = keysOf(this.#paste.filter(text));
    this.#dropsRest = false;
    for (const [index, key] of keys.entries()) {
      // Each key may end the line that was open for it: Enter, Ctrl-C.
      if (this.#line === undefined) {
        if (!this.#dropsRest) this.#keepForLater(keys.slice(index));
        return;
      }
      this.#line.push(key);
    }
  };

  #keepForLater(keys: readonly string[]): void {
    const interrupt = keys.lastIndexOf(INTERRUPT);
    if (interrupt !== -1) this.#waiting = [];
    this.#waiting.push(...keys.slice(interrupt + 1).filter((key) => key !== SUSPEND));
    if (interrupt !== -1) this.#listener.interrupted();
    else if (keys.includes(SUSPEND)) this.suspend();
  }

  readonly #onEnd = (): void => {
    if (this.ended) return;
    this.ended = true;
    // The listener first: readline takes what was typed so far for a finished line when its input ends.
    this.#listener.ended();
    this.#line?.push(null);
  };

  readonly #onContinue = (): void => {
    clearTimeout(this.#stopTimer);
    if (this.#holders === 0 || this.ended) return;
    if (this.#isRaw) {
      // The shell changed the mode behind Node's back: switched off first, or setting it again would do nothing.
      this.#input.setRawMode?.(false);
      this.#input.setRawMode?.(true);
    }
    this.#redraw?.();
  };

  #setRaw(raw: boolean): void {
    this.#isRaw = raw;
    this.#input.setRawMode?.(raw);
  }

  #withoutReport(text: string): string {
    if (this.#report === undefined) return text;
    const found = CURSOR_REPORT.exec(text);
    if (found === null) return text;
    this.#report(Number(found[1]) - 1);
    return text.replace(CURSOR_REPORT, '');
  }
}

/** What begins with an escape character is a key of its own, however it goes on. */
function keysOf(text: string): readonly string[] {
  return text.includes('\u001b') ? [...text] : (text.match(PASTED) ?? []);
}
