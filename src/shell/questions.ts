/** Questions to the person at a terminal. One at a time: whoever asks while another question is open waits for its answer. */

import { AlbarettoError, interrupted } from '../errors.js';
import type { Ask } from '../plugin.js';
import type { TerminalOutput } from './drawn-line.js';
import { Keyboard, type TerminalInput } from './keyboard.js';
import { editLine, type Line, type LineEnd } from './line-editor.js';

export interface Questions extends Ask {
  /** Ends the question that is open, and those that wait, as Ctrl-C does. */
  interrupt(): void;
}

/** Questions outside the shell: before the prompt is shown, or in a run of one command that a person watches. */
export function openQuestions(streams: {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly isDumb?: boolean | undefined;
}): Questions {
  const listener = { interrupted: () => questions.interrupt(), ended: () => questions.interrupt() };
  const keyboard = new Keyboard(streams.input, listener, streams.isDumb);
  const questions: Questions = createQuestions(
    keyboard,
    streams.output,
    streams.input.isTTY === true && streams.output.isTTY === true,
  );
  return questions;
}

/** @param onInterrupt Called when a question was answered with Ctrl-C, which then concerns what runs behind it too. */
export function createQuestions(
  keyboard: Keyboard,
  output: TerminalOutput,
  interactive: boolean,
  onInterrupt: () => void = () => undefined,
): Questions {
  let last: Promise<unknown> = Promise.resolve();
  let open: Line | undefined;
  let era = 0;

  const read = async (question: string, hidden: boolean, asked: number, signal?: AbortSignal): Promise<LineEnd> => {
    if (asked !== era || signal?.aborted) throw interrupted();
    keyboard.hold();
    try {
      const line = editLine({ keyboard, output, prompt: `${question.trimEnd()} `, hidden });
      open = line;
      const takeBack = () => line.end();
      signal?.addEventListener('abort', takeBack, { once: true });
      const end = await line.result;
      signal?.removeEventListener('abort', takeBack);
      if (signal?.aborted) throw interrupted();
      if (end.kind !== 'interrupted') return end;
      if (asked === era) {
        era += 1; // those that wait would ask about what is being stopped
        onInterrupt();
      }
      throw interrupted();
    } finally {
      open = undefined;
      keyboard.release();
    }
  };
  const ask = <T>(
    work: (read: (question: string, hidden?: boolean) => Promise<LineEnd>) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const asked = era;
    const answer = last.then(() => work((question, hidden = false) => read(question, hidden, asked, signal)));
    last = answer.catch(() => undefined);
    return answer;
  };
  const line = async (question: string, hidden: boolean, signal?: AbortSignal): Promise<string> => {
    if (!interactive) throw nobodyAnswers();
    return ask(async (readLine) => {
      const end = await readLine(question, hidden);
      if (end.kind !== 'entered') throw interrupted();
      return end.text;
    }, signal);
  };

  return {
    interactive,
    text: (question, options) => line(question, false, options?.signal),
    secret: (question) => line(question, true),
    confirm: async (question, fallback) =>
      interactive ? ask((readLine) => confirm(readLine, question, fallback)) : fallback,
    interrupt() {
      era += 1;
      open?.interrupt();
    },
  };
}

/** Asks until the answer is yes or no; Enter alone and Ctrl-D answer the fallback. */
async function confirm(
  readLine: (question: string) => Promise<LineEnd>,
  question: string,
  fallback: boolean,
): Promise<boolean> {
  for (;;) {
    const end = await readLine(`${question.trimEnd()} ${fallback ? '[Y/n]' : '[y/N]'}`);
    const answer = end.kind === 'entered' ? end.text.trim().toLowerCase() : '';
    if (answer === '') return fallback;
    if (answer === 'y' || answer === 'yes') return true;
    if (answer === 'n' || answer === 'no') return false;
  }
}

function nobodyAnswers(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_CREDENTIALS',
    message: 'a question needs an answer, and nobody can give it here',
    hint: 'run albaretto in a terminal, or give the value on the command line or in the environment',
    reach: 'run',
  });
}
