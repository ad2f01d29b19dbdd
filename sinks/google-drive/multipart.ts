/**
 * The body of a multipart upload: metadata and bytes in one buffer, so that it has a length and can be sent again. The
 * library's own upload streams without either.
 * https://developers.google.com/workspace/drive/api/guides/manage-uploads#multipart
 */

import { randomBytes } from 'node:crypto';

export interface Multipart {
  readonly contentType: string;
  readonly body: Buffer;
}

export function multipart(metadata: object, mediaType: string, bytes: Uint8Array): Multipart {
  // 24 random bytes: no picture holds this line by chance.
  const boundary = randomBytes(24).toString('hex');
  const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n--${boundary}\r\ncontent-type: ${mediaType}\r\n\r\n`;
  const end = `\r\n--${boundary}--\r\n`;
  return {
    contentType: `multipart/related; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(end)]),
  };
}
