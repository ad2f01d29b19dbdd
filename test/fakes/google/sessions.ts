/** Resumable uploads: the whole protocol of "Upload file data", section "Resumable upload". */

import { randomBytes } from 'node:crypto';
import { type Caller, requireEditable } from './access.js';
import { type Answer, driveError, driveErrorBody, type FakeRequest, Refusal } from './answer.js';
import { updateFile } from './changing.js';
import { checkQuota, commitCreate, type Draft, prepareCreate } from './creation.js';
import { type FileMetadata, readMetadata } from './file-metadata.js';
import type { State, StoredFile } from './state.js';

const WEEK = 7 * 24 * 60 * 60 * 1000;
/** Every chunk but the last is a multiple of this. */
const CHUNK = 256 * 1024;
const MOST_BYTES = 5 * 1024 ** 4;

interface Session {
  readonly begun: FakeRequest;
  readonly caller: Caller;
  /** A new file, or the id and metadata of one that gets new content. */
  readonly target: Draft | { readonly id: string; readonly metadata: FileMetadata };
  readonly type: string;
  readonly expiresAt: number;
  total: number | undefined;
  content: Buffer;
  stored: StoredFile | undefined;
}

interface ByteRange {
  /** Undefined in a query for the state. */
  readonly first: number | undefined;
  readonly last: number;
  readonly total: number | undefined;
}

/** Makes the answer that shows a finished upload; `begun` is the request that began the session. */
type Show = (begun: FakeRequest, caller: Caller, file: StoredFile) => Answer;

export class Sessions {
  readonly #sessions = new Map<string, Session>();

  constructor(private readonly state: State) {}

  /** Answers the session's address. `id` is the file that gets new content; undefined for a new file. */
  begin(caller: Caller, request: FakeRequest, id: string | undefined): Answer {
    const { state } = this;
    const metadata = readMetadata(request.body, id === undefined ? 'create' : 'update');
    const total = declaredTotal(request);
    if (id !== undefined) requireEditable(state, caller, request, id);
    const target = id === undefined ? prepareCreate(state, caller, request, metadata) : { id, metadata };
    if ('parent' in target && target.parent.driveId === undefined) checkQuota(state, caller.user, total ?? 0);
    const type = String(request.headers['x-upload-content-type'] ?? metadata.mimeType ?? 'application/octet-stream');
    const uploadId = `AFIdbgS${randomBytes(60).toString('base64url')}`;
    const expiresAt = state.now() + WEEK;
    const begun = { ...request, body: Buffer.alloc(0) };
    const content = Buffer.alloc(0);
    this.#sessions.set(uploadId, { begun, caller, target, type, total, expiresAt, content, stored: undefined });
    const location = `${request.origin}${request.path}?uploadType=resumable&upload_id=${uploadId}`;
    return { status: 200, headers: { Location: location, 'X-GUploader-UploadID': uploadId }, body: '' };
  }

  /** A request to the session's address, which needs no token. */
  proceed(request: FakeRequest, show: Show): Answer {
    const session = this.#find(request);
    if (request.method === 'DELETE') {
      this.forget(request.query.get('upload_id') ?? '');
      return { status: 499, body: '' };
    }
    // Asked again after the end, for whatever range: the same answer, nothing is stored twice.
    if (session.stored !== undefined) return show(session.begun, session.caller, session.stored);
    receive(session, request);
    if (request.sessionKeeps !== undefined) session.content = session.content.subarray(0, request.sessionKeeps);
    const done = request.whole && session.total !== undefined && session.content.length === session.total;
    if (!done) return incomplete(session);
    session.stored = this.#finish(session);
    return show(session.begun, session.caller, session.stored);
  }

  /** What a server does after it refused a request of a session: the client has to begin anew. */
  forget(uploadId: string): void {
    this.#sessions.delete(uploadId);
  }

