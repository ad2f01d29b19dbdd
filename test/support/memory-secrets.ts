/** A plugin's record of secrets that lives in a test and nowhere else. */

import type { SecretStore } from '../../src/plugin.js';

export interface MemorySecrets extends SecretStore {
  readonly record: Readonly<Record<string, unknown>> | undefined;
}

export function memorySecrets(initial?: Readonly<Record<string, unknown>>): MemorySecrets {
  let record = initial;
  let last: Promise<unknown> = Promise.resolve();
  return {
    get record() {
      return record;
    },
    get: async () => record,
    set: async (value) => {
      record = structuredClone(value);
    },
    delete: async () => {
      record = undefined;
    },
    locked(work) {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
