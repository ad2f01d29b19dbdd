/**
 * Which addresses a link that came out of a service's answer may lead to.
 *
 * A service, or somebody who got into its answers, must not make this program read the user's router, a cloud's metadata
 * address or a server on this machine. Literal addresses are refused in every notation (the URL parser brings `0x7f.1`
 * and `2130706433` into one form first); names are looked at when the connection is made, so that a name that changes its
 * answer gains nothing. A configured proxy resolves names for us; then only literals can be checked here.
 */

import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AlbarettoError } from '../errors.js';

/** The places that a plugin was configured to live at: there, http and private addresses are the user's own choice. */
export interface TrustedPlace {
  readonly host: string;
  readonly plain: boolean;
}

export function trustedPlace(baseUrl: string): TrustedPlace {
  const url = new URL(baseUrl);
  return { host: url.hostname, plain: url.protocol === 'http:' };
}

/** What is given out as addresses of the internet: https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** An address with this prefix leads to the IPv4 address in its last 32 bits, and is as private as that one: RFC 6052. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** Whether an address in text form is one of the public internet. */
export function isPublicAddress(text: string): boolean {
  const bare = text.replace(/^\[|\]$/gu, '').replace(/%.*$/u, '');
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.process(bare);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.range() === 'unicast';
  if (parsed.match(NAT64)) return new ipaddr.IPv4(parsed.toByteArray().slice(12)).range() === 'unicast';
  return parsed.match(GLOBAL_IPV6) && parsed.range() === 'unicast';
}

/**
 * Checks a URL before a request is made to it.
 * @throws E_UNSAFE_ADDRESS for a scheme other than https (http only at the trusted place), a user name in the URL, or a
 * private literal address.
 */
export function checkUrl(url: URL, trusted: readonly TrustedPlace[], what: string): void {
  const home = trusted.find((place) => place.host === url.hostname);
  const refuse = (reason: string): never => {
    throw new AlbarettoError({
      code: 'E_UNSAFE_ADDRESS',
      message: `${what}: the link ${reason}`,
      hint: 'it was not followed',
    });
  };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && home?.plain)) {
    refuse(`is ${url.protocol.slice(0, 16)} and not https`);
  }
  if (url.username !== '' || url.password !== '') refuse('carries a user name');
  if (home !== undefined) return;
  // The parser writes every literal of an http(s) URL in one of these two forms; names are many, and need no look at them.
  if (/^\[|^[\d.]+$/u.test(url.hostname) && !isPublicAddress(url.hostname)) refuse('leads to a private address');
  if (/(^|\.)localhost\.?$/iu.test(url.hostname)) refuse('leads to this machine');
}

/** A DNS look-up that fails for names with a private address. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, '', 0);
    const addresses = Array.isArray(found) ? found : [found];
    const bad = addresses.find((entry) => !isPublicAddress(entry.address));
    if (bad !== undefined || addresses[0] === undefined) {
      const refusal = Object.assign(new Error('the name leads to a private address'), { code: 'EPRIVATE' });
      return callback(refusal, '', 0);
    }
    if (options.all === true) return callback(null, addresses);
    return callback(null, addresses[0].address, addresses[0].family);
  });
};
