/** The `fetch` signature over the program's own client, for libraries that bring a client of their own. */

import { AlbarettoError, asAlbarettoError } from '../errors.js';
import type { TrustedPlace } from './address.js';
import { readWhole, SMALL_BODY_LIMIT } from './body.js';
import type { HttpClient } from './client.js';

export interface FetchOptions {
  readonly maxBytes: number;
  readonly trusted: readonly TrustedPlace[];
  readonly plugin: string;
}

const NO_BODY = new Set([204, 205, 304]);

/**
 * Bodies are sent and answered whole. Redirects are answered, not followed: a library's bearer header must not travel.
 * What the caller's signal aborts rejects with that signal's reason, as fetch does.
 */
export function createFetch(client: HttpClient, options: FetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input instanceof URL ? input.href : input, init as RequestInit);
    const url = new URL(request.url);
    const body =
      request.method === 'GET' || request.method === 'HEAD' ? undefined : new Uint8Array(await request.arrayBuffer());
    try {
      const answer = await client.open({
        method: request.method,
        url: url.href,
        headers: Object.fromEntries(request.headers),
        body,
        signal: request.signal,
        decompress: true,
        what: `${request.method} ${url.host}`,
        trusted: options.trusted,
        redirects: 0,
        timeouts: { whole: SMALL_BODY_LIMIT },
      });
      const whole = await readWhole(answer, options.maxBytes, `${request.method} ${url.host}`);
      if (whole.status < 200 || whole.status > 599) throw noResponse(whole.status, url.host);
      const response = new Response(NO_BODY.has(whole.status) ? null : Buffer.from(whole.body), {
        status: whole.status,
        headers: withoutCoding(whole.headers),
      });
      Object.defineProperty(response, 'url', { value: whole.url });
      return response;
    } catch (thrown) {
      if (request.signal.aborted) throw request.signal.reason;
      throw asAlbarettoError(thrown).with({ plugin: options.plugin });
    }
  };
}

/** A status that a Response cannot carry: some hosts make up their own (999). */
function noResponse(status: number, host: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_BAD_ANSWER', message: `${host} answered the unknown status ${status}` });
}

/** The body is unpacked already; its old coding and length would be wrong. */
function withoutCoding(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers).filter(
    ([name]) => name !== 'content-encoding' && name !== 'content-length' && name !== 'transfer-encoding',
  );
}
