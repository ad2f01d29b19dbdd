/** A source's body as the program makes it, over the program's own HTTP client, with a clock that the test moves. */

import { resolve } from 'node:path';
import { type TrustedPlace, trustedPlace } from '../../src/http/address.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient, type HttpClient } from '../../src/http/client.js';
import { createServiceHttp } from '../../src/http/service.js';
import type { OptionValues, SecretStore, Source, SourceDescriptor } from '../../src/plugin.js';
import { type Downloaded, download, type Wanted } from '../../src/transfer/download.js';
import { headerOf } from '../../src/wiring.js';
import { memorySecrets } from './memory-secrets.js';
import { nobody } from './sink-context.js';
import type { VirtualClock } from './virtual-clock.js';

export interface SourceRigOptions {
  readonly descriptor: SourceDescriptor;
  readonly baseUrl: string;
  /** As a person pasted it. */
  readonly credential?: string;
  readonly clock: VirtualClock;
  readonly options?: OptionValues;
  /** Default: an empty one of its own. */
  readonly secrets?: SecretStore;
}

export interface SourceRig {
  readonly source: Source;
  readonly client: HttpClient;
  readonly trusted: readonly TrustedPlace[];
  readonly progress: readonly string[];
  readonly warnings: readonly string[];
  /** The bytes of an item, by the program's own download. */
  fetchBytes(item: Wanted): Promise<Downloaded>;
  close(): void;
}

export async function openSourceRig({
  descriptor,
  baseUrl,
  credential,
  clock,
  options,
  secrets,
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
          credential: async () =>
            credential === undefined && !spec.required ? undefined : headerOf(spec, spec.check(credential ?? '')),
        }),
  });
  const body = await descriptor.load();
  const source = body.create({
    http,
    baseUrl,
    secrets: secrets ?? memorySecrets(),
    redact: () => undefined,
    resolvePath: (typed) => resolve(typed),
    options: options ?? {},
    ask: nobody(),
    progress: (text) => void progress.push(text),
    warn: (text) => void warnings.push(text),
    debug: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
  const trusted = [trustedPlace(baseUrl)];
  return {
    source,
    client,
    trusted,
    progress,
    warnings,
    fetchBytes: (item) =>
      download(item, source, {
        client,
        plugin: descriptor.name,
        trusted,
        maxBytes: 100_000_000,
        retry: { sleep: clock.sleep },
        now: clock.now,
      }),
    close: () => client.close(),
  };
}
