/**
 * Uploads that survive an interruption: a session to which the bytes are sent in chunks, and which says what it has kept.
 * https://developers.google.com/workspace/drive/api/guides/manage-uploads#resumable
 */

import { AlbarettoError, type PutOptions, type SinkContext, type StoreFile } from '../../src/plugin.js';
import type { Answer, DriveConnection, RawRequest, Sending } from './connection.js';
import { PLUGIN } from './failures.js';
import { readExactly } from './read-exactly.js';

/** Every chunk but the last must be a multiple of 256 KiB; this is also what one upload holds in memory. */
export const CHUNK = 32 * 256 * 1024;
/** Requests in a row after which a session has kept nothing more: then the file is given up for this try. */
const PATIENCE = 5;
/** Any 4xx ends a session; so many are begun for one try of a file. */
const FRESH_SESSIONS = 2;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 16_000;

export interface ResumableUpload {
  readonly file: StoreFile;
  /** The request that begins a session. */
  readonly begin: RawRequest;
  readonly sending: Sending;
  readonly onProgress?: PutOptions['onProgress'];
}

export class ResumableUploads {
  /** Sessions that were interrupted, by what they store: the next try of the same file goes on with them. */
  readonly #sessions = new Map<string, string>();
  readonly #context: SinkContext;
  readonly #connection: DriveConnection;

  constructor(context: SinkContext, connection: DriveConnection) {
    this.#context = context;
    this.#connection = connection;
  }

  /**
   * Answers the final status, which may be a refusal. An interruption that outlasts the session's patience throws a
   * retryable error, and the session is kept for the next call with the same `name`.
   */
  async upload(name: string, upload: ResumableUpload): Promise<Answer> {
    const known = this.#sessions.get(name);
    const resumed = known === undefined ? undefined : await this.#run(name, known, upload, undefined);
    if (resumed !== undefined && !endsSessionOnly(resumed)) return resumed;
    for (let fresh = 0; fresh < FRESH_SESSIONS; fresh += 1) {
      const begun = await this.#begin(upload);
      if (typeof begun !== 'string') return begun;
      this.#sessions.set(name, begun);
      const answer = await this.#run(name, begun, upload, 0);
      if (!endsSessionOnly(answer)) return answer;
    }
    throw new AlbarettoError({
      code: 'E_UNAVAILABLE',
      message: `${upload.sending.what}: Google ended the upload before it was whole`,
      hint: 'try again later',
      plugin: PLUGIN,
      retryable: true,
    });
  }

  async #begin({ begin, sending }: ResumableUpload): Promise<string | Answer> {
    const answer = await this.#connection.send(sending, begin);
    if (answer.status !== 200) return answer;
    const address = answer.headers.location ?? '';
    if (!isSessionAddress(address)) throw strange(sending.what);
    // Whoever has the address may write to the file.
    this.#context.redact(address);
    this.#context.redact(new URL(address).searchParams.get('upload_id') ?? '');
    return address;
  }

  /**
   * Sends until the session ends, and answers what it ended with.
   * @param start Where to begin; undefined asks the session first.
   */
  async #run(name: string, session: string, upload: ResumableUpload, start: number | undefined): Promise<Answer> {
    const { file, sending } = upload;
    const total = file.bytes.size;
    let offset = start;
    let highest = start ?? 0;
    let stalled = 0;
    for (;;) {
      const answer = await this.#step(session, upload, offset);
      if (answer instanceof AlbarettoError || isTransient(answer)) {
        stalled += 1;
        if (stalled > PATIENCE)
          throw answer instanceof AlbarettoError ? answer : this.#connection.refusedAnswer(answer, sending);
        await this.#context.sleep(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (stalled - 1)), sending.signal);
        // What arrived of the chunk is not known: the session says it.
        offset = undefined;
        continue;
      }
      if (answer.status !== 308) {
        this.#sessions.delete(name);
        return answer;
      }
      const kept = keptBytes(answer, total, sending.what);
      if (kept > highest) {
        stalled = 0;
        upload.onProgress?.(kept);
      } else if (offset !== undefined || kept === total) stalled += 1;
      if (stalled > PATIENCE) throw strange(sending.what);
      highest = Math.max(highest, kept);
      // A session that holds everything and is not done is asked again.
      offset = kept < total ? kept : undefined;
    }
  }

  /** Sends the next chunk, or asks how far the session is. What may pass by itself is answered and not thrown. */
  async #step(
    session: string,
    { file, sending }: ResumableUpload,
    offset: number | undefined,
  ): Promise<Answer | AlbarettoError> {
    const total = file.bytes.size;
    const length = offset === undefined ? 0 : Math.min(CHUNK, total - offset);
    const chunk = offset === undefined ? Buffer.alloc(0) : await readExactly(file, offset, length, sending.signal);
    const range = offset === undefined ? `bytes */${total}` : `bytes ${offset}-${offset + length - 1}/${total}`;
    const request = {
      method: 'PUT',
      url: session,
      headers: { 'content-range': range },
      body: chunk,
      authorize: false,
    } as const;
    try {
      return await this.#connection.send(sending, request);
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError && thrown.retryable)) throw thrown;
      return thrown;
    }
  }
}

/**
 * Whether a session is over but its file is not refused: then a new session may store it. A rate limit, a full Drive, a
 * missing permission or a used id would meet the new one as well.
 */
function endsSessionOnly({ status }: Answer): boolean {
  return status >= 400 && ![403, 409, 429].includes(status);
}

function isTransient(answer: Answer): boolean {
  return answer.status >= 500 || answer.status === 408;
}

/** `Range: bytes=0-N`, or no such header while nothing is stored. It may be less than was sent, and less than before. */
function keptBytes(answer: Answer, total: number, what: string): number {
  const range = answer.headers.range;
  if (range === undefined) return 0;
  const last = /^bytes=0-(\d+)$/u.exec(range)?.[1];
  const kept = last === undefined ? Number.NaN : Number(last) + 1;
  if (!(kept <= total)) throw strange(what);
  return kept;
}

/** The bytes go to Google's own upload server and nowhere else, whatever an answer says. */
function isSessionAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' && (url.hostname === 'googleapis.com' || url.hostname.endsWith('.googleapis.com'));
}

function strange(what: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the upload session does not answer as Drive promises`,
    hint: 'try again later',
    plugin: PLUGIN,
    retryable: true,
  });
}
