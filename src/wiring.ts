/** How a plugin's body comes to life: which base URL, which secret, which options, and the context that it is given. */

import { readVariable, variableName } from './config.js';
import { AlbarettoError, usageError } from './errors.js';
import { type TrustedPlace, trustedPlace } from './http/address.js';
import type { HttpClient } from './http/client.js';
import { createServiceHttp } from './http/service.js';
import type {
  CredentialSpec,
  PluginContext,
  PluginDescriptor,
  ServiceHttp,
  Sink,
  SinkDescriptor,
  Source,
  SourceDescriptor,
} from './plugin.js';
import { pluginOptions } from './plugin-options.js';
import type { RetryOptions } from './retry.js';
import type { ParsedOptions, Runtime } from './runtime.js';

/** A source with what the transfer room needs to know of it. */
export interface OpenSource {
  readonly descriptor: SourceDescriptor;
  readonly source: Source;
  readonly baseUrl: string;
  /** What its items are downloaded with. */
  readonly client: HttpClient;
  readonly trusted: readonly TrustedPlace[];
}

/** What the command line says for the source and the sink that the program was started with, and for no other. */
export interface StartedWith {
  readonly source: string;
  readonly sink: string;
  readonly token?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly sinkArguments: readonly string[];
}

const MEBIBYTE = 1_048_576;

/** Tokens that were given in this session: at `login` or at a hidden prompt. They go before all others. */
export type SessionTokens = Map<string, string>;

export async function openSource(
  descriptor: SourceDescriptor,
  runtime: Runtime,
  started: StartedWith,
  tokens: SessionTokens,
  typed: ParsedOptions = {},
): Promise<OpenSource> {
  const baseUrl = baseUrlOf(descriptor, runtime, started);
  const trusted = [trustedPlace(baseUrl)];
  const credential =
    descriptor.credentials === undefined ? undefined : credentialHeader(descriptor, runtime, started, tokens);
  const http = await serviceHttp(descriptor, baseUrl, runtime, credential);
  runtime.reporter.log.info(`using the source ${descriptor.name} at ${baseUrl}`);
  const body = await descriptor.load();
  const source = body.create({
    ...commonContext(descriptor, runtime, http, typed),
    baseUrl,
    secrets: runtime.config.credentials.of(descriptor.name),
    redact: (secret) => runtime.redactor.add(secret),
    resolvePath: runtime.resolvePath,
  });
  return { descriptor, source, baseUrl, client: await runtime.http(), trusted };
}

export async function openSink(
  descriptor: SinkDescriptor,
  runtime: Runtime,
  sinkArguments: readonly string[],
): Promise<Sink> {
  const http = await serviceHttp(descriptor, 'https://albaretto.invalid', runtime, undefined);
  runtime.reporter.log.info(`using the sink ${descriptor.name}`);
  const body = await descriptor.load();
  return body.create({
    ...commonContext(descriptor, runtime, http),
    arguments: sinkArguments,
    secrets: runtime.config.credentials.of(descriptor.name),
    memory: {
      get: (key) => {
        const value = runtime.config.memory.get(`${descriptor.name}.${key}`);
        return typeof value === 'string' ? value : undefined;
      },
      set: (key, value) =>
        value === undefined
          ? runtime.config.memory.delete(`${descriptor.name}.${key}`)
          : runtime.config.memory.set(`${descriptor.name}.${key}`, value),
    },
    resolvePath: runtime.resolvePath,
    openBrowser: runtime.openBrowser,
    redact: (secret) => runtime.redactor.add(secret),
  });
}

/** The wait before another try, shown as a countdown. */
export function retryOptions(runtime: Runtime): Pick<RetryOptions, 'sleep' | 'onWait'> {
  return {
    sleep: runtime.sleep,
    onWait: (error, milliseconds, nextTry) => {
      runtime.reporter.log.debug(`try ${nextTry} in ${milliseconds} ms: ${error.code} ${error.message}`);
      if (milliseconds >= 1000) runtime.reporter.emit({ event: 'waiting', reason: error.message, milliseconds });
    },
  };
}

/** A cap of the configuration (`limits.itemBytes`), or its default in MiB. */
export function byteLimit(runtime: Pick<Runtime, 'config'>, key: string, mebibytes: number): number {
  return numberLimit(runtime, key) ?? mebibytes * MEBIBYTE;
}

