/** `--type`, `--min-size`, `--since`, `--until`, `--prompt`: which of the listed items are wanted, for every source. */

import { piecesOf, wordsOf } from '../archive/catalog/words.js';
import { extensionMeant, extensionOf } from '../archive/names.js';
import { usageError } from '../errors.js';
import type { Item } from '../model.js';
import { parseMoment } from '../moments.js';
import { parseSize } from '../quantities.js';
import type { ParsedOptions } from '../runtime.js';
import { type CommandOption, listOption, textOption } from './command.js';

export const FILTER_OPTIONS: Readonly<Record<string, CommandOption>> = {
  type: {
    type: 'string',
    multiple: true,
    value: '<type>',
    description: 'only these: image, video, audio, or png, jpg, webp, gif, mp4, …',
    completes: ['image', 'video', 'audio', 'png', 'jpg', 'webp', 'gif', 'mp4'],
  },
  'min-size': { type: 'string', value: '<size>', description: 'only items of at least so many bytes (500k, 2M)' },
  since: {
    type: 'string',
    value: '<when>',
    description: 'only items made since then: 2024-05-01, 2024-05-01T12:30, 2d',
  },
  until: { type: 'string', value: '<when>', description: 'only items made before the end of then' },
  prompt: {
    type: 'string',
    multiple: true,
    value: '<words>',
    description: 'only items with these words in their prompt',
  },
};

export interface ItemFilter {
  /** False where everything is wanted. */
  readonly active: boolean;
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  /** What was asked for, in one form: two filters with the same words want the same. */
  readonly words: readonly string[];
  /** What the service does not say of an item does not keep it out, but for a prompt: without one it has no such words. */
  wants(item: Item): boolean;
  /** Whether an item is older than everything that is wanted. */
  isOlder(item: Item): boolean;
}

/** @throws E_USAGE */
export function itemFilter(options: ParsedOptions, now: () => number): ItemFilter {
  const types = listOption(options, 'type')
    .flatMap((text) => text.toLowerCase().split(','))
    .map(checkType);
  const minSize = textOption(options, 'min-size');
  const least = minSize === undefined ? 0 : parseSize(minSize, '--min-size');
  const since = momentOf(options, 'since', 'start', now);
  const until = momentOf(options, 'until', 'end', now);
  if (since !== undefined && until !== undefined && since >= until) throw usageError('--since is not before --until');
  const pieces = listOption(options, 'prompt').flatMap(piecesOf);
  const words = ['type', 'min-size', 'since', 'until', 'prompt'].flatMap((name) =>
    listOption(options, name).map((value) => `${name} ${value}`),
  );
  const isOlder = ({ createdAt }: Item) => createdAt !== undefined && since !== undefined && createdAt < since;
  return {
    active: words.length > 0,
    since,
    until,
    words,
    isOlder,
    wants(item) {
      if (types.length > 0 && !types.some((type) => isOfType(item, type))) return false;
      if (item.size !== undefined && item.size < least) return false;
      if (isOlder(item)) return false;
      if (until !== undefined && item.createdAt !== undefined && item.createdAt >= until) return false;
      const text = pieces.length === 0 ? '' : wordsOf(item.generation.prompt, item.title);
      return pieces.every((piece) => text.includes(piece));
    },
  };
}

function momentOf(options: ParsedOptions, name: 'since' | 'until', edge: 'start' | 'end', now: () => number) {
  const text = textOption(options, name);
  return text === undefined ? undefined : parseMoment(text, `--${name}`, edge, now());
}

/** Kinds of media types; the others have nothing that is fetched. */
const KINDS: ReadonlySet<string> = new Set(['image', 'video', 'audio']);

function checkType(text: string): string {
  // As a shell writes them: `.png`, `image/*`.
  const type = text
    .trim()
    .replace(/^\./u, '')
    .replace(/^(image|video|audio)\/\*$/u, '$1');
  if (KINDS.has(type)) return type;
  const extension = extensionMeant(type);
  if (extension !== undefined) return extension;
  if (/^[a-z]+\/[a-z0-9.+-]+$/u.test(type)) return type;
  throw usageError('--type is image, video, audio, an extension such as png, or a media type', '--type image,mp4');
}

function isOfType({ mediaType }: Item, type: string): boolean {
  const essence = mediaType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (essence === '' || essence === 'application/octet-stream') return true;
  const extension = extensionOf(essence);
  const isSame = type === essence || type === essence.split('/', 1)[0] || type === extension;
  // One type may go by several names.
  return isSame || (type.includes('/') && extension !== 'bin' && extensionOf(type) === extension);
}
