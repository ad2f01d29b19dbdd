/**
 * What failed, in a form that a person can act on and a script can tell apart.
 *
 * Every failure that leaves a room of this program is an {@link AlbarettoError}: its `code` is stable, its text reads
 * `[plugin] what failed: what to do`, and {@link EXIT_CODES} turns the code into the exit code of a run.
 */

/** The exit codes of the program, as the README lists them. */
export const ExitCode = {
  ok: 0,
  someFailed: 1,
  usage: 2,
  credentials: 3,
  notFound: 4,
  unavailable: 5,
  destination: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One row a code: what it ends a run with. The only table that knows exit codes. */
const EXIT_CODES = {
  /** The command line, a reference or an option is not of the form that is asked for. */
  E_USAGE: ExitCode.usage,
  /** `save` with an empty buffer. */
  E_NOTHING_FETCHED: ExitCode.usage,
  /** A `-g` that the task does not have. */
  E_NO_SUCH_GENERATION: ExitCode.usage,
  /** A token is missing, of the wrong kind, expired, refused or revoked. */
  E_CREDENTIALS: ExitCode.credentials,
  /** The service has no such task or item, or does not show it to this account. */
  E_NOT_FOUND: ExitCode.notFound,
  /** The service itself ended the task without a result (rejected by its safety system, failed). */
  E_TASK_FAILED: ExitCode.someFailed,
  /** No answer from the service: connection refused, reset, name not found, certificate not trusted. */
  E_NETWORK: ExitCode.unavailable,
  /** A limit on waiting ran out. */
  E_TIMEOUT: ExitCode.unavailable,
  /** The service asks to slow down, and went on asking. */
  E_RATE_LIMITED: ExitCode.unavailable,
  /** The service answered 5xx, or is said to be down. */
  E_UNAVAILABLE: ExitCode.unavailable,
  /** The service's answer is not what its interface promises (HTML for JSON, a missing field). */
  E_BAD_ANSWER: ExitCode.unavailable,
  /** A link ran out, and asking the source again gave no better one. */
  E_EXPIRED: ExitCode.unavailable,
  /** The body ended before its declared or structural end. */
  E_TRUNCATED: ExitCode.unavailable,
  /** The body is not what it claims to be: HTML for a picture, an unknown format, a damaged one. */
  E_FORMAT: ExitCode.unavailable,
  /** The bytes differ from the digest that the service or the storage declares. */
  E_DIGEST: ExitCode.unavailable,
  /** More bytes, redirects or pages than the program's cap. */
  E_TOO_LARGE: ExitCode.unavailable,
  /** A redirect or link that is not followed: a private address, a scheme other than https, too many hops. */
  E_UNSAFE_ADDRESS: ExitCode.unavailable,
  /** The storage refused: no folder, no permission, a read-only file system. */
  E_DESTINATION: ExitCode.destination,
  /** The storage is full, or a quota of it is used up. */
  E_NO_SPACE: ExitCode.destination,
  /** Google Drive shows this program no such folder: it must be granted first. */
  E_NOT_GRANTED: ExitCode.destination,
  /** Ctrl-C, SIGTERM. */
  E_INTERRUPTED: ExitCode.interrupted,
  /** Another process does the same, and this one was told to leave then. */
  E_ALREADY_RUNNING: ExitCode.unavailable,
  /** A fault of this program. */
  E_INTERNAL: ExitCode.someFailed,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof EXIT_CODES;

/** How far a failure reaches: this item alone, everything on this host for now, or the whole run. */
export type Reach = 'item' | 'host' | 'run';

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** What failed, as a short clause without a final full stop; printable text only. */
  readonly message: string;
  /** What the person can do about it. */
  readonly hint?: string | undefined;
  /** The name of the source or sink that speaks, if one does. */
  readonly plugin?: string | undefined;
  /** Whether the same request may work a little later. */
  readonly retryable?: boolean | undefined;
  /** Milliseconds that the service itself asks to wait before the next try. */
  readonly retryAfter?: number | undefined;
  readonly reach?: Reach | undefined;
  readonly cause?: unknown;
}

/** The one error of this program; see {@link ErrorFacts} for its members. */
export class AlbarettoError extends Error {
  override readonly name = 'AlbarettoError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly plugin: string | undefined;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly reach: Reach;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.hint = facts.hint;
    this.plugin = facts.plugin;
    this.retryable = facts.retryable ?? false;
    this.retryAfter = facts.retryAfter;
    this.reach = facts.reach ?? 'item';
  }

  /** `[imgur] what failed: what to do` */
  describe(): string {
    const speaker = this.plugin === undefined ? '' : `[${this.plugin}] `;
    const remedy = this.hint === undefined ? '' : `: ${this.hint}`;
    return `${speaker}${this.message}${remedy}`;
  }

  /** The same failure with some facts changed, for a caller that knows more (which plugin, how far it reaches). */
  with(facts: Partial<ErrorFacts>): AlbarettoError {
    return new AlbarettoError({
      code: this.code,
      message: this.message,
      hint: this.hint,
      plugin: this.plugin,
      retryable: this.retryable,
      retryAfter: this.retryAfter,
      reach: this.reach,
      cause: this.cause,
      ...facts,
    });
  }
}

/** The exit code that a failure of this code ends a run with. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return EXIT_CODES[code];
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(EXIT_CODES, text);
}

/** A usage error: exit code 2. */
export function usageError(message: string, hint?: string, plugin?: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_USAGE', message, hint, plugin, reach: 'run' });
}

/** What an aborted operation throws. */
export function interrupted(cause?: unknown): AlbarettoError {
  return new AlbarettoError({ code: 'E_INTERRUPTED', message: 'interrupted', reach: 'run', cause });
}

/** Whether it is what an aborted operation throws. */
export function isInterruption(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && thrown.code === 'E_INTERRUPTED';
}

/**
 * Any thrown value as an AlbarettoError. What is not one already is a fault of this program (`E_INTERNAL`), unless the
 * signal was aborted: then whatever was thrown is that interruption.
 */
export function asAlbarettoError(thrown: unknown, signal?: AbortSignal): AlbarettoError {
  if (thrown instanceof AlbarettoError) return thrown;
  if (signal?.aborted) return interrupted(thrown);
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (name === 'AbortError') return interrupted(thrown);
  return new AlbarettoError({
    code: 'E_INTERNAL',
    message: typeof message === 'string' ? message : `a ${typeof thrown} was thrown that is no error`,
    hint: 'this is a fault of albaretto; --debug shows where it happened',
    reach: 'run',
    cause: thrown,
  });
}
