/** The public API of the site. It is asked without the key: what is published needs none. */

import { type SourceContext, usageError } from '../../src/plugin.js';
import { type ImagePage, readImagePage } from './images.js';
import { explainSite } from './refusals.js';

const SITE = 'https://civitai.com';

/** The most that the service gives. */
const PAGE = 200;

/** Every rating but what is blocked: whoever names a picture has chosen it. */
const ALL_LEVELS = 31;

export interface Site {
  image(id: string, signal: AbortSignal | undefined): Promise<ImagePage>;
  /** Oldest first, which comes nearest to the order of a post's page. */
  post(id: string, cursor: string | undefined, signal: AbortSignal | undefined): Promise<ImagePage>;
}

/** @throws E_USAGE for a `--site-url` that is none. */
export function createSite({ http, options }: SourceContext): Site {
  const base = readSiteUrl(options['site-url']);
  const ask = async (
    query: Record<string, string | number | undefined>,
    what: string,
    signal: AbortSignal | undefined,
  ) => {
    const answer = await http.json({
      url: `${base}/api/v1/images`,
      // Without `withMeta` no prompt is told, and without `flatMeta` it is told in two forms.
      query: { ...query, limit: PAGE, browsingLevel: ALL_LEVELS, withMeta: true, flatMeta: true },
      authorize: false,
      what,
      signal,
      explain: explainSite,
    });
    return readImagePage(answer.lossless(), what);
  };
  return {
    image: (id, signal) => ask({ imageId: id }, `reading image ${id}`, signal),
    post: (id, cursor, signal) => ask({ postId: id, sort: 'Oldest', cursor }, `reading post ${id}`, signal),
  };
}

function readSiteUrl(option: string | boolean | undefined): string {
  if (option === undefined) return SITE;
  const url = typeof option === 'string' && URL.canParse(option) ? new URL(option) : undefined;
  const isPlain = url !== undefined && /^https?:$/u.test(url.protocol) && url.username === '' && url.password === '';
  if (!isPlain || url.search !== '' || url.hash !== '')
    throw usageError('--site-url is an http or https address', 'give it as https://host', 'civitai');
  return url.href.replace(/\/+$/u, '');
}
