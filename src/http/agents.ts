/** How a connection is made: straight or through a proxy, and which certificate authorities are believed. */

import { readFileSync } from 'node:fs';
import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { usageError } from '../errors.js';

export interface ConnectionOptions {
  /** `--proxy`: for every request, whatever the environment says. */
  readonly proxy?: string | undefined;
  /** The proxy for a URL by the environment's rules (HTTPS_PROXY, HTTP_PROXY, NO_PROXY); `''` for none. */
  environmentProxy(url: string): string;
  /** `--cacert`: a PEM file whose certificates are believed besides the usual ones. */
  readonly cacert?: string | undefined;
  /** The environment's NODE_EXTRA_CA_CERTS, which Node itself drops as soon as a list is given. */
  readonly extraCertificates?: string | undefined;
}

export interface Agents {
  /** The proxy that a request to this URL goes through, if any. */
  proxyFor(url: URL): string | undefined;
  /**
   * A connection to a place that the person configured may lead to a private address. It is kept apart: a link that
   * came out of an answer must not find it open.
   */
  agentsFor(url: URL, atHome: boolean): { http: PlainAgent; https: SecureAgent };
  /** `undefined`: Node's own list. */
  readonly authorities: readonly string[] | undefined;
  close(): void;
}

const KEEP_ALIVE = {
  keepAlive: true,
  keepAliveMsecs: 1000,
  maxSockets: 64,
  maxFreeSockets: 32,
  scheduling: 'lifo',
} as const;

/** Milliseconds after which a proxy that takes a CONNECT and stays silent is left; nothing else would end that request. */
const PROXY_PATIENCE = 60_000;

/**
 * Kept connections in one pool a proxy and two without one, shared by everything that the program sends.
 * @throws E_USAGE for a proxy that is no URL or a certificate file that cannot be read.
 */
export function createAgents(options: ConnectionOptions): Agents {
  const pools = new Map<string, { http: PlainAgent; https: SecureAgent }>();
  const fixed = options.proxy === undefined ? undefined : checkProxy(options.proxy);
  const authorities = readAuthorities(options);
  let context: SecureContext | undefined;
  /** Made once: reading so many certificates takes longer than a connection does, and would be done for each. */
  const trust = () => {
    if (authorities === undefined) return {};
    context ??= createSecureContext({ ca: [...authorities] });
    return { secureContext: context };
  };
  /** By origin, which is all that the rules go by: asked thrice a request, and some tenths of a millisecond to find out. */
  const found = new Map<string, string | undefined>();
  const proxyFor = (url: URL): string | undefined => {
    const { origin } = url;
    if (found.has(origin)) return found.get(origin);
    const proxy = fixed ?? options.environmentProxy(url.href);
    const checked = proxy === '' || proxy === undefined ? undefined : checkProxy(proxy);
    found.set(origin, checked);
    return checked;
  };
  return {
    proxyFor,
    agentsFor(url, atHome) {
      const proxy = proxyFor(url);
      const name = proxy ?? (atHome ? 'home' : 'away');
      let pool = pools.get(name);
      if (pool === undefined) {
        pool = proxy === undefined ? straight(trust()) : through(proxy, trust());
        pools.set(name, pool);
      }
      return pool;
    },
    authorities,
    close() {
      for (const pool of pools.values()) {
        pool.http.destroy();
        pool.https.destroy();
      }
      pools.clear();
    },
  };
}

interface Trust {
  readonly secureContext?: SecureContext;
}

function straight(trust: Trust) {
  return { http: new PlainAgent(KEEP_ALIVE), https: new SecureAgent({ ...KEEP_ALIVE, ...trust }) };
}

function through(proxy: string, trust: Trust) {
  // The package hands all of them on to the request; its types know but a few.
  const proxyRequestOptions: object = trust;
  const options = { ...KEEP_ALIVE, ...trust, proxy, timeout: PROXY_PATIENCE, proxyRequestOptions };
  return { http: new HttpProxyAgent(options), https: new HttpsProxyAgent(options) };
}

function checkProxy(text: string): string {
  const withScheme = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(withScheme) || !/^https?:$/u.test(new URL(withScheme).protocol)) {
    throw usageError('the proxy is not an http or https URL', 'give it as http://host:port');
  }
  const { username, password } = new URL(withScheme);
  if (!isPercentEncoded(username + password)) {
    throw usageError('the user name or password of the proxy cannot be read', 'write % as %25 in it');
  }
  return withScheme;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function readAuthorities(options: ConnectionOptions): string[] | undefined {
  if (options.cacert === undefined) return undefined;
  const extra =
    options.extraCertificates === undefined ? [] : [readPem(options.extraCertificates, 'NODE_EXTRA_CA_CERTS')];
  return [...rootCertificates, ...extra, readPem(options.cacert, '--cacert')];
}

function readPem(path: string, from: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw usageError(`${from} names a file that cannot be read`, 'give the path of a PEM file');
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw usageError(`${from} is not a PEM file with certificates`);
  return text;
}