/** A cap of the configuration, where one is set. */
export function numberLimit({ config }: Pick<Runtime, 'config'>, key: string): number | undefined {
  const value = Number(config.settings.get(`limits.${key}`));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

async function serviceHttp(
  descriptor: PluginDescriptor,
  baseUrl: string,
  runtime: Runtime,
  credential: (() => Promise<{ name: string; value: string } | undefined>) | undefined,
): Promise<ServiceHttp> {
  return createServiceHttp({
    client: await runtime.http(),
    plugin: descriptor.name,
    baseUrl,
    maxBytes: byteLimit(runtime, 'answerBytes', 32),
    retry: retryOptions(runtime),
    now: runtime.now,
    ...(credential === undefined ? {} : { credential }),
  });
}

function commonContext(
  descriptor: PluginDescriptor,
  runtime: Runtime,
  http: ServiceHttp,
  typed: ParsedOptions = {},
): PluginContext {
  const { reporter } = runtime;
  return {
    http,
    options: pluginOptions(descriptor, runtime, typed),
    ask: runtime.ask,
    progress: (text) => reporter.busy(text),
    warn: (text) => {
      const line = `[${descriptor.name}] ${text}`;
      if (runtime.warned?.has(line) === true) return;
      runtime.warned?.add(line);
      reporter.emit({ event: 'warning', text: line });
    },
    debug: (text) => reporter.log.debug(`[${descriptor.name}] ${text}`),
    now: runtime.now,
    sleep: runtime.sleep,
  };
}

function baseUrlOf(descriptor: SourceDescriptor, runtime: Runtime, started: StartedWith): string {
  const configured = runtime.config.settings.get(`${descriptor.name}.baseUrl`);
  const text =
    (descriptor.name === started.source ? started.baseUrl : undefined) ??
    readVariable(runtime.config.environment, variableName(descriptor.name, 'baseUrl')) ??
    (typeof configured === 'string' ? configured : undefined) ??
    descriptor.baseUrl;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/u.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw usageError('the base URL is not an http or https address', 'give it as https://host/path', descriptor.name);
  }
  return url.href.replace(/\/+$/u, '');
}

/** Asks for the secret once, checks its form before any request, and keeps it out of everything that is printed. */
function credentialHeader(descriptor: SourceDescriptor, runtime: Runtime, started: StartedWith, tokens: SessionTokens) {
  const spec = descriptor.credentials!;
  /** Requests that begin together share one question. */
  let asking: Promise<string> | undefined;
  const ask = () => {
    asking ??= askForToken(descriptor, runtime, tokens).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return async () => {
    const known = tokens.get(descriptor.name) ?? storedToken(descriptor, runtime, started);
    if (known === undefined && !spec.required) return undefined;
    const pasted = known ?? (await ask());
    runtime.redactor.add(pasted);
    const value = spec.check(pasted);
    runtime.redactor.add(value);
    return headerOf(spec, value);
  };
}

/** @param value As `check` answered it. */
export function headerOf(spec: CredentialSpec, value: string): { readonly name: string; readonly value: string } {
  const { name, prefix } = typeof spec.header === 'function' ? spec.header(value) : spec.header;
  return { name, value: `${prefix}${value}` };
}

/** Command line, environment, then what `login` or the configuration holds. */
export function storedToken(descriptor: SourceDescriptor, runtime: Runtime, started: StartedWith): string | undefined {
  const spec = descriptor.credentials;
  if (spec === undefined) return undefined;
  if (descriptor.name === started.source && started.token !== undefined) return started.token;
  const { environment, credentials, settings } = runtime.config;
  for (const name of [variableName(descriptor.name, spec.name), ...(spec.environment ?? [])]) {
    const value = readVariable(environment, name);
    if (value !== undefined) return value;
  }
  const configured = settings.get(`${descriptor.name}.${spec.name}`);
  return credentials.secret(descriptor.name, spec.name) ?? (typeof configured === 'string' ? configured : undefined);
}

async function askForToken(descriptor: SourceDescriptor, runtime: Runtime, tokens: SessionTokens): Promise<string> {
  const spec = descriptor.credentials!;
  const pasted = await askSecret(spec, runtime);
  if (pasted === undefined) {
    throw new AlbarettoError({
      code: 'E_CREDENTIALS',
      message: `there is no ${spec.label}`,
      hint: `set ${variableName(descriptor.name, spec.name)}, or run 'login ${descriptor.name}' in the shell${runtime.ask.interactive ? '' : `. ${spec.howTo}`}`, // where it could be asked for, it was told how
      plugin: descriptor.name,
      reach: 'run',
    });
  }
  spec.check(pasted);
  tokens.set(descriptor.name, pasted);
  return pasted;
}

/** `undefined` where nobody answers: the caller knows better than the question what to do then. */
async function askSecret(spec: CredentialSpec, { ask, reporter }: Runtime): Promise<string | undefined> {
  if (!ask.interactive) return undefined;
  reporter.emit({ event: 'notice', text: spec.howTo });
  try {
    return await ask.secret(`${spec.label}: `);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.code === 'E_CREDENTIALS') return undefined;
    throw thrown;
  }
}
