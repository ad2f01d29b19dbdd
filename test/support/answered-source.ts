/** A source over a service that answers as a test says; no socket is opened. */

import type { HttpClient } from '../../src/http/client.js';
import { createServiceHttp } from '../../src/http/service.js';
import type { OptionValues, SecretStore, Source, SourceDescriptor } from '../../src/plugin.js';
import type { RetryPolicy } from '../../src/retry.js';
import { memorySecrets } from './memory-secrets.js';
import { nobody } from './sink-context.js';
import { VirtualClock } from './virtual-clock.js';

export interface AnsweredOptions {
  readonly descriptor: SourceDescriptor;
  readonly baseUrl: string;
  readonly options?: OptionValues;
  /** What its clock says at the start. */
  readonly start?: number;
  readonly maxBytes?: number;
  readonly policy?: RetryPolicy;
  readonly secrets?: SecretStore;
  /** Hears what the source says to the person. */
  told?(text: string): void;
}

export interface Answered {
  readonly source: Source;
  /** The requests since the answer was set. */
  readonly asked: { readonly method: string; readonly url: string }[];
  /** Every request with the same bytes. */
  answer(body: Uint8Array | string, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Every request with what its URL leads to. */
  serve(bodyOf: (url: URL) => Buffer): void;
  /** A source that was asked nothing yet, at the same service. */
  another(options?: OptionValues): Source;
}

export async function openAnswered(given: AnsweredOptions): Promise<Answered> {
  const { descriptor, baseUrl, policy, secrets, told = () => undefined } = given;
  const asked: Answered['asked'] = [];
  let bodyOf = (_url: URL): Uint8Array => Buffer.alloc(0);
  let head: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
  const set = (body: typeof bodyOf, status: number, headers: Readonly<Record<string, string>> = {}) => {
    asked.length = 0;
    bodyOf = body;
    head = { status, headers: { 'content-type': 'application/json', ...headers } };
  };
  const client: HttpClient = {
    async open({ method, url }) {
      asked.push({ method, url });
      const body = bodyOf(new URL(url));
      const chunks = (async function* () {
        yield body;
      })();
      return { ...head, url, body: chunks, discard: () => undefined };
    },
    close: () => undefined,
  };
  const body = await descriptor.load();
  const another: Answered['another'] = (options = given.options ?? {}) => {
    const clock = new VirtualClock({ ...(given.start === undefined ? {} : { start: given.start }) });
    const http = createServiceHttp({
      client,
      plugin: descriptor.name,
      baseUrl,
      maxBytes: given.maxBytes ?? 33_554_432,
      retry: { sleep: clock.sleep, ...(policy === undefined ? {} : { policy }) },
      now: clock.now,
    });
    return body.create({
      http,
      baseUrl,
      options,
      secrets: secrets ?? memorySecrets(),
      ask: nobody(),
      resolvePath: (typed) => typed,
      redact: () => undefined,
      progress: told,
      warn: told,
      debug: () => undefined,
      now: clock.now,
      sleep: clock.sleep,
    });
  };
  set(bodyOf, 200);
  return {
    source: another(),
    asked,
    answer: (content, status = 200, headers) => set(() => Buffer.from(content), status, headers),
    serve: (given) => set(given, 200),
    another,
  };
}
