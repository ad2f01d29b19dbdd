import { describe, expect, test } from '@jest/globals';
import { type CompletionWorld, completeLine } from '../../src/shell/complete.js';
import { parseLine } from '../../src/shell/grammar.js';

const PATHS = [
  'My Pictures/',
  "it's here/",
  'notes.txt',
  'nested/',
  'nested/a b.webp',
  'nested/ab',
  '~/Pictures/',
  '日本 語/',
  'bad\u001b[2Jname',
  'C:\\new',
];

const world: CompletionWorld = {
  commands: [
    {
      name: 'fetch',
      options: [
        { name: 'source', takesValue: true, values: 'source' },
        { name: 'generation', short: 'g', takesValue: true },
        { name: 'all', takesValue: false },
        { name: 'order', takesValue: true, values: async () => ['newest first', 'oldest'] },
      ],
    },
    {
      name: 'save',
      options: [{ name: 'new', short: 'n', takesValue: true }],
      words: (position) => (position === 0 ? 'path' : 'item'),
    },
    { name: 'sources', options: [] },
    {
      name: 'use',
      options: [],
      words: async (position, soFar) => (position === 0 ? ['source', 'sink'] : soFar[0] === 'sink' ? 'sink' : 'source'),
    },
    { name: 'help', options: [], words: () => 'command' },
  ],
  commonOptions: [{ name: 'quiet', takesValue: false }],
  redirectsTo: 'save',
  items: () => ['generation-abc', 'generation-abd', 'other'],
  sources: () => ['dalle2', 'imgur', 'happy-accidents'],
  sinks: () => ['local-filesystem', 'google-drive'],
  paths: async (prefix) => PATHS.filter((path) => path.startsWith(prefix)),
};

/** The line after Tab at the `^`, and what is listed. */
async function tab(marked: string): Promise<{ line: string; choices: readonly string[] }> {
  const cursor = marked.indexOf('^');
  const line = marked.replace('^', '');
  const { from, replacement, choices } = await completeLine(line, cursor, world);
  return {
    line: choices.length === 0 ? marked : `${line.slice(0, from)}${replacement}^${line.slice(cursor)}`,
    choices,
  };
}

test.each([
  ['a command', 'fe^', 'fetch ^'],
  ['what several commands have in common', 's^', 's^'],
  ['a command behind blanks', '  so^', '  sources ^'],
  ['a command in the next stage', 'fetch a | sa^', 'fetch a | save ^'],
  ['a command right behind the sign', 'fetch a|sa^', 'fetch a|save ^'],
  ['a command in quotes', '"fe^', '"fetch" ^'],
  ['an option', 'fetch --so^', 'fetch --source ^'],
  ['an option that every command takes', 'sources --q^', 'sources --quiet ^'],
  ['an option in quotes', 'fetch "--a^', 'fetch "--all" ^'],
  ['an option after a word', 'fetch a --a^', 'fetch a --all ^'],
  ["an option's value", 'fetch --source im^', 'fetch --source imgur ^'],
  ["an option's value behind =", 'fetch --source=im^', 'fetch --source=imgur ^'],
  ["an option's value with a blank", 'fetch --order n^', 'fetch --order newest\\ first ^'],
  ["an option's value with a blank behind =, in quotes", 'fetch --order="n^', 'fetch "--order=newest first" ^'],
  ['the word after an option and its value', 'save -n x no^', 'save -n x notes.txt ^'],
  ['an item after the destination', 'save x o^', 'save x other ^'],
  ['what several items have in common', 'save x g^', 'save x generation-ab^'],
  ['a word that depends on the one before', 'use sink g^', 'use sink google-drive ^'],
  ["words that a command's own function lists", 'use si^', 'use sink ^'],
  ['a folder, without a blank behind it', 'save ne^', 'save nested/^'],
  ['a path in a folder', 'save nested/ab^', 'save nested/ab ^'],
  ['a blank in a path with a backslash', 'save My^', 'save My\\ Pictures/^'],
  ['a path behind an escaped blank', 'save nested/a\\ ^', 'save nested/a\\ b.webp ^'],
  ['a path in double quotes', 'save "My^', 'save "My Pictures/^'],
  ['a file in double quotes', 'save "nested/a ^', 'save "nested/a b.webp" ^'],
  ['a path in single quotes', "save 'My P^", "save 'My Pictures/^"],
  ['a path that cannot be in single quotes', "save 'it^", 'save "it\'s here/^'],
  ['a path behind a quote in the middle', 'save nes"ted/a ^', 'save "nested/a b.webp" ^'],
  ['a path behind a closed quote', 'save "My Pic"^', 'save "My Pictures/^'],
  ['a quote in a bare path', 'save it\\^', "save it\\'s\\ here/^"],
  ['a backslash in a path', 'save C^', 'save C:\\\\new ^'],
  ['a backslash in a quoted path', 'save "C^', 'save "C:\\\\new" ^'],
  ['a path at home', 'save ~/P^', 'save ~/Pictures/^'],
  ['wide characters', 'save 日^', 'save 日本\\ 語/^'],
  ['a folder behind >', 'fetch a > ne^', 'fetch a > nested/^'],
  ['a folder right behind >', 'fetch a >ne^', 'fetch a >nested/^'],
  ['the middle of a line, without a second blank', 'fetch --sou^ x', 'fetch --source^ x'],
  ['the left part of a word', 'fe^x', 'fetch ^x'],
])('Tab completes %s', async (_what, before, after) => {
  const { line, choices } = await tab(before);
  expect(choices).not.toEqual([]);
  expect(line).toBe(after);
});

