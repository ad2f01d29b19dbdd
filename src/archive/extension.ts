/** Which extension a file gets: by what its bytes were recognised as, never by what a service or a link calls it. */

/**
 * One row a media type, with the spellings that recognisers and services use for it. Nothing that a system runs, or that
 * a browser runs script from (SVG, HTML), stands here; adding a row is a decision about safety.
 */
const EXTENSIONS = {
  'image/webp': 'webp',
  'image/png': 'png',
  'image/apng': 'png',
  'image/vnd.mozilla.apng': 'png',
  'image/jpeg': 'jpg',
  'image/jpg': 'jpg',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/heic': 'heic',
  'image/heif': 'heif',
  'image/jxl': 'jxl',
  'image/jp2': 'jp2',
  'image/bmp': 'bmp',
  'image/tiff': 'tif',
  'video/mp4': 'mp4',
  'video/x-m4v': 'm4v',
  'video/webm': 'webm',
  'video/quicktime': 'mov',
  'video/matroska': 'mkv',
  'video/x-matroska': 'mkv',
  'video/vnd.avi': 'avi',
  'video/x-msvideo': 'avi',
  'video/mpeg': 'mpg',
  'video/ogg': 'ogv',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/aac': 'aac',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/webm': 'weba',
  'audio/aiff': 'aif',
  'application/json': 'json',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
  'text/plain': 'txt',
} as const satisfies Record<string, string>;

/** What unknown bytes are called: nothing opens it by itself. */
const UNKNOWN = 'bin';

export type Extension = (typeof EXTENSIONS)[keyof typeof EXTENSIONS] | typeof UNKNOWN;

const BY_MEDIA_TYPE: ReadonlyMap<string, Extension> = new Map(Object.entries(EXTENSIONS));
const ALLOWED: ReadonlySet<string> = new Set([...BY_MEDIA_TYPE.values(), UNKNOWN]);

/**
 * @param mediaType As recognised from the bytes; parameters (`; codecs=opus`) and case don't matter.
 * @returns Without a dot. `bin` for a type that is not known here.
 */
export function extensionOf(mediaType: string): Extension {
  const essence = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return BY_MEDIA_TYPE.get(essence) ?? UNKNOWN;
}

/** Other spellings of the extensions that files get. */
const SPELLINGS: ReadonlyMap<string, Extension> = new Map([
  ['jpeg', 'jpg'],
  ['tiff', 'tif'],
  ['mpeg', 'mpg'],
  ['aiff', 'aif'],
]);

/** The extension that a person means by a word in small letters (`jpeg`); `undefined` for one that no file gets. */
export function extensionMeant(word: string): Extension | undefined {
  return isExtension(word) ? word : SPELLINGS.get(word);
}

export function isExtension(text: string): text is Extension {
  return ALLOWED.has(text);
}
