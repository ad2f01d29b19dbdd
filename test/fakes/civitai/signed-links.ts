/** Links that are good for some minutes, with a new signature each time that they are told. */

import { createHmac } from 'node:crypto';

export type LinkState = 'good' | 'expired' | 'unknown';

export interface SignedLink {
  /** Path and query. */
  readonly target: string;
  /** Milliseconds since the epoch. */
  readonly expiry: number;
}

export interface SignedLinks {
  sign(path: string): SignedLink;
  /** Other parameters may stand beside the signature. */
  check(path: string, query: string): LinkState;
}

export function createSignedLinks(secret: string, now: () => number, validity: number): SignedLinks {
  let count = 0;
  const signature = (path: string, expiry: string, number: string) =>
    `${number}.${createHmac('sha256', secret).update(`${path}\n${expiry}\n${number}`).digest('base64url')}`;
  return {
    sign(path) {
      count += 1;
      // The times in links have no fractions.
      const expiry = Math.floor((now() + validity) / 1000) * 1000;
      const text = isoTime(expiry);
      return { target: `${path}?sig=${signature(path, text, count.toString(36))}&exp=${text}`, expiry };
    },
    check(path, query) {
      const parameters = new URLSearchParams(query);
      const [given, expiry] = [parameters.get('sig') ?? '', parameters.get('exp') ?? ''];
      if (given !== signature(path, expiry, given.split('.')[0]!)) return 'unknown';
      return now() < Date.parse(expiry) ? 'good' : 'expired';
    },
  };
}

/** Without fractions, as the service writes its times. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/u, 'Z');
}
