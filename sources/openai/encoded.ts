/**
 * Pictures as they stand in answers: base64 in the field `result`. Gateways that copy the API write `data:` URLs there, or
 * a list of either, or of objects that hold one.
 */

import { fields } from './answers.js';

/** Where objects of a list hold their picture, by what gateways were seen to write. */
const PLACES = ['b64_json', 'result', 'base64', 'data', 'image_url', 'url'] as const;

/** Lists in objects in lists: nobody writes deeper ones. */
const DEEPEST = 6;

/** The encoded pictures of a `result`, in their order; none where it is empty, null or a link. */
export function encodedIn(result: unknown, depth = 0): readonly string[] {
  if (typeof result === 'string') return result === '' || /^https?:/iu.test(result.slice(0, 8)) ? [] : [result];
  if (depth === DEEPEST) return [];
  if (Array.isArray(result)) return result.flatMap((entry) => encodedIn(entry, depth + 1));
  const object = fields(result) ?? {};
  for (const place of PLACES) {
    const found = Object.hasOwn(object, place) ? encodedIn(object[place], depth + 1) : [];
    if (found.length > 0) return found;
  }
  return [];
}

/** The bytes; `undefined` for what is no base64, or holds none. */
export function decode(encoded: string): Uint8Array | undefined {
  const data = encoded.slice(dataStart(encoded));
  if (/[^A-Za-z0-9+/=_\s-]/.test(data)) return undefined;
  const bytes = Buffer.from(data, 'base64');
  return bytes.length === 0 ? undefined : bytes;
}

/** What a `data:` URL says its bytes are. */
export function declaredType(encoded: string): string | undefined {
  return /^data:(image\/[\w.+-]{1,80})/iu.exec(encoded.slice(0, 100))?.[1]?.toLowerCase();
}

/** What the first bytes say that they are: a result need not tell its format. */
export function sniffedType(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  return /^RIFF[\s\S]{4}WEBP/.test(head) ? 'image/webp' : undefined;
}

/**
 * The same `result` without the bytes of its pictures. In their place stands `?…`, as in place of the query of a link, and
 * their paths are listed in the same way.
 */
export function withoutBytes(result: unknown, path: string, redacted: string[]): unknown {
  return replaced(result, path, new Set(encodedIn(result)), redacted);
}

function replaced(value: unknown, path: string, pictures: ReadonlySet<string>, redacted: string[], depth = 0): unknown {
  if (typeof value === 'string') {
    if (!pictures.has(value)) return value;
    redacted.push(path);
    return `${value.slice(0, dataStart(value))}?…`;
  }
  if (depth === DEEPEST) return value;
  const replace = (entry: unknown, below: string) => replaced(entry, below, pictures, redacted, depth + 1);
  if (Array.isArray(value)) return value.map((entry, index) => replace(entry, `${path}[${index}]`));
  const object = plainObject(value);
  if (object === undefined) return value;
  return Object.fromEntries(Object.entries(object).map(([name, entry]) => [name, replace(entry, `${path}.${name}`)]));
}

/** Behind the comma of a `data:` URL; 0 for plain base64. */
function dataStart(encoded: string): number {
  return /^data:/iu.test(encoded.slice(0, 5)) ? encoded.indexOf(',') + 1 : 0;
}

/** Numbers without loss are objects too, of a class of their own. */
function plainObject(value: unknown): object | undefined {
  const prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined;
  return prototype === Object.prototype || prototype === null ? (value as object) : undefined;
}
