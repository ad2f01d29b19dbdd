/** What can go wrong between a service and its client, on demand. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Answer } from './answer.js';

export type Fault =
  /** Another status; without a body of its own, the error envelope of the API. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** An outage page of the web server in front. Status 504 unless said otherwise. */
  | { readonly kind: 'html'; readonly status?: number }
  /** No body at all. Status 200 unless said otherwise. */
  | { readonly kind: 'empty'; readonly status?: number }
  /** The connection is reset: without an answer, or after half of the body. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'during' }
  /** Nothing comes any more: no answer at all, or none after half of the body. */
  | { readonly kind: 'stall'; readonly when: 'before' | 'during' }
  /** Half of the body, under a Content-Length that agrees with it: truncated JSON. */
  | { readonly kind: 'shortened' }
  /** The body in small portions. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMilliseconds: number }
  /** No length, and an orderly close after half of the body. */
  | { readonly kind: 'closed-early' }
  /** A Content-Length that is off by so many bytes; then the connection is closed. */
  | { readonly kind: 'wrong-length'; readonly difference: number }
  | { readonly kind: 'rate-limit'; readonly retryAfter?: string }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** Anything else: the right answer goes in, another comes out. */
  | { readonly kind: 'changed'; change(answer: Answer): Answer };

/** How a service words a refusal that the fault itself gives no body for. */
export interface Refusals {
  failure(status: number): Answer;
  rateLimit(retryAfter: string): Answer;
}

export interface FaultRule {
  /** Matched against path and query as they were sent; without it every request matches. */
  readonly path?: RegExp;
  /** The fake's own word for one of its hosts: `api`, `blob`. */
  readonly host?: string;
  /** The first matching request that is hit, from 1. */
  readonly hit?: number;
  /** How many matching requests in a row are hit; 1 unless said otherwise. */
  readonly count?: number;
  readonly what: Fault;
}

export interface Faults {
  inject(rule: FaultRule): void;
  /** Ends all rules. */
  clear(): void;
}

export interface FaultInjector extends Faults {
  /** Counts the request for every rule that it matches; answers the fault of the first rule that hits it. */
  take(host: string, target: string): Fault | undefined;
}

export function createFaultInjector(): FaultInjector {
  let rules: { readonly rule: FaultRule; seen: number }[] = [];
  return {
    inject: (rule) => void rules.push({ rule, seen: 0 }),
    clear: () => {
      rules = [];
    },
    take(host, target) {
      let taken: Fault | undefined;
      for (const entry of rules) {
        const { path, host: only, hit = 1, count = 1, what } = entry.rule;
        if ((only !== undefined && only !== host) || (path !== undefined && target.search(path) < 0)) continue;
        entry.seen += 1;
        if (entry.seen >= hit && entry.seen < hit + count) taken ??= what;
      }
      return taken;
    },
  };
}

/** Sends an answer, spoiled by the fault where there is one. */
export function deliver(
  answer: Answer,
  fault: Fault | undefined,
  refusals: Refusals,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // A client that gives up in the middle is the subject of many tests and no failure of the fake.
  response.on('error', () => undefined);
  const spoiled = fault === undefined ? answer : replaced(answer, fault, refusals);
  if (fault?.kind === 'reset' || fault?.kind === 'stall') interrupt(spoiled, fault, request, response);
  else if (fault?.kind === 'drip') drip(spoiled, fault, response);
  else if (fault?.kind === 'closed-early') closeEarly(spoiled, response);
  else {
    const difference = fault?.kind === 'wrong-length' ? fault.difference : 0;
    if (difference !== 0) response.shouldKeepAlive = false;
    writeHead(spoiled, response, spoiled.body.length + difference);
    response.end(request.method === 'HEAD' ? undefined : spoiled.body);
  }
}

function interrupt(
  answer: Answer,
  fault: Extract<Fault, { kind: 'reset' | 'stall' }>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const then = fault.kind === 'reset' ? () => reset(request) : () => undefined;
  if (fault.when === 'before') then();
  else {
    writeHead(answer, response, answer.body.length);
    response.write(firstHalf(answer), () => setImmediate(then));
  }
}

function drip(answer: Answer, fault: Extract<Fault, { kind: 'drip' }>, response: ServerResponse): void {
  writeHead(answer, response, answer.body.length);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(answer.body.subarray(sent, sent + fault.bytes));
    sent += fault.bytes;
    if (sent < answer.body.length) return;
    clearInterval(timer);
    response.end();
  }, fault.everyMilliseconds);
  response.on('close', () => clearInterval(timer));
}

function closeEarly(answer: Answer, response: ServerResponse): void {
  response.useChunkedEncodingByDefault = false;
  response.shouldKeepAlive = false;
  writeHead(answer, response, undefined);
  response.end(firstHalf(answer));
}

function firstHalf(answer: Answer): Buffer {
  return answer.body.subarray(0, answer.body.length >> 1);
}

/** The answer that a fault sends in place of the right one. */
function replaced(answer: Answer, fault: Fault, refusals: Refusals): Answer {
  switch (fault.kind) {
    case 'status': {
      const envelope = refusals.failure(fault.status);
      const body = fault.body === undefined ? envelope.body : Buffer.from(fault.body, 'utf8');
      return { ...envelope, body, headers: { ...envelope.headers, ...fault.headers } };
    }
    case 'html': {
      const page =
        '<!DOCTYPE html>\n<html><head><title>504 Gateway Time-out</title></head><body>cloudflare</body></html>\n';
      return {
        status: fault.status ?? 504,
        headers: { 'Content-Type': 'text/html; charset=UTF-8' },
        body: Buffer.from(page),
      };
    }
    case 'empty':
      return { status: fault.status ?? 200, headers: answer.headers, body: Buffer.alloc(0) };
    case 'shortened':
      return { ...answer, body: firstHalf(answer) };
    case 'rate-limit':
      return refusals.rateLimit(fault.retryAfter ?? '1');
    case 'redirect':
      return { status: fault.status ?? 302, headers: { Location: fault.to }, body: Buffer.alloc(0) };
    case 'changed':
      return fault.change(answer);
    default:
      return answer;
  }
}

function writeHead(answer: Answer, response: ServerResponse, length: number | undefined): void {
  const headers = length === undefined ? answer.headers : { ...answer.headers, 'Content-Length': String(length) };
  if (answer.reason === undefined) response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, answer.reason, headers);
}

/** A TLS connection cannot send a TCP reset; its abrupt end is what the client sees then. */
function reset({ socket }: IncomingMessage): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else socket.destroy();
}
