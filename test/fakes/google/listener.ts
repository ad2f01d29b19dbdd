/** The fake's front: reads requests, records them, lets faults act, and writes answers. */

import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, type FakeRequest, Refusal } from './answer.js';
import type { FaultEffect, FaultQueue } from './faults.js';
import { replacement, spoil } from './spoil.js';

/** What reached the fake; bodies are not kept. */
export interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** The query with its question mark, or nothing. */
  readonly search: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** The status that was answered; undefined while there is none, and for ever where the connection ended first. */
  status: number | undefined;
}

export class Front {
  readonly requests: RecordedRequest[] = [];

  /** `route` serves a request; `ended` hears of an upload session that a fault refused, which ends it. */
  constructor(
    private readonly faults: FaultQueue,
    private readonly route: (request: FakeRequest) => Answer,
    private readonly ended: (uploadId: string) => void,
  ) {}

  readonly listener: RequestListener = (message, response) => {
    this.#serve(message, response).catch((thrown) => {
      // A fault of the fake itself must be seen in the test that meets it, and must not look like Google.
      if (response.headersSent) return void message.socket.destroy();
      response.writeHead(599, { 'Content-Type': 'text/plain' }).end(`the fake failed: ${thrown?.stack ?? thrown}\n`);
    });
  };

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const head = readHead(message);
    const record = this.#record(head);
    const fault = this.faults.take({ ...record, path: `${record.path}${record.search}` });
    const effect: FaultEffect = fault?.effect ?? {};
    if (effect.reset === 'before') return void message.socket.destroy();
    const { body, whole } = await readBody(message, effect.reset === 'during');
    if (effect.stall === true || effect.stall === 'before') return;
    await fault?.gate;
    if (effect.delay !== undefined) await pause(effect.delay);
    const answer = this.#answer({ ...head, body, whole, sessionKeeps: effect.sessionKeeps }, effect);
    if (answer === undefined || effect.stall === 'after') return;
    if (effect.reset === 'after') return void message.socket.destroy();
    record.status = answer.status;
    await write(response, answer, effect);
  }

  #record(head: RequestHead): RecordedRequest {
    const { method, host, path, headers } = head;
    const search = head.query.size === 0 ? '' : `?${head.query}`;
    const query = Object.fromEntries(head.query);
    const record = { method, host, path, search, query, headers, status: undefined };
    this.requests.push(record);
    return record;
  }

  /** Undefined where the connection is gone and nobody waits for an answer. */
  #answer(request: FakeRequest, effect: FaultEffect): Answer | undefined {
    const session = request.query.get('upload_id');
    const instead = replacement(effect, request.path);
    if (!request.whole) {
      // What arrived of a chunk before the connection ended may be kept; any other request never happened.
      if (session !== null) safely(request, this.route);
      return undefined;
    }
    if (instead === undefined) return spoil(safely(request, this.route), effect);
    if (effect.processed) safely(request, this.route);
    // A refusal with any 4xx ends a session: the guide has the client begin anew.
    else if (session !== null && instead.status >= 400 && instead.status < 500) this.ended(session);
    return instead;
  }
}

type RequestHead = Omit<FakeRequest, 'body' | 'whole'>;

function safely(request: FakeRequest, route: (request: FakeRequest) => Answer): Answer {
  try {
    return route(request);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.answer;
    throw thrown;
  }
}

function readHead(message: IncomingMessage): RequestHead {
  const { method = 'GET', headers } = message;
  const authority = headers.host ?? 'localhost';
  const origin = `${'encrypted' in message.socket ? 'https' : 'http'}://${authority}`;
  const url = new URL(`http://fake${message.url ?? '/'}`);
  const host = authority.replace(/:\d+$/, '').toLowerCase();
  return { method, host, path: url.pathname, query: url.searchParams, headers: { ...headers }, origin };
}

/** The body, or what had arrived of it when the client went away or, with `cut`, when half was there. */
function readBody(message: IncomingMessage, cut: boolean): Promise<{ body: Buffer; whole: boolean }> {
  const declared = Number(message.headers['content-length'] ?? Number.NaN);
  const enough = cut ? Math.ceil((Number.isNaN(declared) ? 1 : declared) / 2) : Number.POSITIVE_INFINITY;
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    const end = (whole: boolean) => resolve({ body: Buffer.concat(chunks), whole });
    const give = () => {
      message.socket.destroy();
      end(false);
    };
    message.on('data', (chunk: Buffer) => {
      chunks.push(length + chunk.length > enough ? chunk.subarray(0, enough - length) : chunk);
      length += chunk.length;
      if (length >= enough) give();
    });
    message.on('end', () => (cut ? give() : end(true)));
    message.on('error', () => end(false));
    message.on('close', () => end(message.complete && !cut));
  });
}

async function write(response: ServerResponse, answer: Answer, effect: FaultEffect): Promise<void> {
  const json = answer.json === undefined ? undefined : Buffer.from(JSON.stringify(answer.json));
  const body = json ?? Buffer.from(answer.body ?? '');
  const type: Record<string, string> = json === undefined ? {} : { 'Content-Type': 'application/json; charset=UTF-8' };
  // 204 has no body and must not declare a length.
  const length: Record<string, number> = answer.status === 204 ? {} : { 'Content-Length': body.length };
  response.writeHead(answer.status, {
    'Cache-Control': 'no-cache',
    Vary: 'Origin',
    ...type,
    ...length,
    ...answer.headers,
  });
  if (effect.reset === 'answer') {
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroy());
    return;
  }
  if (effect.drip === undefined) return void response.end(body);
  for (let at = 0; at < body.length && !response.destroyed; at += effect.drip.bytes) {
    response.write(body.subarray(at, at + effect.drip.bytes));
    await pause(effect.drip.pause);
  }
  response.end();
}

/** Does not keep a process alive whose test is over. */
function pause(milliseconds: number): Promise<void> {
  return wait(milliseconds, undefined, { ref: false });
}
