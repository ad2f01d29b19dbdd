/**
 * The files in an output. Every model has a form of its own, so an output may be any JSON: one link, a list of links, an
 * object with links at any depth, words, a number. https://replicate.com/docs/topics/predictions/output-files
 */

import { AlbarettoError } from '../../src/plugin.js';
import { badAnswer, fields } from './answers.js';

const PLUGIN = 'replicate';

/** `replicate.delivery` and what is below it serve all outputs (same page). */
const DELIVERY = 'replicate.delivery';
const API_HOST = 'api.replicate.com';

/** No output comes near it; walking much deeper ones would overflow the stack. */
const DEEPEST = 100;

export interface OutputFile {
  /** Where it stands in the output: `layers[0].files.full`; empty where the output itself is the link. */
  readonly path: string;
  /** A link, or a `data:` URI with the bytes themselves. */
  readonly uri: string;
}

export interface Outputs {
  /** In the order of the output, each once. */
  readonly files: readonly OutputFile[];
  /** Hosts of links that are no files of the service. */
  readonly elsewhere: ReadonlySet<string>;
}

/** Which hosts serve outputs. Built once from where the service was put and from what the person says. */
export type IsFileHost = (url: URL) => boolean;

/**
 * @param baseUrl A compatible server has its files beside its API; in front of Replicate's own API they are on the
 * delivery host alone, because what the API itself links to needs the token.
 */
export function fileHosts(baseUrl: string, further: readonly string[]): IsFileHost {
  const home = new URL(baseUrl);
  const places = [DELIVERY, ...further];
  return ({ protocol, hostname, username, password }) => {
    if (username + password !== '') return false;
    if (hostname === home.hostname && hostname !== API_HOST) return protocol === 'https:' || protocol === home.protocol;
    return protocol === 'https:' && places.some((place) => hostname === place || hostname.endsWith(`.${place}`));
  };
}

/** @throws E_BAD_ANSWER for an output that is nested deeper than any real one. */
export function filesIn(output: unknown, isFileHost: IsFileHost): Outputs {
  const files = new Map<string, OutputFile>();
  const elsewhere = new Set<string>();
  const visit = (value: unknown, path: string, depth: number): void => {
    if (depth > DEEPEST) throw badAnswer('reading an output', 'one that is nested too deeply');
    if (typeof value === 'string') {
      const link = linkOf(value);
      if (isInline(value) || (link !== undefined && isFileHost(link))) {
        if (!files.has(value)) files.set(value, { path, uri: value });
      } else if (link?.protocol === 'https:') elsewhere.add(link.hostname);
    } else if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) visit(entry, `${path}[${index}]`, depth + 1);
    } else {
      for (const [name, entry] of Object.entries(fields(value) ?? {})) visit(entry, below(path, name), depth + 1);
    }
  };
  visit(output, '', 0);
  return { files: [...files.values()], elsewhere };
}

/** Whether a text is a `data:` URI with bytes that are no words. */
export function isInline(text: string): boolean {
  return /^data:(?:(?:image|video|audio)\/[\w.+-]{1,80}|application\/octet-stream)[^,]{0,200},./iu.test(
    text.slice(0, 400),
  );
}

/** What the bytes are, as far as a `data:` URI or the ending of a link says it. The bytes themselves decide. */
export function mediaTypeOf(uri: string): string | undefined {
  if (uri.startsWith('data:')) return /^data:((?:image|video|audio)\/[\w.+-]{1,80})/iu.exec(uri)?.[1]?.toLowerCase();
  const ending = /\.([a-z0-9]{2,4})$/iu.exec(new URL(uri).pathname)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  webp: 'image/webp',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  avif: 'image/avif',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
};

/**
 * The bytes of a `data:` URI: base64, or percent-encoded (RFC 2397).
 * @throws E_BAD_ANSWER where there are none.
 */
export function inlineBytes(uri: string, id: string): Uint8Array {
  const comma = uri.indexOf(',');
  const data = uri.slice(comma + 1);
  const bytes = /;\s*base64\s*$/iu.test(uri.slice(0, comma))
    ? Buffer.from(data, 'base64')
    : Buffer.from(
        data.replace(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      );
  if (bytes.length > 0) return bytes;
  throw new AlbarettoError({ code: 'E_BAD_ANSWER', message: `${id}: its data: URI holds no bytes`, plugin: PLUGIN });
}

/** A text that is a link and nothing more; words that begin with one are words. */
function linkOf(text: string): URL | undefined {
  if (text.length > 8192 || !/^https?:\/\/\S+$/iu.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
