/** Texts and what is searched in them, made comparable: case, accents and punctuation do not count, the beginnings of words do. */

/** Signs that are words by themselves: of scripts written without spaces, and symbols such as emoji. */
const SINGLE =
  '[\\p{S}\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]';
const WORD = new RegExp(`${SINGLE}|(?:(?!${SINGLE})[\\p{L}\\p{M}\\p{N}])+`, 'gu');
const ACCENTS = /[\u0300-\u036f]/gu;

/** The words of the texts, each after one space; empty where there are none. A search is a part of this. */
export function wordsOf(...texts: readonly (string | undefined)[]): string {
  const plain = texts.join('\n').toLowerCase().normalize('NFKD').replace(ACCENTS, '');
  return (plain.match(WORD) ?? []).map((word) => ` ${word}`).join('');
}

/**
 * What must all be part of {@link wordsOf} a text for it to be found: one piece for each word of the query, so that their
 * order does not matter; `robot` finds `robots`. Empty for a query without any word.
 */
export function piecesOf(query: string): readonly string[] {
  return query
    .split(/\s+/u)
    .map((term) => wordsOf(term))
    .filter((piece) => piece !== '');
}