test.each([
  ['all commands at the start', '^', ['fetch', 'help', 'save', 'sources', 'use']],
  ['the commands that fit', 's^', ['save', 'sources']],
  ['all options', 'fetch -^', ['--all', '--generation', '--order', '--quiet', '--source']],
  ['items', 'save x ^', ['generation-abc', 'generation-abd', 'other']],
  ['the last part of paths', 'save nested/^', ['a b.webp', 'ab', 'nested/']],
  ['words of a kind', 'help ^', ['fetch', 'help', 'save', 'sources', 'use']],
])('Tab lists %s', async (_what, before, expected) => {
  expect([...(await tab(before)).choices].sort()).toEqual(expected);
});

test.each([
  ['an unknown command', 'nothing ^'],
  ['a word that nothing begins with', 'xyz^'],
  ['a word of which nothing is known', 'fetch ^'],
  ['the value of an option that lists none', 'fetch -g ^'],
  ['an option behind --', 'fetch -- --a^'],
  ['a second word behind >', 'fetch a > b ^'],
  ['a comment', '# fe^'],
  ['a value of an unknown option', 'fetch --nothing=a^'],
  ['a name that would drive the terminal', 'save bad^'],
])('Tab offers nothing for %s', async (_what, before) => {
  expect(await tab(before)).toEqual({ line: before, choices: [] });
});

describe('what is completed', () => {
  test.each(['save M^', 'save "M^', "save 'M^", 'save it^', 'save "C^', 'save nested/a\\ ^', 'save 日^'])(
    '%j is read as the path that was meant',
    async (before) => {
      const { line } = await tab(before);
      const completed = line.replace('^', '').trimEnd();
      const closed = /^save (["'])/u.exec(completed)?.[1];
      const finished = closed !== undefined && !completed.endsWith(closed) ? `${completed}${closed}` : completed;
      expect(PATHS).toContain(parseLine(finished)?.stages[0]?.words[1]?.text);
    },
  );

  test('a failing world is told to whoever asked', async () => {
    const failing = { ...world, paths: () => Promise.reject(new Error('no such folder')) };
    await expect(completeLine('save a', 6, failing)).rejects.toThrow('no such folder');
  });
});
