import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ArchiveNumber, type ArchiveValue, readObjects, writeValue } from '../../../sources/imgur/archive-json.js';

const written = (text: string) => readObjects(text).objects.map(writeValue);

describe('objects are read as they were left', () => {
  test.each([
    ['one', '{"a": 1}', ['{"a": 1}']],
    ['one with a line break behind it', '{"a": 1}\n', ['{"a": 1}']],
    ['two without anything between', '{"a": null}{"a": "x"}', ['{"a": null}', '{"a": "x"}']],
    ['lines after an empty one', '\n{"a": 1}\n{"a": 2}', ['{"a": 1}', '{"a": 2}']],
    ['lines of another system', '\r\n{"a": 1}\r\n\r\n{"a": 2}', ['{"a": 1}', '{"a": 2}']],
    ['indented by hand', '{\n  "a" : 1,\n\t"b":[true , false]\n}\n{\n}', ['{"a": 1, "b": [true, false]}', '{}']],
    ['with a mark of its byte order', '\ufeff{"a": 1}', ['{"a": 1}']],
    ['nothing', '', []],
    ['blanks', ' \r\n\t', []],
    ['no object', '[1, 2] "x" 3', []],
    [
      'keys that look like numbers, in their order',
      '{"zz": 1, "1234567": 2, "10": 3}',
      ['{"zz": 1, "1234567": 2, "10": 3}'],
    ],
    ['a key that comes twice', '{"a": 1, "b": 2, "a": 3}', ['{"a": 3, "b": 2}']],
    [
      'numbers as they were written',
      '{"a": 16000000000000000001, "b": 1.50, "c": -2e+3}',
      ['{"a": 16000000000000000001, "b": 1.50, "c": -2e+3}'],
    ],
    [
      'a name that means something',
      '{"__proto__": {"a": 1}, "constructor": 2}',
      ['{"__proto__": {"a": 1}, "constructor": 2}'],
    ],
  ])('%s', (_what, text, objects) => {
    expect(written(text)).toEqual(objects);
  });

  test.each([
    ['half a line', '\n{"id": "aB3', '\n{"id": "x"}'],
    ['half an object', '{"id": ', '{"id": "x"}'],
    ['half a description on the same line', '{"a": "half', '{"id": "x"}'],
    ['a word', '{"a": tru', '\n{"id": "x"}'],
    ['text', 'see my albums:', '\n{"id": "x"}'],
    ['an object with a comma too many', '{"a": 1,}', '{"id": "x"}'],
    ['brackets without end', '{"a": [[[', '\n{"id": "x"}'],
    ['an escape that is none', '{"a": "\\q"}', '{"id": "x"}'],
    ['zero bytes', '\0\0\0', '{"id": "x"}'],
  ])('and %s before them is passed over', (_what, before, after) => {
    expect(written(before + after)).toEqual(['{"id": "x"}']);
    expect(readObjects(before + after).isOne).toBe(false);
  });

  test('an object alone is known as such', () => {
    expect(['{"a": 1}', ' \n{}\n', '{}{}', '{} x', ''].map((text) => readObjects(text).isOne)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('values are written as Python writes them', () => {
  test.each([
    ['text', 'a "b" \\ / c', '"a \\"b\\" \\\\ / c"'],
    ['line breaks and control characters', '\b\f\n\r\t\u0000\u001f\u007f', '"\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f"'],
    ['other letters', 'é’日', '"\\u00e9\\u2019\\u65e5"'],
    ['what needs two units', '😀', '"\\ud83d\\ude00"'],
    ['half of that', '\ud83d', '"\\ud83d"'],
    ['nothing', null, 'null'],
    ['truth', true, 'true'],
    ['a number', new ArchiveNumber('1600000000'), '1600000000'],
    ['a list', [null, [], 'a'], '[null, [], "a"]'],
    [
      'objects',
      new Map<string, ArchiveValue>([
        ['b', new Map()],
        ['a', 'x'],
      ]),
      '{"b": {}, "a": "x"}',
    ],
  ])('%s', (_what, value: ArchiveValue, text) => {
    expect(writeValue(value)).toBe(text);
  });
});

const objects = fc.dictionary(fc.string({ unit: 'binary' }), fc.option(fc.string({ unit: 'binary' })), { maxKeys: 5 });

test('what was written is read again, and written the same, however many stand behind each other', () => {
  const property = fc.property(fc.array(objects, { minLength: 1 }), (list) => {
    const texts = list.map((object) => writeValue(new Map(Object.entries(object))));
    expect(written(texts.join(''))).toEqual(texts);
    expect(written(texts.join('\n'))).toEqual(texts);
    expect(texts.map((text) => JSON.parse(text))).toEqual(list);
    expect(texts.join('')).toMatch(/^[\x20-\x7e]*$/u);
  });
  fc.assert(property, { numRuns: 500 });
});

test('whatever the text, reading ends soon and throws nothing', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    '\n',
    '{"a": ',
    'null',
    '1',
    '{"a": "b"}',
    'é',
    '\0',
  );
  const text = fc.array(pieces, { maxLength: 400 }).map((list) => list.join(''));
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (any) => void readObjects(any)),
    { numRuns: 2_000 },
  );
  const before = process.cpuUsage().user;
  for (const piece of ['{', '[', '{"a":', '{"a":\n', '"', '{"', '{"a": "x",', '[{"a":1},'])
    readObjects(piece.repeat(5_000));
  expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(3_000);
});
