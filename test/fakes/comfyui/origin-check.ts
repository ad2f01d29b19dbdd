/** What keeps the pages of other sites away from a server on loopback. */

import type { FakeRequest } from '../service/answer.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u;

/** Whether the server refuses a request for the page that it says it comes from. */
export function comesFromAnotherSite({ headers }: FakeRequest): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  const { host, origin } = headers;
  if (host === undefined || origin === undefined) return false;
  const own = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  const other = URL.canParse(origin) ? new URL(origin) : undefined;
  if (own === undefined || other === undefined || !LOOPBACK.test(own.hostname)) return false;
  // A missing port on either side makes the port of the other meaningless.
  const withPorts = own.port !== '' && other.port !== '';
  return withPorts ? own.host !== other.host : own.hostname !== other.hostname;
}
