/** The client of a run, with everything that its requests pass through. Loaded with the first request. */

import { sleep } from '../clock.js';
import type { Tuning } from '../tuning.js';
import { createAgents } from './agents.js';
import { createHttpClient, type HttpClient } from './client.js';
import { environmentProxy } from './environment-proxy.js';
import { createTraffic } from './traffic.js';

export interface ClientSettings {
  /** What the person asked for; it goes before the environment. */
  readonly proxy: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A path; the system's certificates count besides. */
  readonly cacert: string | undefined;
  readonly extraCertificates: string | undefined;
  readonly userAgent: string;
  readonly maxRedirects: number | undefined;
  readonly tuning: Tuning;
  trace(line: string): void;
}

/** @throws E_USAGE for a proxy or a certificate that cannot be used. */
export function openClient(settings: ClientSettings): HttpClient {
  const { proxy, environment, cacert, extraCertificates, userAgent, maxRedirects, tuning, trace } = settings;
  const agents = createAgents({
    proxy,
    environmentProxy: (url) => environmentProxy(url, environment),
    cacert,
    extraCertificates,
  });
  const traffic = createTraffic(tuning, { now: Date.now, sleep });
  return createHttpClient({ agents, userAgent, traffic, maxRedirects, trace });
}
