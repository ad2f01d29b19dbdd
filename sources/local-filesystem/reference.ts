import type { Recognition } from '../../src/plugin.js';

/** Control characters and halves of surrogate pairs: nobody types them, and no message could show them. */
const UNUSABLE = /[\p{Cc}\p{Cs}]/u;

/** `C:\pictures`, `c:/pictures`: nothing else begins like this, on whatever system it is typed. */
const DRIVE = /^[a-z]:[/\\]/iu;

/** `imgur:…`, `https://…`: at least two letters, because one is a drive. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/iu;

/**
 * A path that says that it is one (`/a`, `./a`, `../a`, `~/a`, `.`, `C:\a`) and a `file:` URL are certain. Other text with
 * a separator may be a path or something of a service. A word alone is no path here: it could be anybody's id.
 *
 * @param platform As `process.platform`: a backslash separates folders on Windows alone.
 */
export function recognise(reference: string, platform: string = process.platform): Recognition | undefined {
  const path = /^file:/iu.test(reference) ? pathOfUrl(reference, platform) : reference;
  if (path === undefined || UNUSABLE.test(path)) return undefined;
  if (saysSo(path, platform)) return { confidence: 'certain', reference: path };
  if (SCHEME.test(path)) return undefined;
  return hasSeparator(path, platform) ? { confidence: 'possible', reference: path } : undefined;
}

function saysSo(path: string, platform: string): boolean {
  const rooted = platform === 'win32' ? /^(?:\.{1,2}|~)?[/\\]/u : /^(?:\.{1,2}|~)?\//u;
  return rooted.test(path) || DRIVE.test(path) || path === '.' || path === '..' || path === '~';
}

function hasSeparator(path: string, platform: string): boolean {
  return path.includes('/') || (platform === 'win32' && path.includes('\\'));
}

/**
 * `file:///home/me/a%20b`, also with `localhost` (RFC 8089). On Windows `file:///C:/a` is a drive and `file://server/share`
 * a share. `undefined` for what is no path: a relative one, another machine's, one with a query or an encoded separator.
 */
function pathOfUrl(text: string, platform: string): string | undefined {
  if (!/^file:\/\//iu.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname, search, hash } = new URL(text);
  if (search !== '' || hash !== '' || /%2f|%5c/iu.test(pathname)) return undefined;
  const path = decoded(pathname);
  if (path === undefined) return undefined;
  const local = hostname === '' || hostname === 'localhost';
  if (platform !== 'win32') return local ? path : undefined;
  if (!local) return `\\\\${hostname}${path.replaceAll('/', '\\')}`;
  return DRIVE.test(path.slice(1)) ? path.slice(1) : path;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
