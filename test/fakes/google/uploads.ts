/** /upload/drive/v3/files: simple and multipart uploads; resumable ones are begun in sessions.ts. */

import type { Caller } from './access.js';
import { driveError, type FakeRequest } from './answer.js';
import { updateFile } from './changing.js';
import { commitCreate, type Media, prepareCreate } from './creation.js';
import { type FileMetadata, readMetadata } from './file-metadata.js';
import { parseMultipart } from './multipart.js';
import type { State, StoredFile } from './state.js';

/** The documented limit of the media in a multipart or simple upload. */
const SINGLE_REQUEST_LIMIT = 5 * 1024 * 1024;

/** Makes a file (`id` undefined) or gives an existing one new content, in one request. */
export function uploadInOneRequest(
  state: State,
  caller: Caller,
  request: FakeRequest,
  id: string | undefined,
): StoredFile {
  const [metadata, media] = readUpload(request, id === undefined ? 'create' : 'update');
  if (state.settings.strictMultipart && media.bytes.length > SINGLE_REQUEST_LIMIT) {
    throw driveError(413, 'uploadTooLarge', 'This upload type takes at most 5 MB: use a resumable upload.');
  }
  if (id !== undefined) return updateFile(state, caller, request, id, metadata, media);
  return commitCreate(state, prepareCreate(state, caller, request, metadata), media);
}

function readUpload(request: FakeRequest, purpose: 'create' | 'update'): [FileMetadata, Media] {
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  const uploadType = request.query.get('uploadType');
  if (uploadType === 'media') return [{}, { bytes: request.body, type }];
  if (uploadType !== 'multipart') {
    throw driveError(400, 'badRequest', 'uploadType must be media, multipart or resumable.', 'uploadType');
  }
  const parts = parseMultipart(type, request.body);
  const [first, second] = parts;
  if (parts.length !== 2 || first === undefined || second === undefined) {
    throw driveError(400, 'badContent', 'A multipart upload has two parts: metadata and media.');
  }
  if (!/^application\/json\b/i.test(first.headers['content-type'] ?? '')) {
    throw driveError(400, 'badContent', 'The first part of a multipart upload is the metadata as JSON.');
  }
  const media = { bytes: second.body, type: second.headers['content-type'] ?? 'application/octet-stream' };
  return [readMetadata(first.body, purpose), media];
}
