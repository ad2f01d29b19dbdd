/** Questions outside the prompt: at a terminal, from the lines of a pipe, or to nobody. */

import { createInterface } from 'node:readline';
import { AlbarettoError, interrupted } from '../errors.js';
import type { Ask } from '../plugin.js';
import type { TerminalInput } from './keyboard.js';
import type { TerminalOutput } from './line-editor.js';

export interface LineAskOptions {
  readonly input: TerminalInput;
  /** Questions go to stderr: stdout belongs to the results. */
  readonly output: TerminalOutput;
  /** `TERM=dumb` */
  readonly isDumb?: boolean;
  readonly signal: AbortSignal;
}

/** For a script whose own lines come from stdin: nobody can be asked. */
export function createRefusingAsk(): Ask {
  const refuse = async (): Promise<never> => {
    throw nobody();
  };
  return { interactive: false, confirm: async (_question, fallback) => fallback, text: refuse, secret: refuse };
}

/** Asks at the terminal, or takes the next line of a pipe: at its end the answer is `E_CREDENTIALS`, never a wait for ever. */
export function createLineAsk(options: LineAskOptions): Ask {
  return options.input.isTTY === true && options.output.isTTY === true ? terminalAsk(options) : pipedAsk(options);
}

function terminalAsk({ input, output, isDumb, signal }: LineAskOptions): Ask {
  // Loaded with the first question: most runs have none.
  const questions = once(async () => {
    const { openQuestions } = await import('./questions.js');
    const opened = openQuestions({ input, output, isDumb });
    signal.addEventListener('abort', () => opened.interrupt(), { once: true });
    return opened;
  });
  const ask = async <T>(work: (opened: Ask) => Promise<T>): Promise<T> => {
    const opened = await questions();
    if (signal.aborted) throw interrupted(signal.reason);
    return work(opened);
  };
  return {
    interactive: true,
    confirm: (question, fallback) => ask((opened) => opened.confirm(question, fallback)),
    text: (question, options) => ask((opened) => opened.text(question, options)),
    secret: (question) => ask((opened) => opened.secret(question)),
  };
}

function pipedAsk({ input, output, signal }: LineAskOptions): Ask {
  const lines = once(async () => {
    const opened = createInterface({ input, terminal: false });
    // Nobody else listens, and an error that nobody hears ends the process; an input that fails has ended.
    input.once('error', () => opened.close());
    return opened[Symbol.asyncIterator]();
  });
  /** A line that was waited for when its question was taken back: it answers the next one. */
  let coming: Promise<IteratorResult<string>> | undefined;
  const next = async (question: string, own?: AbortSignal): Promise<string> => {
    output.write(question);
    const iterator = await lines();
    coming ??= iterator.next().catch(() => ({ done: true, value: undefined }));
    const answer = await untilAborted(coming, [signal, own]);
    coming = undefined;
    output.write('\n');
    if (answer.done === true) throw nobody();
    return answer.value;
  };
  return {
    interactive: true,
    async confirm(question, fallback) {
      try {
        const answer = (await next(`${question} (${fallback ? 'Y/n' : 'y/N'}) `)).trim().toLowerCase();
        return answer === '' ? fallback : answer.startsWith('y');
      } catch (thrown) {
        if (thrown instanceof AlbarettoError && thrown.code === 'E_CREDENTIALS') return fallback;
        throw thrown;
      }
    },
    text: (question, options) => next(question, options?.signal),
    secret: (question) => next(question),
  };
}

async function untilAborted<T>(work: Promise<T>, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interrupted());
  });
  if (signals.some((signal) => signal?.aborted)) stop();
  for (const signal of signals) signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([aborted, work]);
  } finally {
    for (const signal of signals) signal?.removeEventListener('abort', stop);
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function nobody(): AlbarettoError {
  return new AlbarettoError({
    code: 'E_CREDENTIALS',
    message: 'an answer is needed and nobody is there to give it',
    hint: 'run it once in a terminal, or set what it asks for in the environment',
    reach: 'run',
  });
}
