import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSignedUrl, parseLossless, rawRecord, stringifyLossless, writtenNumber } from '../src/raw.js';

/** A service's answer, from its text to the record that is kept. */
function keep(json: string) {
  return rawRecord(parseLossless(json));
}

describe('a raw record', () => {
  test.each([
    '{"id":12345678901234567890,"n":-98765432109876543210987654321}',
    '{"size":7.0,"half":0.50,"e":1e400,"tiny":1E-7,"zero":-0,"z":0.0}',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":"x","hasOwnProperty":null}',
    '{"isLosslessNumber":true,"value":"1","toJSON":"x"}',
    '{"b":1,"a":2,"10":3,"":4}',
    '[[],{},[{}],null,true,false,"",0]',
    '"text"',
    '{"t":"\\u0000\\u001b\\ud800 \\u2028 ü 👩"}',
  ])('holds %s as it came', (json) => {
    const { json: kept, redacted } = keep(json);
    expect(redacted).toEqual([]);
    // Names that are whole numbers come first in JavaScript; nothing else may move.
    if (!json.includes('"10"')) expect(JSON.parse(kept)).toEqual(JSON.parse(json));
    expect(kept.replace(/\s/gu, '').length).toBeGreaterThan(0);
    expect(numbersIn(kept).sort()).toEqual(numbersIn(json).sort());
  });

  test('keeps __proto__ as a field and changes no prototype', () => {
    const kept = keep('{"a":{"__proto__":{"polluted":true,"url":"https://h.example/x?sig=1"}}}');
    expect(kept.json).toBe('{"a":{"__proto__":{"polluted":true,"url":"https://h.example/x?…"}}}');
    expect(kept.redacted).toEqual(['a.__proto__.url']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('of any JSON without links is the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const json = JSON.stringify(value);
        const { json: kept, redacted } = keep(json);
        expect(JSON.parse(kept)).toEqual(JSON.parse(json));
        expect(redacted).toEqual([]);
        expect(JSON.parse(stringifyLossless(parseLossless(kept)))).toEqual(JSON.parse(json));
      }),
      { numRuns: 500 },
    );
  });

  test('is written the same way whether or not one of its numbers needs care', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const plain = stringifyLossless(parseLossless(JSON.stringify([value])));
        const careful = stringifyLossless(parseLossless(JSON.stringify([value]).replace(/\]$/u, ',1.0]')));
        expect(careful.replace(/,\n {2}1\.0\n\]$/u, '\n]')).toBe(plain);
      }),
    );
  });

  test('keeps every digit of any number', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/u);
    fc.assert(
      fc.property(fc.array(digits, { minLength: 1 }), (numbers) => {
        expect(keep(`[${numbers.join(',')}]`).json).toBe(`[${numbers.join(',')}]`);
      }),
    );
  });

  test('of plain data is its JSON', () => {
    expect(rawRecord({ a: [1, 'b', null], c: undefined }).json).toBe('{"a":[1,"b",null]}');
    expect(rawRecord(undefined).json).toBe('null');
  });
});

function numbersIn(json: string): string[] {
  return json.replace(/"(?:[^"\\]|\\.)*"/gu, '""').match(/-?\d[\d.eE+-]*/gu) ?? [];
}

