/** Questions of a run, over which no spinner draws. */

import type { Ask } from './plugin.js';
import type { Reporter } from './report/index.js';

export interface QuietAsk {
  readonly ask: Ask;
  /** From now on somebody else asks: the shell, once its prompt is open. */
  bind(ask: Ask): void;
}

export function createQuietAsk(first: Ask, reporter: Reporter): QuietAsk {
  let current = first;
  const quietly = async <T>(question: () => Promise<T>): Promise<T> => {
    reporter.pause();
    try {
      return await question();
    } finally {
      reporter.resume();
    }
  };
  return {
    ask: {
      get interactive() {
        return current.interactive;
      },
      confirm: (question, fallback) => quietly(() => current.confirm(question, fallback)),
      text: (question, options) => quietly(() => current.text(question, options)),
      secret: (question) => quietly(() => current.secret(question)),
    },
    bind: (ask) => {
      current = ask;
    },
  };
}
