/** The types of the program's HTTP client, without its weight: plugins and tests import these. */

import type { ErrorFacts } from '../errors.js';

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. A header that came twice is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from after redirects. */
  readonly url: string;
  readonly body: Uint8Array;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed with ordinary numbers: for reading fields. */
  value: unknown;
  /**
   * Parsed without loss: for `rawRecord`. The same paths lead to the same fields as in `value`; a number that JavaScript
   * would print otherwise than it was written is an object; `writtenNumber` reads both kinds.
   */
  lossless(): unknown;
}

export interface ServiceRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  /** Absolute, or a path that is put behind the service's base URL. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
  /** Sends the plugin's credential; only ever to the origin that may see it. Default true for a path, false for a URL. */
  readonly authorize?: boolean;
  /** What the message says failed: `reading task-…`. */
  readonly what: string;
  /** Statuses besides 2xx that are answers and not failures. */
  readonly accept?: readonly number[];
  /** Whether the request may be sent again. Default: true for GET and HEAD. */
  readonly retry?: boolean;
  /** Milliseconds to the first byte; 60 s unless said otherwise. */
  readonly firstByte?: number;
  /**
   * Turns a refused answer into facts: the service's own words as `message`, a better `code`, a hint. What it leaves out
   * comes from the table of HTTP statuses.
   */
  explain?(answer: HttpAnswer, json: unknown): Partial<ErrorFacts> | undefined;
}
