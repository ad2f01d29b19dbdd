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
export const CHUNK = 256 * 1024;
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

export interface Sessions {
  /** Answers the session's address. `id` is the file that gets new content. */
  begin(caller: Caller, request: FakeRequest, id: string | undefined): Answer;
  /** A request to the session's address, which needs no token. `show` makes the answer of a finished upload. */
  proceed(request: FakeRequest, show: (session: FakeRequest, caller: Caller, file: StoredFile) => Answer): Answer;
  /** What a server does after it refused a request of a session: the client has to begin anew. */
  forget(uploadId: string): void;
  /** Ids of the sessions that wait for bytes. */
  open(): string[];
}

export function createSessions(state: State): Sessions {
  const sessions = new Map<string, Session>();

  function begin(caller: Caller, request: FakeRequest, id: string | undefined): Answer {
    const metadata = readMetadata(request.body, id === undefined ? 'create' : 'update');
    const declared = request.headers['x-upload-content-length'];
    const total = declared === undefined ? undefined : Number(declared);
    if (total !== undefined && !(Number.isInteger(total) && total >= 0 && total <= MOST_BYTES)) {
      throw driveError(400, 'invalid', 'Invalid value for: X-Upload-Content-Length');
    }
    if (id !== undefined) requireEditable(state, caller, request, id);
    const target = id === undefined ? prepareCreate(state, caller, request, metadata) : { id, metadata };
    if ('parent' in target && target.parent.driveId === undefined) checkQuota(state, caller.user, total ?? 0);
    const type = String(request.headers['x-upload-content-type'] ?? metadata.mimeType ?? 'application/octet-stream');
    const uploadId = `AFIdbgS${randomBytes(60).toString('base64url')}`;
    const expiresAt = state.now() + WEEK;
    const session = { caller, target, type, total, expiresAt, content: Buffer.alloc(0), stored: undefined };
    sessions.set(uploadId, { ...session, begun: { ...request, body: Buffer.alloc(0) } });
    const location = `${request.origin}${request.path}?uploadType=resumable&upload_id=${uploadId}`;
    return { status: 200, headers: { Location: location, 'X-GUploader-UploadID': uploadId }, body: '' };
  }

  function find(request: FakeRequest): Session {
    const session = sessions.get(request.query.get('upload_id') ?? '');
    if (session !== undefined && state.now() < session.expiresAt) return session;
    const status = state.settings.sessionGone;
    throw new Refusal({ status, json: driveErrorBody(status, 'notFound', 'The upload session is gone.') });
  }

  function finish(session: Session): StoredFile {
    const { target, caller, begun, content, type } = session;
    const media = { bytes: content, type };
    if ('parent' in target) return commitCreate(state, target, media);
    return updateFile(state, caller, begun, target.id, target.metadata, media);
  }

  return {
    begin,
    forget: (uploadId) => void sessions.delete(uploadId),
    open: () => [...sessions].filter(([, session]) => session.stored === undefined).map(([id]) => id),
    proceed(request, show) {
      const session = find(request);
      if (request.method === 'DELETE') {
        sessions.delete(request.query.get('upload_id') ?? '');
        return { status: 499, body: '' };
      }
      // Asked again after the end, for whatever range: the same answer, nothing is stored twice.
      if (session.stored !== undefined) return show(session.begun, session.caller, session.stored);
      receive(session, request);
      if (request.sessionKeeps !== undefined) session.content = session.content.subarray(0, request.sessionKeeps);
      const done = request.whole && session.total !== undefined && session.content.length === session.total;
      if (!done) return incomplete(session);
      session.stored = finish(session);
      return show(session.begun, session.caller, session.stored);
    },
  };
}

function incomplete(session: Session): Answer {
  const { length } = session.content;
  return { status: 308, headers: length === 0 ? {} : { Range: `bytes=0-${length - 1}` }, body: '' };
}

/** Takes what the request brings. Throws a Refusal in plain text, as the upload server does, where it does not fit. */
function receive(session: Session, request: FakeRequest): void {
  const range = readRange(request);
  if (range.total !== undefined) {
    if (session.total !== undefined && session.total !== range.total) {
      throw plain(
        400,
        `The total of ${range.total} byte(s) differs from the ${session.total} byte(s) declared before.`,
      );
    }
    session.total = range.total;
  }
  if (range.first === undefined) return;
  const had = session.content.length;
  if (range.first > had) {
    const words = `According to the Content-Range header, the upload offset is ${range.first} byte(s)`;
    throw plain(503, `Invalid request.  ${words}, which exceeds already uploaded size of ${had} byte(s).`);
  }
  const expected = range.last - range.first + 1;
  if (request.whole && request.body.length !== expected) {
    throw plain(
      400,
      `There were ${request.body.length} byte(s) in the request body. There should have been ${expected}.`,
    );
  }
  const arrived = range.first + request.body.length;
  const isLast = request.whole && session.total !== undefined && arrived === session.total;
  if (session.total !== undefined && arrived > session.total) throw plain(400, 'More bytes than the declared total.');
  if (request.whole && !isLast && request.body.length < CHUNK) {
    const words = `The number of bytes uploaded is required to be equal or greater than ${CHUNK}, except for the final request`;
    throw plain(400, `Invalid request.  ${words}. The received request contained ${request.body.length} bytes.`);
  }
  // Only whole blocks are kept of anything but the end; what was kept before is not taken a second time.
  const end = isLast ? arrived : Math.floor(arrived / CHUNK) * CHUNK;
  const fresh = request.body.subarray(had - range.first, Math.max(had, end) - range.first);
  session.content = Buffer.concat([session.content, fresh]);
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
