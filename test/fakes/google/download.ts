/** `alt=media`: the bytes of a file, whole or one range of them (RFC 9110, section 14). */

import { type Answer, driveError, type FakeRequest } from './answer.js';
import type { StoredFile } from './state.js';

export function download(request: FakeRequest, file: StoredFile): Answer {
  const { content, mimeType } = file;
  if (content === undefined) {
    const words = 'Only files with binary content can be downloaded. Use Export with Docs Editors files.';
    throw driveError(403, 'fileNotDownloadable', words, 'alt');
  }
  const headers = { 'Content-Type': mimeType, 'Accept-Ranges': 'bytes' };
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (range === null || (range[1] === '' && range[2] === '')) return { status: 200, headers, body: content };
  const size = content.length;
  const suffix = range[1] === '';
  const first = suffix ? Math.max(0, size - Number(range[2])) : Number(range[1]);
  const last = suffix || range[2] === '' ? size - 1 : Math.min(size - 1, Number(range[2]));
  if (first > last) {
    return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${size}` }, body: '' };
  }
  const part = content.subarray(first, last + 1);
  return { status: 206, headers: { ...headers, 'Content-Range': `bytes ${first}-${last}/${size}` }, body: part };
}
