import { describe, expect, test } from '@jest/globals';
import { eachUntilAborted } from '../src/abort.js';

async function taken<T>(values: AsyncIterable<T> | Iterable<T>, signal?: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  for await (const value of eachUntilAborted(values, signal)) all.push(value);
  return all;
}

describe('the values of an iterable', () => {
  async function* three() {
    yield* [1, 2, 3];
  }

  test('are handed on as they come, with a signal and without one', async () => {
    expect(await taken(three())).toEqual([1, 2, 3]);
    expect(await taken([1, 2, 3], new AbortController().signal)).toEqual([1, 2, 3]);
    expect(await taken([], new AbortController().signal)).toEqual([]);
  });

  test('are not waited for any more when the signal is aborted, however long they take', async () => {
    const controller = new AbortController();
    async function* silent() {
      yield 1;
      setImmediate(() => controller.abort());
      await new Promise(() => undefined);
    }
    const all: number[] = [];
    const work = (async () => {
      for await (const value of eachUntilAborted(silent(), controller.signal)) all.push(value);
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(all).toEqual([1]);
  });

  test('are not asked for where the signal was aborted before', async () => {
    await expect(taken(three(), AbortSignal.abort())).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('that fail, fail with their own cause', async () => {
    async function* failing() {
      yield 1;
      throw new TypeError('no');
    }
    await expect(taken(failing(), new AbortController().signal)).rejects.toThrow(new TypeError('no'));
  });

  test('are let go when nobody takes them any more, and leave nobody listening', async () => {
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield 1;
      } finally {
        ended = true;
      }
    }
    const { signal } = new AbortController();
    let listening = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listening += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listening -= 1;
      remove(...given);
    };
    let count = 0;
    for await (const _value of eachUntilAborted(endless(), signal)) {
      count += 1;
      expect(listening).toBe(0);
      if (count === 100) break;
    }
    await new Promise(setImmediate);
    expect([ended, listening]).toEqual([true, 0]);
  });
});
