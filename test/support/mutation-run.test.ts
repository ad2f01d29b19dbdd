import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AlbarettoError } from '../../src/plugin.js';
import { mutated } from './mutated-documents.js';
import { DOCUMENTS, Ends, MOST_TIME, runMutated } from './mutation-run.js';

const number = fc.nat();
const refusal = (message: string) => new AlbarettoError({ code: 'E_BAD_ANSWER', message });

/** Keeps the processor busy for so long, by its own time and by the clock. */
function work(milliseconds: number): void {
  const [before, begun] = [process.cpuUsage(), performance.now()];
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system > milliseconds * 1_000 && performance.now() - begun > milliseconds) return;
  }
}

describe('a run over mutated documents', () => {
  test('walks every one of them', async () => {
    let count = 0;
    await runMutated(number, async () => {
      count += 1;
    });
    expect(count).toBe(DOCUMENTS);
  });

  test('fails with the document and the seed where a walk throws', async () => {
    const run = runMutated(number, async (document) => {
      if (document > 100) throw new TypeError('not a function');
    });
    await expect(run).rejects.toThrow(/seed: .*Counterexample: \[\d+\]/su);
  });

  test('fails where a document takes too long', async () => {
    let count = 0;
    const run = runMutated(number, async () => {
      count += 1;
      if (count >= 10) work(MOST_TIME + 20);
    });
    await expect(run).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringMatching(/ ms$/u) }),
    });
  });

  test('does not fail where one walk of several is slow', async () => {
    let count = 0;
    await runMutated(number, async () => {
      count += 1;
      if (count === 10 || count === 11) work(MOST_TIME + 20);
    });
    expect(count).toBe(DOCUMENTS + 2);
  });

  test('does not fail where this process only waited', async () => {
    let count = 0;
    await runMutated(number, async () => {
      count += 1;
      if (count === 10) await new Promise((resolve) => setTimeout(resolve, MOST_TIME + 20));
    });
    expect(count).toBe(DOCUMENTS + 1);
  });

  test.each([true, false])('fails where everybody inherits something new (enumerable: %s)', async (enumerable) => {
    for (const prototype of [Object.prototype, Array.prototype]) {
      const run = runMutated(number, async () => {
        Object.defineProperty(prototype, 'polluted', { value: 1, enumerable, configurable: true });
      });
      await expect(run).rejects.toThrow();
      Reflect.deleteProperty(prototype, 'polluted');
    }
  });
});

describe('the ends of walks', () => {
  test('are errors with a type and printable words, which are counted', async () => {
    const ends = new Ends();
    await ends.orTypedError(async () => {
      throw refusal('no');
    });
    await ends.orTypedError(async () => undefined);
    expect(ends.errors).toBe(1);
  });

  test.each([
    ['a raw error', new TypeError('not a function')],
    ['a fault of the program', new AlbarettoError({ code: 'E_INTERNAL', message: 'no' })],
    ['words that drive a terminal', refusal('no\u001b[2J')],
    ['words that turn the reading direction', refusal('no\u202e')],
    ['a secret', refusal('the key hush-1234 is refused')],
  ])('are not %s', async (_what, thrown) => {
    const work = new Ends(['hush-1234']).orTypedError(async () => {
      throw thrown;
    });
    await expect(work).rejects.toThrow();
  });
});

describe('a mutated document', () => {
  const good = { id: 'x', list: [1, { deep: 'y' }], none: null };
  const made = fc.sample(mutated(good), { numRuns: 4_000, seed: 1 }).map((bytes) => bytes.toString('utf8'));
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };

  test('differs from the good one', () => {
    const same = made.filter((text) => text === JSON.stringify(good));
    expect(same.length).toBeLessThan(40);
  });

  test.each([
    ['the first field', (value: typeof good) => value.id],
    ['a list', (value: typeof good) => value.list],
    ['an entry of a list', (value: typeof good) => value.list[0]],
    ['a field in a list', (value: typeof good) => (value.list[1] as { deep: string }).deep],
    ['the last field', (value: typeof good) => value.none],
  ])('has something else, or nothing, in the place of %s', (_what, read) => {
    const found = made.map((text) => {
      try {
        return JSON.stringify(read(parsed(text) as typeof good));
      } catch {
        return 'gone';
      }
    });
    const changed = found.filter((value) => value !== JSON.stringify(read(good)) && value !== 'gone');
    expect(changed.length).toBeGreaterThan(100);
    expect(found.filter((value) => value === undefined).length).toBeGreaterThan(20);
  });

  test('may have further fields, also with names that mean something', () => {
    const names = made.flatMap((text) => {
      const value = parsed(text);
      return typeof value === 'object' && value !== null ? Object.keys(value) : [];
    });
    for (const name of ['__proto__', 'constructor', 'then', '']) expect(names).toContain(name);
  });

  test('leaves the good one as it was', () => {
    expect(good).toEqual({ id: 'x', list: [1, { deep: 'y' }], none: null });
  });
});
