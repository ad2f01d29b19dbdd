/** A source's body as the program makes it, over the program's own HTTP client, with a clock that the test moves. */

import { type TrustedPlace, trustedPlace } from '../../src/http/address.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import { createServiceHttp } from '../../src/http/service.js';
import type { OptionValues, Source, SourceDescriptor } from '../../src/plugin.js';
import { nobody } from './sink-context.js';
import type { VirtualClock } from './virtual-clock.js';

export interface SourceRigOptions {
  readonly descriptor: SourceDescriptor;
  readonly baseUrl: string;
  /** As a person pasted it. */
  readonly credential?: string;
  readonly clock: VirtualClock;
  readonly options?: OptionValues;
}

export interface SourceRig {
  readonly source: Source;
  readonly client: HttpClient;
  readonly trusted: readonly TrustedPlace[];
  readonly progress: readonly string[];
  readonly warnings: readonly string[];
  close(): void;
}

export async function openSourceRig({
  descriptor,
  baseUrl,
  credential,
  clock,
  options,
}: SourceRigOptions): Promise<SourceRig> {
  const progress: string[] = [];
  const warnings: string[] = [];
  const client = createHttpClient({
    agents: createAgents({ environmentProxy: () => '' }),
    userAgent: 'albaretto/test',
  });
  const spec = descriptor.credentials;
  const http = createServiceHttp({
    client,
    plugin: descriptor.name,
    baseUrl,
    maxBytes: 33_554_432,
    retry: { sleep: clock.sleep },
    now: clock.now,
    ...(spec === undefined
      ? {}
      : {
          credential: async () => ({
            name: spec.header.name,
            value: `${spec.header.prefix}${spec.check(credential ?? '')}`,
          }),
        }),
  });
  const body = await descriptor.load();
  const source = body.create({
    http,
    baseUrl,
    options: options ?? {},
    ask: nobody(),
    progress: (text) => void progress.push(text),
    warn: (text) => void warnings.push(text),
    debug: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
  return { source, client, trusted: [trustedPlace(baseUrl)], progress, warnings, close: () => client.close() };
}
