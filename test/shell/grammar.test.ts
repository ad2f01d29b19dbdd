import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AlbarettoError } from '../../src/errors.js';
import { parseLine, quoteWord } from '../../src/shell/grammar.js';

/** The words of each stage, and of the redirect behind `>`. */
function words(line: string): string[][] {
  const parsed = parseLine(line);
  if (parsed === undefined) return [];
  const stages = parsed.stages.map((stage) => stage.words.map(({ text }) => text));
  return parsed.redirect === undefined ? stages : [...stages, ['>', parsed.redirect.text]];
}

function failure(line: string): AlbarettoError {
  try {
    parseLine(line);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) return thrown;
    throw thrown;
  }
  throw new Error(`${line} was taken`);
}

describe('words', () => {
  test.each([
    ['fetch  a\tb ', [['fetch', 'a', 'b']]],
    [
      'fetch 0123 00123e5 1e10000 -7 12345678901234567890',
      [['fetch', '0123', '00123e5', '1e10000', '-7', '12345678901234567890']],
    ],
    ['fetch https://x.example/y?a=b&c=d#e', [['fetch', 'https://x.example/y?a=b&c=d#e']]],
    [
      'fetch <https://x.example/y?a=b> <http://x.example>',
      [['fetch', '<https://x.example/y?a=b>', '<http://x.example>']],
    ],
    ['save ~/a* $HOME `x` {a,b} --new=x', [['save', '~/a*', '$HOME', '`x`', '{a,b}', '--new=x']]],
    ['save \'it is "this" \\ | > #\'', [['save', 'it is "this" \\ | > #']]],
    ['save "a \\"b\\" \\\\ c | \'d\'"', [['save', 'a "b" \\ c | \'d\'']]],
    ['save "C:\\Users\\me\\new"', [['save', 'C:\\Users\\me\\new']]],
    ["save 'C:\\Users\\me\\'", [['save', 'C:\\Users\\me\\']]],
    ['save a\\ b\\|c\\>d\\\\e\\"f', [['save', 'a b|c>d\\e"f']]],
    ['save a"b c"\'d e\'f', [['save', 'ab cd ef']]],
    ['save "" \'\'', [['save', '', '']]],
    ['save "日本 🦊" ü', [['save', '日本 🦊', 'ü']]],
    ['list\r\n', [['list']]],
  ])('%j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  test('a word knows where it stands and whether any of it was quoted', () => {
    expect(parseLine(' fetch a"b c" d\\e -g')?.stages).toEqual([
      {
        words: [
          { text: 'fetch', quoted: false, from: 1, to: 6 },
          { text: 'ab c', quoted: true, from: 7, to: 13 },
          { text: 'de', quoted: true, from: 14, to: 17 },
          { text: '-g', quoted: false, from: 18, to: 20 },
        ],
      },
    ]);
  });
});

describe('stages', () => {
  test.each([
    [
      'fetch a | save b',
      [
        ['fetch', 'a'],
        ['save', 'b'],
      ],
    ],
    ['fetch a|save b|list', [['fetch', 'a'], ['save', 'b'], ['list']]],
    [
      'fetch "https://x.example/a|b" | save c',
      [
        ['fetch', 'https://x.example/a|b'],
        ['save', 'c'],
      ],
    ],
    [
      'fetch a > b',
      [
        ['fetch', 'a'],
        ['>', 'b'],
      ],
    ],
    [
      'fetch a>"b c"',
      [
        ['fetch', 'a'],
        ['>', 'b c'],
      ],
    ],
    [
      'fetch <https://x.example/y> >b',
      [
        ['fetch', '<https://x.example/y>'],
        ['>', 'b'],
      ],
    ],
    [
      'fetch a<https://x.example/y>b',
      [
        ['fetch', 'a<https://x.example/y'],
        ['>', 'b'],
      ],
    ],
    ['fetch a | clear > b', [['fetch', 'a'], ['clear'], ['>', 'b']]],
  ])('%j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  test.each(['', '   \t', '# fetch a | save', '  # a "comment', '#'])('%j has nothing to do', (line) => {
    expect(parseLine(line)).toBeUndefined();
  });

  test('# is an ordinary character inside a line', () => {
    expect(words('fetch #1 a#b # c')).toEqual([['fetch', '#1', 'a#b', '#', 'c']]);
  });
});

describe('a line that cannot be read is a usage error that names the column', () => {
  test.each([
    ['save "a b', 'the double quote at column 6 is not closed', 'write \\"'],
    ["save it's", 'the single quote at column 8 is not closed', "write \\'"],
    ['save "C:\\new\\"', 'the double quote at column 6 is not closed', 'single quotes'],
    ['save C:\\', 'the backslash at column 8 ends the line', 'single quotes'],
    ['| save b', 'nothing stands before the | at column 1', 'both sides'],
    ['fetch a | | save b', 'nothing stands before the | at column 11', 'URL'],
    ['fetch a || save b', 'nothing stands before the | at column 10', 'quotes'],
    ['fetch a |', 'nothing stands after the | at column 9', 'both sides'],
    ['save 🦊 | ', 'nothing stands after the | at column 8', 'both sides'],
    ['fetch a >', 'no folder stands after the > at column 9', 'one folder'],
    ['fetch a > | save b', 'no folder stands after the > at column 9', 'one folder'],
    ['fetch a >> b', 'no folder stands after the > at column 9', 'one folder'],
    ['fetch a > b c', 'only one folder may stand after >, but more follows at column 13', 'one folder'],
    ['fetch a > b | list', 'only one folder may stand after >, but more follows at column 13', 'one folder'],
    ['> b', 'nothing stands before the > at column 1', 'one folder'],
    ['fetch a | > b', 'nothing stands before the > at column 11', 'one folder'],
  ])('%j', (line, message, hint) => {
    const error = failure(line);
    expect(error.code).toBe('E_USAGE');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});

describe('quoteWord', () => {
  test.each([
    ['plain-1.webp', 'plain-1.webp'],
    ['https://x/y?a=b&c=d#e', 'https://x/y?a=b&c=d#e'],
    ['', "''"],
    ['two words', "'two words'"],
    ['#1', "'#1'"],
    ['<https://x/y', "'<https://x/y'"],
    ['<https://x/y>', "'<https://x/y>'"],
    ["it's", '"it\'s"'],
    ['it\'s \\ "that"', '"it\'s \\\\ \\"that\\""'],
  ])('%j', (text, expected) => {
    expect(quoteWord(text)).toBe(expected);
  });

  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r', "'", '"', '\\', '|', '>', '#', 'a', '=', '~', '\u00a0') }),
  );

  test('any text is one word and comes back unchanged', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(words(quoteWord(text))).toEqual([[text]]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('any words stay apart, in their stages and behind >', () => {
    const stage = fc.array(anything, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 3 }), fc.option(anything), (stages, folder) => {
        const line =
          stages.map((texts) => texts.map(quoteWord).join(' ')).join('|') +
          (folder === null ? '' : `>${quoteWord(folder)}`);
        expect(words(line)).toEqual(folder === null ? stages : [...stages, ['>', folder]]);
      }),
    );
  });

  test('no line does anything but parse or fail as a usage error', () => {
    fc.assert(
      fc.property(anything, (line) => {
        try {
          for (const { words: taken } of parseLine(line)?.stages ?? []) expect(taken.length).toBeGreaterThan(0);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'E_USAGE' });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
