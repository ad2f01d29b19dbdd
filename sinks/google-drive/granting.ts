/**
 * Lets the person open a folder to the program where Google does not show it: Google's own picker, inside a sign-in, once.
 * https://developers.google.com/workspace/drive/picker/guides/desktop-mobile-picker
 */

import { AlbarettoError, type SinkContext, untilAborted } from '../../src/plugin.js';
import type { Account } from './account.js';
import type { Signal } from './drive-api.js';
import { NOT_GRANTED, PLUGIN } from './failures.js';

export interface Granting {
  /** Runs `work`; where Google refuses the folder, has it picked, and runs the work once more. */
  around<T>(work: () => Promise<T>, signal: Signal): Promise<T>;
}

/** For folders that the program made itself: there is nothing to be picked. */
export const NO_GRANTING: Granting = {
  async around(work) {
    try {
      return await work();
    } catch (thrown) {
      if (!isNotGranted(thrown)) throw thrown;
      const hint = 'the folder is gone, or lies in the trash: save again, and albaretto makes a new one';
      throw thrown.with({ code: 'E_DESTINATION', hint });
    }
  },
};

/** For folders that are only looked at: no page is opened for that. */
export const NO_PICKER: Granting = { around: (work) => work() };

export class PickerGranting implements Granting {
  readonly #context: SinkContext;
  readonly #account: Account;
  readonly #folder: string;
  #picking: Promise<void> | undefined;

  constructor(context: SinkContext, account: Account, folder: string) {
    this.#context = context;
    this.#account = account;
    this.#folder = folder;
  }

  async around<T>(work: () => Promise<T>, signal: Signal): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!isNotGranted(thrown)) throw thrown;
      // Files that are refused at the same time wait for one picker.
      this.#picking ??= this.#pick(thrown, signal);
      await untilAborted(this.#picking, signal);
      return work();
    }
  }

  async #pick(refusal: AlbarettoError, signal: Signal): Promise<void> {
    this.#context.progress('Google does not show this folder to albaretto yet; its page lets you choose it');
    let picked: readonly string[] | undefined;
    try {
      picked = await this.#account.pick(this.#folder, signal);
    } catch (thrown) {
      if (thrown instanceof AlbarettoError && thrown.code === 'E_CREDENTIALS') throw notGranted(thrown.message);
      throw thrown;
    }
    if (picked === undefined) throw refusal;
    if (!picked.includes(this.#folder)) throw notGranted("the folder was not chosen on Google's page");
  }
}

function notGranted(message: string): AlbarettoError {
  return new AlbarettoError({
    ...NOT_GRANTED,
    message: `Google does not let albaretto use this folder: ${message}`,
    plugin: PLUGIN,
  });
}

function isNotGranted(thrown: unknown): thrown is AlbarettoError {
  return thrown instanceof AlbarettoError && thrown.code === 'E_NOT_GRANTED';
}