describe('a signed link', () => {
  test('loses its query, keeps its path, and is listed by where it stood', () => {
    const { json, redacted } = keep(
      `{"image_path":"https://blob.example/private/a.webp?st=1&se=2&sig=a%2Bb","items":[{"url":"x"},{"url":"HTTPS://h.example/b?Signature=1#f"}],"top":["https://h.example/c?token=1"]}`,
    );
    expect(JSON.parse(json)).toEqual({
      image_path: 'https://blob.example/private/a.webp?…',
      items: [{ url: 'x' }, { url: 'HTTPS://h.example/b?…' }],
      top: ['https://h.example/c?…'],
    });
    expect(redacted).toEqual(['image_path', 'items[1].url', 'top[0]']);
  });

  test('with characters that end a link in a longer text loses its query too', () => {
    const { json } = keep(JSON.stringify(['https://h.example/a>b?sig=1', 'https://h.example/"a"?token=1']));
    expect(JSON.parse(json)).toEqual(['https://h.example/a>b?…', 'https://h.example/"a"?…']);
  });

  test('in the middle of a text loses its query, and the text stays', () => {
    const prompt = 'https://cdn.example/a.png?ex=1&is=2&hm=3 a red robot --v 5, like http://b.example/c?page=2';
    const { json, redacted } = keep(JSON.stringify({ prompt, html: '<a href="https://h.example/x?sig=1">x</a>' }));
    expect(JSON.parse(json)).toEqual({
      prompt: 'https://cdn.example/a.png?… a red robot --v 5, like http://b.example/c?page=2',
      html: '<a href="https://h.example/x?…">x</a>',
    });
    expect(redacted).toEqual(['prompt', 'html']);
  });

  test('is left as it is in the value that was handed in', () => {
    const value = { links: ['https://h.example/a?sig=1'], same: [1] };
    const before = structuredClone(value);
    expect(rawRecord(value).json).toBe('{"links":["https://h.example/a?…"],"same":[1]}');
    expect(value).toEqual(before);
  });

  test.each([
    'https://h.example/a?sig=1',
    'https://h.example/a?b=c&X-Amz-Signature=1',
    'https://h.example/a?X-Goog-Credential=1',
    'https://h.example/a?Key-Pair-Id=1',
    'https://h.example/a?Expires=1',
    'http://h.example/a?access_token=1',
    'https://h.example/a?api_key=1',
    'https://h.example/a?%73ig=1',
  ])('is %s', (url) => {
    expect(isSignedUrl(url)).toBe(true);
  });

  test.each([
    'https://h.example/a',
    'https://h.example/a?page=2',
    'https://h.example/sig=1',
    '?sig=1',
    'text sig=1',
    'ftp://h/a?sig=1',
  ])('is not %s', (url) => {
    expect(isSignedUrl(url)).toBe(false);
  });

  test('is never kept, wherever it stands', () => {
    const link = fc
      .tuple(fc.webUrl(), fc.constantFrom('sig', 'Signature', 'token', 'X-Amz-Signature', 'hm'))
      .map(([url, name]) => `${url}?a=1&${name}=s3cr3t`);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        link,
        fc.string(),
        fc.array(tie('node')),
        fc.dictionary(fc.string(), tie('node')),
      ),
    })).node;
    fc.assert(fc.property(tree, (value) => expect(keep(JSON.stringify(value)).json).not.toContain('s3cr3t')));
  });
});

describe('a record', () => {
  /** A value that counts how often it is read. */
  function counted(value: object): { readonly value: object; reads(): number } {
    let reads = 0;
    const get = () => {
      reads += 1;
      return value;
    };
    return { value: Object.defineProperty({}, 'field', { enumerable: true, get }), reads: () => reads };
  }

  test('is made when it is first read, and once', () => {
    const { value, reads } = counted({ a: 1 });
    const record = rawRecord(value);
    const before = reads();
    expect(before).toBeLessThanOrEqual(1);
    expect([record.json, record.json, record.redacted]).toEqual(['{"field":{"a":1}}', '{"field":{"a":1}}', []]);
    const made = reads();
    expect(made).toBeGreaterThan(before);
    expect([record.json, reads()]).toEqual(['{"field":{"a":1}}', made]);
  });

  test('whose numbers need care is made at once', () => {
    const { value, reads } = counted(parseLossless('{"a":7.0}') as object);
    const record = rawRecord(value);
    const before = reads();
    expect([record.json, reads()]).toEqual(['{"field":{"a":7.0}}', before]);
  });
});

describe('lossless JSON', () => {
  test.each([
    '{"n":1}',
    '{"n":1,"at":"2025-01-01T10:00:05.000Z"}',
    '{"n":1,"text":"1.0, 2.0: [3.0"}',
    ' [ -1.5 , 1 ]\n',
  ])('without a number that needs care (%j) is as plain as it can be', (json) => {
    expect(parseLossless(json)).toEqual(JSON.parse(json));
  });

  test.each([
    ['1', '1'],
    ['18446744073709551615', '18446744073709551615'],
    ['7.0', '7.0'],
    ['"7"', undefined],
    ['{"value":"7"}', undefined],
    ['null', undefined],
  ])('%s is the number %s', (json, written) => {
    expect(writtenNumber(parseLossless(json))).toBe(written);
  });

  test('takes the last of a name that comes twice, as JSON.parse does', () => {
    expect(stringifyLossless(parseLossless('{"a":1,"b":2,"a":3}'))).toBe('{\n  "a": 3,\n  "b": 2\n}');
  });

  test('is written with two spaces a level and its numbers as they were', () => {
    const raw = parseLossless('{"seed":12345678901234567890,"scale":7.0}');
    expect(stringifyLossless({ v: 1, raw })).toBe(
      '{\n  "v": 1,\n  "raw": {\n    "seed": 12345678901234567890,\n    "scale": 7.0\n  }\n}',
    );
  });

  test.each(['', '{', '{"a":}', '01', '[1,]', "{'a':1}", 'NaN', '{"a":1}x'])('refuses %j', (text) => {
    expect(() => parseLossless(text)).toThrow(SyntaxError);
  });
});

test('a record that is nested deeper than any real one is refused by name, and does not overflow the stack', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 5000; level += 1) deep = level % 2 === 0 ? [deep] : { deep };
  expect(() => rawRecord(deep)).toThrow(expect.objectContaining({ code: 'E_BAD_ANSWER' }));
});