  /** Ids of the sessions that wait for bytes. */
  open(): string[] {
    return [...this.#sessions].filter(([, session]) => session.stored === undefined).map(([id]) => id);
  }

  #find(request: FakeRequest): Session {
    const session = this.#sessions.get(request.query.get('upload_id') ?? '');
    if (session !== undefined && this.state.now() < session.expiresAt) return session;
    const status = this.state.settings.sessionGone;
    throw new Refusal({ status, json: driveErrorBody(status, 'notFound', 'The upload session is gone.') });
  }

  #finish(session: Session): StoredFile {
    const { target, caller, begun, content, type } = session;
    const media = { bytes: content, type };
    if ('parent' in target) return commitCreate(this.state, target, media);
    return updateFile(this.state, caller, begun, target.id, target.metadata, media);
  }
}

function declaredTotal(request: FakeRequest): number | undefined {
  const declared = request.headers['x-upload-content-length'];
  if (declared === undefined) return undefined;
  const total = Number(declared);
  if (Number.isInteger(total) && total >= 0 && total <= MOST_BYTES) return total;
  throw driveError(400, 'invalid', 'Invalid value for: X-Upload-Content-Length');
}

function incomplete(session: Session): Answer {
  const { length } = session.content;
  return { status: 308, headers: length === 0 ? {} : { Range: `bytes=0-${length - 1}` }, body: '' };
}

/** Takes what the request brings. Throws a Refusal in plain text, as the upload server does, where it does not fit. */
function receive(session: Session, request: FakeRequest): void {
  const { first, last, total } = readRange(request);
  if (total !== undefined && session.total !== undefined && total !== session.total) {
    throw plain(400, `The total of ${total} byte(s) differs from the ${session.total} byte(s) declared before.`);
  }
  session.total ??= total;
  if (first === undefined) return;
  const had = session.content.length;
  if (first > had) {
    const words = `According to the Content-Range header, the upload offset is ${first} byte(s)`;
    throw plain(503, `Invalid request.  ${words}, which exceeds already uploaded size of ${had} byte(s).`);
  }
  const { length } = request.body;
  const arrived = first + length;
  const isLast = request.whole && arrived === session.total;
  checkLength(request, last - first + 1, isLast);
  if (session.total !== undefined && arrived > session.total) throw plain(400, 'More bytes than the declared total.');
  // Only whole blocks are kept of anything but the end; what was kept before is not taken a second time.
  const end = isLast ? arrived : Math.floor(arrived / CHUNK) * CHUNK;
  const fresh = request.body.subarray(had - first, Math.max(had, end) - first);
  session.content = Buffer.concat([session.content, fresh]);
}

function checkLength(request: FakeRequest, expected: number, isLast: boolean): void {
  const { length } = request.body;
  if (!request.whole) return;
  if (length !== expected) {
    throw plain(400, `There were ${length} byte(s) in the request body. There should have been ${expected} byte(s).`);
  }
  if (isLast || length >= CHUNK) return;
  const words = `The number of bytes uploaded is required to be equal or greater than ${CHUNK}`;
  throw plain(
    400,
    `Invalid request.  ${words}, except for the final request. The received request contained ${length}.`,
  );
}

function readRange(request: FakeRequest): ByteRange {
  const header = request.headers['content-range'];
  if (header === undefined) {
    // The whole file in one request. Where the client went away, only the declared length tells how much was to come.
    const declared = request.headers['content-length'];
    const total = request.whole ? request.body.length : declared === undefined ? undefined : Number(declared);
    return { first: 0, last: request.body.length - 1, total };
  }
  const match = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(header);
  if (match === null) throw plain(400, 'Failed to parse Content-Range header.');
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (match[1] === undefined) {
    // An empty file has no range that could be written down: asking for its state is what uploads it.
    return total === 0 ? { first: 0, last: -1, total } : { first: undefined, last: -1, total };
  }
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (last < first || (total !== undefined && last >= total)) throw plain(400, 'Invalid Content-Range header.');
  return { first, last, total };
}

function plain(status: number, text: string): Refusal {
  return new Refusal({ status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: text });
}
