/** Requests to one server: what goes along with them, and how its JSON is read. */

import {
  AlbarettoError,
  type ErrorFacts,
  type HttpAnswer,
  type ServiceRequest,
  type SourceContext,
  usageError,
} from '../../src/plugin.js';
import { parsePythonJson } from './python-json.js';
import { CLOUD_HOST } from './reference.js';
import { explainCloud, explainServer } from './refusals.js';

const PLUGIN = 'comfyui';

export interface Ask {
  /** Behind the base URL. */
  readonly path: string;
  readonly query?: NonNullable<ServiceRequest['query']>;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of every refusal. */
  onRefusal?(answer: HttpAnswer, json: unknown): void;
}

export interface Connection {
  readonly isCloud: boolean;
  readonly baseUrl: string;
  /** Headers that every request to the server carries, downloads too. None of them is the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON with every number as it was written. */
  json(ask: Ask): Promise<unknown>;
  bytes(ask: Ask): Promise<HttpAnswer>;
}

/** So often is an answer asked for that is no JSON: a server in trouble, or a proxy before it. */
const TRIES = 4;
const FIRST_WAIT = 500;

/** @throws E_USAGE for a `--header` that is none. */
export function connect(context: SourceContext): Connection {
  const isCloud = context.options.cloud === true || new URL(context.baseUrl).hostname === CLOUD_HOST;
  const headers = readHeader(context);
  const explain = isCloud ? explainCloud : explainServer;

  const bytes = ({ path, onRefusal, ...ask }: Ask): Promise<HttpAnswer> =>
    context.http.bytes({
      ...ask,
      url: path,
      headers: { ...headers, ...ask.headers },
      // A server of one's own has no use for the key, and is no place for it.
      authorize: isCloud,
      explain(answer, json): Partial<ErrorFacts> {
        onRefusal?.(answer, json);
        return explain(answer, json);
      },
    });

  return {
    isCloud,
    baseUrl: context.baseUrl,
    headers,
    bytes,
    async json(ask) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await bytes({ ...ask, headers: { accept: 'application/json', ...ask.headers } });
        const read = readJson(answer, ask.what);
        if ('value' in read) return read.value;
        if (attempt === TRIES || !read.error.retryable) throw read.error;
        await context.sleep(FIRST_WAIT * 2 ** (attempt - 1), ask.signal);
      }
    },
  };
}

/** The program's own reader of JSON refuses what Python writes, so this source reads the bytes itself. */
function readJson(answer: HttpAnswer, what: string): { readonly value: unknown } | { readonly error: AlbarettoError } {
  const json = Buffer.from(answer.body)
    .toString('utf8')
    .replace(/^\ufeff/u, '');
  try {
    return { value: parsePythonJson(json) };
  } catch (cause) {
    const tooDeep = cause instanceof RangeError;
    const found = json.trim() === '' ? 'nothing' : /^\s*</u.test(json) ? 'a page of HTML' : 'text';
    const message = tooDeep
      ? `${what}: the answer is nested too deeply`
      : `${what}: the server answered ${found} where JSON belongs`;
    const hint = 'check that the base URL is a ComfyUI server, or try again later';
    return {
      error: new AlbarettoError({ code: 'E_BAD_ANSWER', message, hint, plugin: PLUGIN, retryable: !tooDeep, cause }),
    };
  }
}

/** Headers that would change what a request is, or whose it is. */
const OWN_HEADERS =
  /^(?:host|origin|referer|connection|content-.*|transfer-encoding|range|cookie2|sec-.*|x-api-key)$/iu;

function readHeader({ options, redact }: SourceContext): Readonly<Record<string, string>> {
  const given = options.header;
  if (given === undefined) return {};
  const [, name, value] =
    /^([\w!#$%&'*+.^`|~-]+):\s*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\s*$/u.exec(String(given)) ?? [];
  if (name === undefined || value === undefined || OWN_HEADERS.test(name))
    throw usageError("--header is one header of a proxy: 'Name: value'", undefined, PLUGIN);
  redact(value);
  return { [name.toLowerCase()]: value };
}
