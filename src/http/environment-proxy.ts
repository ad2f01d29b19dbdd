/** The proxy of the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case. */

import { getProxyForUrl } from 'proxy-from-env';
import type { Environment } from '../config.js';

/**
 * The proxy for a URL; `''` for none.
 *
 * `HTTPS_PROXY=proxy:3128` means an http proxy, as everywhere; the library takes it for one that itself speaks https.
 */
export function environmentProxy(url: string, environment: Environment): string {
  const proxy = getProxyForUrl(url);
  const bare = proxy.replace(/^[a-z]+:\/\//u, '');
  const written = Object.entries(environment).some(([name, value]) => /_proxy$/iu.test(name) && value === bare);
  return written && bare !== '' ? `http://${bare}` : proxy;
}
