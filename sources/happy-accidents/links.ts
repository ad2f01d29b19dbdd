/** Where the bytes of an image are: on ImageKit, in the folder of the service's account, for everybody and without end. */

import { AlbarettoError, usageError } from '../../src/plugin.js';
import { type Fields, text } from './fields.js';
import { DEFAULT_IMAGE_BASE, DEFAULT_TRANSFORMATION } from './settings.js';

const PLUGIN = 'happy-accidents';

export interface LinkOptions {
  /** Folder of the account on the image host; without a final slash. */
  readonly imageBase: string;
  /** The value of the parameter `tr`; empty for none. */
  readonly transformation: string;
}

/** @throws E_USAGE for an address that is none. */
export function readLinkOptions(options: Readonly<Record<string, string | boolean>>): LinkOptions {
  const base = options['image-base-url'] ?? DEFAULT_IMAGE_BASE;
  const { tr = DEFAULT_TRANSFORMATION } = options;
  const url = typeof base === 'string' && URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw usageError('--image-base-url is not an http or https address', 'give it as https://host/path', PLUGIN);
  }
  return { imageBase: String(base).replace(/\/+$/u, ''), transformation: typeof tr === 'string' ? tr.trim() : '' };
}

/**
 * The link to an image. Replies of 2024 bring it; older ones have a folder and a file name, and the oldest a file name
 * that holds the folder too. A link into the account's folder follows `--image-base-url` to where that is now.
 * @param image The image's record.
 * @throws E_BAD_ANSWER where nothing tells where it is.
 */
export function linkOf(image: Fields, id: string, options: LinkOptions): string {
  const given = text(image.url);
  const link = given !== undefined && /^https?:\/\//iu.test(given) ? moved(given, options) : built(image, options);
  if (link === undefined) {
    throw new AlbarettoError({
      code: 'E_BAD_ANSWER',
      message: `${id}: the service tells neither its address nor its file name`,
      plugin: PLUGIN,
    });
  }
  return withTransformation(link, options.transformation);
}

function moved(link: string, { imageBase }: LinkOptions): string {
  return link.startsWith(`${DEFAULT_IMAGE_BASE}/`) ? `${imageBase}${link.slice(DEFAULT_IMAGE_BASE.length)}` : link;
}

function built(image: Fields, { imageBase }: LinkOptions): string | undefined {
  const [folder, name] = [text(image.folderPath), text(image.filename)];
  if (name === undefined) return undefined;
  const path = folder === undefined || name.startsWith(`${folder}/`) ? name : `${folder}/${name}`;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.length === 0 ? undefined : `${imageBase}/${parts.map(encoded).join('/')}`;
}

/** As ImageKit's documentation writes it: `?tr=lo-true,f-png`. What the link has of it already is replaced. */
function withTransformation(link: string, transformation: string): string {
  if (transformation === '') return link;
  const [address = '', query = ''] = link.replace(/#.*$/su, '').split(/\?(.*)/su);
  const others = query.split('&').filter((part) => part !== '' && !/^tr(=|$)/u.test(part));
  const wanted = encoded(transformation).replaceAll('%2C', ',').replaceAll('%3A', ':');
  return `${address}?${[...others, `tr=${wanted}`].join('&')}`;
}

/** Halves of surrogate pairs, which nothing can encode, become the mark for what cannot be read. */
function encoded(part: string): string {
  return encodeURIComponent(part.replace(/\p{Cs}/gu, '\ufffd'));
}
