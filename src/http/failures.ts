/** The two tables that turn what the network or a status says into an error with a remedy. */

import { AlbarettoError, asAlbarettoError, type ErrorFacts } from '../errors.js';

type Row = Pick<ErrorFacts, 'code' | 'hint' | 'retryable'> & { readonly text: string };

const NETWORK: Readonly<Record<string, Row>> = {
  ENOTFOUND: {
    code: 'E_NETWORK',
    text: 'its name is not known',
    hint: 'check the connection and the address',
    retryable: false,
  },
  EAI_AGAIN: {
    code: 'E_NETWORK',
    text: 'its name could not be looked up',
    hint: 'check the connection',
    retryable: true,
  },
  ECONNREFUSED: {
    code: 'E_NETWORK',
    text: 'it refused the connection',
    hint: 'check the address and whether it is up',
    retryable: true,
  },
  ECONNRESET: { code: 'E_NETWORK', text: 'it reset the connection', hint: 'try again later', retryable: true },
  EPIPE: { code: 'E_NETWORK', text: 'it closed the connection', hint: 'try again later', retryable: true },
  ETIMEDOUT: { code: 'E_TIMEOUT', text: 'it did not answer in time', hint: 'try again later', retryable: true },
  EHOSTUNREACH: { code: 'E_NETWORK', text: 'there is no way to it', hint: 'check the connection', retryable: true },
  ENETUNREACH: { code: 'E_NETWORK', text: 'there is no network', hint: 'check the connection', retryable: false },
  EPRIVATE: {
    code: 'E_UNSAFE_ADDRESS',
    text: 'its name leads to a private address',
    hint: 'it was not followed',
    retryable: false,
  },
  ERR_INVALID_CHAR: {
    code: 'E_USAGE',
    text: 'nothing was sent, because a header would hold characters that none may hold',
    hint: 'check the token and --user-agent',
    retryable: false,
  },
  HPE_HEADER_OVERFLOW: { code: 'E_TOO_LARGE', text: 'its headers are too large', retryable: false },
};

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS|ERR_SSL|EPROTO/u;

/** Whose connection failed. */
export interface Way {
  readonly host: string;
  /** `host:port` of the proxy, if there is one. */
  readonly proxy: string | undefined;
}

/** An error of the connection, before or while the head of the answer came. */
export function networkError(
  thrown: unknown,
  what: string,
  { host, proxy }: Way,
  signal: AbortSignal | undefined,
): AlbarettoError {
  if (thrown instanceof AlbarettoError) return thrown;
  if (signal?.aborted) return asAlbarettoError(thrown, signal);
  const code = String((thrown as { code?: unknown }).code ?? '');
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const row = NETWORK[code] ?? (/private address/u.test(text) ? NETWORK.EPRIVATE : undefined);
  const where = proxy === undefined ? host : `${host} (through the proxy ${proxy})`;
  if (row !== undefined)
    return new AlbarettoError({ ...row, message: `${what}: ${where}: ${row.text}`, reach: 'host', cause: thrown });
  if (CERTIFICATE.test(code)) {
    return new AlbarettoError({
      code: 'E_NETWORK',
      message: `${what}: the certificate of ${where} is not trusted (${code})`,
      hint: 'behind a proxy that ends TLS, give its certificate with --cacert or NODE_EXTRA_CA_CERTS',
      reach: 'host',
      cause: thrown,
    });
  }
  const refused = /^Bad response: (\d+)/u.exec(text);
  if (refused !== null) {
    return new AlbarettoError({
      code: 'E_NETWORK',
      message: `${what}: the proxy ${proxy ?? ''} refused the way to ${host} (${refused[1]})`,
      hint: 'check --proxy, HTTPS_PROXY and NO_PROXY',
      retryable: Number(refused[1]) >= 500,
      reach: 'host',
      cause: thrown,
    });
  }
  return new AlbarettoError({
    code: 'E_NETWORK',
    message: `${what}: no answer from ${where}${code === '' ? '' : ` (${code})`}`,
    hint: 'check the connection',
    retryable: true,
    reach: 'host',
    cause: thrown,
  });
}

/** What a status means where the service's own words do not say more. */
export function statusFacts(status: number): Pick<ErrorFacts, 'code' | 'hint' | 'retryable' | 'reach'> {
  if (status === 401) return { code: 'E_CREDENTIALS', hint: 'give a fresh token', retryable: false, reach: 'run' };
  if (status === 403) return { code: 'E_CREDENTIALS', hint: 'this account may not read it', retryable: false };
  if (status === 404 || status === 410) return { code: 'E_NOT_FOUND', hint: 'check the id', retryable: false };
  if (status === 429) return { code: 'E_RATE_LIMITED', hint: 'try again later', retryable: true, reach: 'host' };
  if (status === 408 || status === 425 || status >= 500) {
    return { code: 'E_UNAVAILABLE', hint: 'try again later', retryable: status !== 501 && status !== 505 };
  }
  return { code: 'E_BAD_ANSWER', hint: undefined, retryable: false };
}

/** A limit on waiting that ran out. */
export function timeoutError(what: string, reason: string, milliseconds: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TIMEOUT',
    message: `${what}: ${reason} within ${Math.round(milliseconds / 1000)} s`,
    hint: 'try again later',
    retryable: true,
  });
}
