import { expect, test } from '@jest/globals';
import { PasteFilter } from '../../src/shell/paste.js';

const BEGIN = '\u001b[200~';
const END = '\u001b[201~';

test.each([
  ['in one piece', [`${BEGIN}a\r\n\r\nb\nc\r\n${END}`], 'a\r\rb\nc\r'],
  ['cut between its halves', [`${BEGIN}a\r`, '\n\r', `\nb${END}`], 'a\r\rb'],
  ['cut at every character', [BEGIN, ...`a\r\nb${END}`], 'a\rb'],
])('a line end of two characters that is pasted is one: %s', (_case, pieces, keys) => {
  const filter = new PasteFilter();
  expect(pieces.map((piece) => filter.filter(piece)).join('')).toBe(keys);
});

test('what is typed after a paste, and a second paste, keep their own line ends', () => {
  const filter = new PasteFilter();
  expect(filter.filter(`${BEGIN}a\r${END}\n`)).toBe('a\r\n');
  expect(filter.filter(`${BEGIN}b\r${END}`) + filter.filter(`${BEGIN}\nc${END}`)).toBe('b\r\nc');
});
