import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AlbarettoError } from '../src/errors.js';
import { parseSelection } from '../src/selection.js';

function failureOf(work: () => unknown): AlbarettoError {
  try {
    work();
  } catch (thrown) {
    return thrown as AlbarettoError;
  }
  throw new Error('this should have failed');
}

describe('-g', () => {
  test.each([
    [['2'], [2]],
    [
      ['2', '3'],
      [2, 3],
    ],
    [
      ['3', '2'],
      [2, 3],
    ],
    [['2,3'], [2, 3]],
    [['2-4'], [2, 3, 4]],
    [['3-'], [3, 4]],
    [['1-'], [1, 2, 3, 4]],
    [['4-'], [4]],
    [['2-2'], [2]],
    [['1,3-4,1'], [1, 3, 4]],
    [[' 1 , 3 '], [1, 3]],
    [['04'], [4]],
    [
      ['1-2', '2-3'],
      [1, 2, 3],
    ],
  ])('%j of four is %j', (values, positions) => {
    expect(parseSelection(values).of(4, 'task-1')).toEqual(positions);
  });

  test.each([
    '',
    ' ',
    ',',
    '2,',
    ',2',
    '2,,3',
    '-',
    '-2',
    '2--3',
    '2-3-4',
    'two',
    '2x',
    '2.0',
    '1e2',
    '+2',
    '0x2',
    '２',
    '٢',
    '2 3',
    '2 - 4',
    '9999999999',
    '*',
  ])('%j is not of the form, and that is known before anything is asked', (value) => {
    const failure = failureOf(() => parseSelection([value]));
    expect(failure).toMatchObject({ code: 'E_USAGE', reach: 'run' });
    expect(failure.describe()).toContain('give it as 2, 2,3, 2-4 or 3-');
  });

  test.each(['0', '0-2', '0-', '1,0'])('%j is refused: it counts from 1', (value) => {
    expect(failureOf(() => parseSelection([value])).message).toContain('counted from 1');
  });

  test.each(['4-2', '2-1', '1,3-2'])('%j is refused: it runs backwards', (value) => {
    expect(failureOf(() => parseSelection([value])).message).toContain('backwards');
  });

  test('that is not there says how many there are', () => {
    expect(failureOf(() => parseSelection(['5']).of(4, 'task-1'))).toMatchObject({
      code: 'E_NO_SUCH_GENERATION',
      reach: 'run',
      message: 'task-1 has 4 generations; there is no 5',
      hint: 'choose from 1 to 4; nothing was fetched',
    });
    expect(failureOf(() => parseSelection(['2']).of(1, 'task-1')).message).toBe(
      'task-1 has 1 generation; there is no 2',
    );
    expect(failureOf(() => parseSelection(['1']).of(0, 'task-1')).describe()).toBe(
      'task-1 has 0 generations; there is no 1: nothing was fetched',
    );
  });

  test.each(['2-5', '5-', '1,9', '999999999'])('%j of four is not there, in part or at all', (value) => {
    expect(failureOf(() => parseSelection([value]).of(4, 'task-1')).code).toBe('E_NO_SUCH_GENERATION');
  });

  test('of any well-formed kind answers positions that are there, ascending, each once, or says which one is not', () => {
    const number = fc.integer({ min: 1, max: 12 });
    const part = fc.oneof(
      number.map((first) => ({ text: `${first}`, first, last: first })),
      fc
        .tuple(number, fc.nat(6))
        .map(([first, more]) => ({ text: `${first}-${first + more}`, first, last: first + more })),
      number.map((first) => ({ text: `${first}-`, first, last: undefined })),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.nat(14), fc.boolean(), (parts, count, joined) => {
        const texts = parts.map(({ text }) => text);
        const selection = parseSelection(joined ? [texts.join(',')] : texts);
        const wanted = new Set(
          parts.flatMap(({ first, last = Math.max(first, count) }) =>
            Array.from({ length: last - first + 1 }, (_, offset) => first + offset),
          ),
        );
        const missing = [...wanted].filter((position) => position > count);
        if (missing.length > 0) {
          expect(failureOf(() => selection.of(count, 'task-1')).code).toBe('E_NO_SUCH_GENERATION');
        } else {
          expect(selection.of(count, 'task-1')).toEqual([...wanted].sort((left, right) => left - right));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('that is anything else is a usage error and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-,. x') }), (value) => {
        let failure: unknown;
        try {
          parseSelection([value]);
        } catch (thrown) {
          failure = thrown;
        }
        const wellFormed = value.split(',').every((part) => /^\d{1,9}(-\d{0,9})?$/u.test(part.trim()));
        if (failure !== undefined) expect(failure).toMatchObject({ code: 'E_USAGE' });
        else expect(wellFormed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
