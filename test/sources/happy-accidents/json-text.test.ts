import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { equalJson, type JsonValue, parseJson, pythonJson } from '../../../sources/happy-accidents/json-text.js';

const same = (one: string, other: string) => equalJson(parseJson(one), parseJson(other));

/** As `JSON.parse` would answer it, where numbers are small enough for that. */
function plain(value: JsonValue): unknown {
  return JSON.parse(pythonJson(value));
}

describe('JSON text', () => {
  test('is read as JSON.parse reads it', () => {
    const property = (value: unknown) => {
      for (const text of [JSON.stringify(value), JSON.stringify(value, undefined, '\t')]) {
        expect(plain(parseJson(text))).toEqual(JSON.parse(text));
      }
    };
    fc.assert(fc.property(fc.jsonValue(), property), { numRuns: 500 });
  });

  test('is refused where JSON.parse refuses it, whatever is cut off, put in or doubled', () => {
    const accepts = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text);
        return true;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(SyntaxError);
        return false;
      }
    };
    const spoiled = fc
      .tuple(fc.json(), fc.nat(60), fc.nat(3), fc.string({ maxLength: 2, unit: 'binary' }))
      .map(([text, at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone));
    const judged = (text: string) =>
      expect([text, accepts(parseJson, text)]).toEqual([text, accepts(JSON.parse, text)]);
    fc.assert(fc.property(fc.oneof(spoiled, fc.string()), judged), { numRuns: 3000 });
  });

  test.each([
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '[1',
    '[1,]',
    '"a',
    '"\\',
    '"\\"',
    '01',
    '1.',
    '-',
    '.5',
    'NaN',
    'Infinity',
    'tru',
    '{}{}',
    "{'a':1}",
    '"\n"',
    '"\\x"',
    '\u00a01',
  ])('that is none is a SyntaxError: %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test.each(['['.repeat(100_000), '{"a":'.repeat(100_000), `"${'\\"'.repeat(500_000)}`])(
    'that is meant to exhaust its reader is a SyntaxError, soon',
    (text) => {
      const begun = performance.now();
      expect(() => parseJson(text)).toThrow(SyntaxError);
      expect(performance.now() - begun).toBeLessThan(1000);
    },
  );

  test('has texts of any length', () => {
    const long = 'ä\\"'.repeat(300_000);
    expect(parseJson(JSON.stringify(long))).toBe(long);
  });

  test('has a member of any name, the last of those with one name, and keeps their order', () => {
    expect(pythonJson(parseJson('{"b":1,"__proto__":{"x":2},"2":3,"1":4,"b":5}'))).toBe(
      '{"b": 5, "__proto__": {"x": 2}, "2": 3, "1": 4}',
    );
  });
});

describe('JSON text as Python writes it', () => {
  // Each is the output of json.dumps of Python 3.
  test.each([
    ['[]', '[]'],
    ['{}', '{}'],
    ['[1,[2,{"a":null}],true,false]', '[1, [2, {"a": null}], true, false]'],
    ['"\\/ \\" \\\\"', '"/ \\" \\\\"'],
    ['"\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f"', '"\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f"'],
    ['"äÖ 雨 👩‍🚀"', '"\\u00e4\\u00d6 \\u96e8 \\ud83d\\udc69\\u200d\\ud83d\\ude80"'],
    ['"\\ud800 \\udfff"', '"\\ud800 \\udfff"'],
    ['"\\u2028\\u2029\\ufeff"', '"\\u2028\\u2029\\ufeff"'],
    ['{"ä":"</script>"}', '{"\\u00e4": "</script>"}'],
  ])('%s', (text, expected) => {
    expect(pythonJson(parseJson(text))).toBe(expected);
  });

  test.each(['0', '-0', '7.0', '0.10', '1E+2', '1e-999', '9007199254740993', '9'.repeat(5000), '1e999'])(
    'has the number %s as it was written',
    (number) => {
      expect(pythonJson(parseJson(`[${number}]`))).toBe(`[${number}]`);
    },
  );
});

describe('two values say the same', () => {
  test.each([
    ['{"a":1,"b":[2,"x"]}', '{"b": [2, "x"], "a": 1}'],
    ['7.0', '7'],
    ['0.10', '0.1'],
    ['1E+2', '100.0'],
    ['-0', '0'],
    ['"\\u00e4"', '"ä"'],
    ['9007199254740993', '9007199254740993'],
    ['1e999', '1e999'],
  ])('%s and %s', (one, other) => {
    expect(same(one, other)).toBe(true);
    expect(same(other, one)).toBe(true);
  });

  test.each([
    ['9007199254740993', '9007199254740992'],
    ['9007199254740993', '9007199254740992.0'],
    ['1e999', '1e998'],
    ['1', '"1"'],
    ['1', 'true'],
    ['null', '{}'],
    ['[]', '{}'],
    ['[1,2]', '[2,1]'],
    ['[1]', '[1,1]'],
    ['{"a":1}', '{"a":1,"b":null}'],
    ['{"a":1,"c":null}', '{"a":1,"b":null}'],
    ['"a"', '"A"'],
  ])('not %s and %s', (one, other) => {
    expect(same(one, other)).toBe(false);
    expect(same(other, one)).toBe(false);
  });
});
