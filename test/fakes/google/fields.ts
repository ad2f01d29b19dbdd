/** Partial responses: the `fields` parameter, `a,b/c,d(e,f),*`, which filters and refuses names that do not exist. */

import { driveError } from './answer.js';

/** The members that a resource can have: `true` for a plain value or a map with free keys. */
export type Shape = { readonly [name: string]: true | Shape };

/** What is asked for: `undefined` for a whole member. */
type Mask = Map<string, Mask | undefined>;

/** The parts of `value` that `fields` names; `fallback` is the mask of a request without the parameter. */
export function selectFields(fields: string | null, fallback: string, shape: Shape, value: object): object {
  const text = fields === null || fields === '' ? fallback : fields;
  const mask = parseMask(text);
  check(mask, shape, text);
  return apply(mask, value) as object;
}

function parseMask(text: string): Mask {
  const tokens = text.match(/[A-Za-z0-9_$.-]+|[*,/()]/g) ?? [];
  if (tokens.join('') !== text.replace(/\s/g, '')) throw invalid(text);
  let at = 0;

  function list(): Mask {
    const mask: Mask = new Map();
    for (;;) {
      const [name, sub] = member();
      merge(mask, name, sub);
      if (tokens[at] !== ',') return mask;
      at += 1;
    }
  }

  function member(): [string, Mask | undefined] {
    const name = tokens[at];
    if (name === undefined || ',/()'.includes(name)) throw invalid(text);
    at += 1;
    if (tokens[at] === '/') {
      at += 1;
      const [inner, sub] = member();
      return [name, new Map([[inner, sub]])];
    }
    if (tokens[at] !== '(') return [name, undefined];
    at += 1;
    const sub = list();
    if (tokens[at] !== ')') throw invalid(text);
    at += 1;
    return [name, sub];
  }

  const mask = list();
  if (at !== tokens.length) throw invalid(text);
  return mask;
}

function merge(mask: Mask, name: string, sub: Mask | undefined): void {
  const known = mask.get(name);
  if (!mask.has(name) || sub === undefined || known === undefined) {
    mask.set(name, mask.has(name) && known === undefined ? undefined : sub);
    return;
  }
  for (const [inner, deeper] of sub) merge(known, inner, deeper);
}

function check(mask: Mask, shape: Shape, text: string): void {
  for (const [name, sub] of mask) {
    const members = name === '*' ? Object.values(shape) : [shape[name]];
    if (name !== '*' && members[0] === undefined) throw invalid(name);
    if (sub === undefined) continue;
    for (const member of members) {
      if (member !== true && member !== undefined) check(sub, member, text);
    }
  }
}

function apply(mask: Mask, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => apply(mask, member));
  if (typeof value !== 'object' || value === null) return value;
  const chosen: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || !(mask.has(name) || mask.has('*'))) continue;
    const sub = mask.has(name) ? mask.get(name) : mask.get('*');
    chosen[name] = sub === undefined ? member : apply(sub, member);
  }
  return chosen;
}

function invalid(text: string): Error {
  return driveError(400, 'invalidParameter', `Invalid field selection ${text}`, 'fields');
}
