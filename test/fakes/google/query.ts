/** The grammar of the parameter `q` of files.list, from "Search query terms and operators". */

import { driveError } from './answer.js';

export type Operator = 'contains' | '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'compare'; readonly term: string; readonly operator: Operator; readonly value: string | boolean }
  | { readonly kind: 'in'; readonly value: string; readonly collection: string }
  | { readonly kind: 'has'; readonly term: string; readonly key: string; readonly value: string };

interface Token {
  readonly kind: 'string' | 'word' | 'sign';
  readonly text: string;
}

const EQUALITY: readonly Operator[] = ['=', '!='];
const ORDER: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];

/** Which operators a term takes, and whether its value is a truth value. */
const TERMS: Readonly<Record<string, { operators: readonly Operator[]; truth?: true; time?: true }>> = {
  name: { operators: ['contains', ...EQUALITY] },
  fullText: { operators: ['contains'] },
  mimeType: { operators: ['contains', ...EQUALITY] },
  modifiedTime: { operators: ORDER, time: true },
  viewedByMeTime: { operators: ORDER, time: true },
  createdTime: { operators: ORDER, time: true },
  starred: { operators: EQUALITY, truth: true },
  trashed: { operators: EQUALITY, truth: true },
  sharedWithMe: { operators: EQUALITY, truth: true },
  visibility: { operators: EQUALITY },
  'shortcutDetails.targetId': { operators: EQUALITY },
};
const COLLECTIONS = ['parents', 'owners', 'writers', 'readers'];
const PROPERTY_TERMS = ['properties', 'appProperties'];

/** Throws a Refusal with status 400, reason `invalid` and location `q` for anything that is not of the grammar. */
export function parseQuery(text: string): Expression {
  const parser = new Parser(tokenize(text));
  const expression = parser.expression();
  parser.end();
  return expression;
}

/** Whether any part of the query asks for a name: such a query goes to the index that lags behind. */
export function asksForName(expression: Expression): boolean {
  if (expression.kind === 'and' || expression.kind === 'or') {
    return asksForName(expression.left) || asksForName(expression.right);
  }
  if (expression.kind === 'not') return asksForName(expression.operand);
  return expression.kind === 'compare' && (expression.term === 'name' || expression.term === 'fullText');
}

export function invalidQuery(): Error {
  return driveError(400, 'invalid', 'Invalid Value', 'q');
}

/** Times without a zone are UTC. */
export function queryTime(text: string): number {
  const zoned = /(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned) : Number.NaN;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:'((?:[^'\\]|\\['\\])*)'|([A-Za-z][A-Za-z.]*)|(!=|<=|>=|[=<>(){}]))\s*/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw invalidQuery();
    const [, string, word, sign] = match;
    if (string !== undefined) tokens.push({ kind: 'string', text: string.replace(/\\(.)/g, '$1') });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'sign', text: sign! });
  }
  return tokens;
}

class Parser {
  #at = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  /** `and` and `or` bind alike, from left to right. */
  expression(): Expression {
    let left = this.#operand();
    for (;;) {
      const kind = this.#takeWord('and') ? 'and' : this.#takeWord('or') ? 'or' : undefined;
      if (kind === undefined) return left;
      left = { kind, left, right: this.#operand() };
    }
  }

  end(): void {
    if (this.#at !== this.tokens.length) throw invalidQuery();
  }

  #operand(): Expression {
    if (this.#takeWord('not')) return { kind: 'not', operand: this.#operand() };
    if (this.#takeSign('(')) {
      const inner = this.expression();
      this.#need(')');
      return inner;
    }
    const token = this.#next();
    if (token.kind === 'string') return this.#membership(token.text);
    if (token.kind !== 'word') throw invalidQuery();
    return PROPERTY_TERMS.includes(token.text) ? this.#property(token.text) : this.#comparison(token.text);
  }

  #membership(value: string): Expression {
    if (!this.#takeWord('in')) throw invalidQuery();
    const collection = this.#next().text;
    if (!COLLECTIONS.includes(collection)) throw invalidQuery();
    return { kind: 'in', value, collection };
  }

  #property(term: string): Expression {
    if (!this.#takeWord('has')) throw invalidQuery();
    this.#need('{');
    const key = this.#member('key');
    if (!this.#takeWord('and')) throw invalidQuery();
    const value = this.#member('value');
    this.#need('}');
    return { kind: 'has', term, key, value };
  }

  #member(name: string): string {
    if (!this.#takeWord(name)) throw invalidQuery();
    this.#need('=');
    return this.#string();
  }

  #comparison(term: string): Expression {
    const rule = Object.hasOwn(TERMS, term) ? TERMS[term] : undefined;
    if (rule === undefined) throw invalidQuery();
    const operator = this.#next().text as Operator;
    if (!rule.operators.includes(operator)) throw invalidQuery();
    if (rule.truth) {
      const word = this.#next();
      if (word.kind !== 'word' || (word.text !== 'true' && word.text !== 'false')) throw invalidQuery();
      return { kind: 'compare', term, operator, value: word.text === 'true' };
    }
    const value = this.#string();
    if (rule.time && Number.isNaN(queryTime(value))) throw invalidQuery();
    return { kind: 'compare', term, operator, value };
  }

  #string(): string {
    const token = this.#next();
    if (token.kind !== 'string') throw invalidQuery();
    return token.text;
  }

  #next(): Token {
    const token = this.tokens[this.#at++];
    if (token === undefined) throw invalidQuery();
    return token;
  }

  #takeWord(word: string): boolean {
    return this.#take('word', word);
  }

  #takeSign(sign: string): boolean {
    return this.#take('sign', sign);
  }

  #need(sign: string): void {
    if (!this.#takeSign(sign)) throw invalidQuery();
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.tokens[this.#at];
    if (token?.kind !== kind || token.text.toLowerCase() !== text) return false;
    this.#at += 1;
    return true;
  }
}
