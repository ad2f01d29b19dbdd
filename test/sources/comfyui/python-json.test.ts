import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isLosslessNumber, parse, stringify } from 'lossless-json';
import { parsePythonJson } from '../../../sources/comfyui/python-json.js';
import { rawRecord } from '../../../src/plugin.js';

const kept = (json: string): string => rawRecord(parsePythonJson(json)).json;

describe('JSON of a server', () => {
  test.each([
    '18446744073709551615',
    '7.0',
    '-0',
    '1E+2',
    '0.10',
    '[1,2.50,-3e-7]',
    '{"a":{"b":[null,true,false,"x"]}}',
    '"number:7 and number::7"',
    '"a \\"7\\" \\\\"',
  ])('keeps %s as it was written', (json) => {
    expect(kept(json)).toBe(json);
  });

  test('keeps what stood for no number as a text', () => {
    expect(kept('{"is_changed":[NaN],"cfg":Infinity,"low":-Infinity,"text":"NaN, 5 and -Infinity"}')).toBe(
      '{"is_changed":["NaN"],"cfg":"Infinity","low":"-Infinity","text":"NaN, 5 and -Infinity"}',
    );
  });

  test('has numbers that the common record takes for its own', () => {
    expect(isLosslessNumber(parsePythonJson('5'))).toBe(true);
  });

  test.each(['', '{', '[1,]', '01', '1.', '-', '+1', '--1', 'NaN5', '5NaN', '-NaN', 'nan', '"a', '{"a":1', '1 2', 'x'])(
    'that is none is refused: %j',
    (json) => {
      expect(() => parsePythonJson(json)).toThrow(SyntaxError);
    },
  );

  test('of any kind comes to the same as with the program’s own reader', () => {
    const json = fc.json({ maxDepth: 4, noUnicodeString: false });
    fc.assert(
      fc.property(json, (text) => {
        // Of a name that comes twice both keep the last one.
        expect(kept(text)).toBe(stringify(parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue })));
      }),
      { numRuns: 2000 },
    );
  });

  test('a text that looks like the mark of a number stays a text, however long it is', () => {
    const texts = ['number:5', `number${':'.repeat(100_000)}5`, 'number:'];
    expect(kept(JSON.stringify({ texts, seed: 5 }))).toBe(JSON.stringify({ texts, seed: 5 }));
  });

  test('is read in one walk, also a long text without its end', () => {
    const before = process.cpuUsage();
    expect(() => parsePythonJson(`["${'\\\\'.repeat(500_000)}`)).toThrow(SyntaxError);
    expect(() => parsePythonJson(`[${'1.'.repeat(500_000)}`)).toThrow(SyntaxError);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
