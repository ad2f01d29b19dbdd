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

function terminalAsk({ input, output, signal }: LineAskOptions): Ask {
  // Loaded with the first question: most runs have none.
  const questions = once(async () => {
    const { openQuestions } = await import('./questions.js');
    const opened = openQuestions({ input, output });
    signal.addEventListener('abort', () => opened.interrupt(), { once: true });
    return opened;
  });
  return {
    interactive: true,
    confirm: async (question, fallback) => (await questions()).confirm(question, fallback),
    text: async (question) => (await questions()).text(question),
    secret: async (question) => (await questions()).secret(question),
  };
}

function pipedAsk({ input, output, signal }: LineAskOptions): Ask {
  const lines = once(async () => createInterface({ input, terminal: false })[Symbol.asyncIterator]());
  const next = async (question: string): Promise<string> => {
    output.write(question);
    const iterator = await lines();
    const answer = await Promise.race([iterator.next(), abortOf(signal)]);
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
    text: next,
    secret: next,
  };
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(interrupted(signal.reason)), { once: true });
  });
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
