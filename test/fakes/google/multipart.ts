/** Bodies of type multipart/related (RFC 2387), read as strictly as Drive's upload guide writes them. */

import { driveError } from './answer.js';

export interface Part {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The parts between the boundaries. Throws a Refusal with status 400 where the form is not kept. */
export function parseMultipart(contentType: string, body: Buffer): Part[] {
  const boundary = boundaryOf(contentType);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // A line break in front lets the first boundary be found like all others.
  const text = Buffer.concat([Buffer.from('\r\n'), body]);
  const parts: Part[] = [];
  let at = text.indexOf(delimiter);
  for (;;) {
    if (at === -1) throw malformed();
    const after = at + delimiter.length;
    if (text.subarray(after, after + 2).toString('latin1') === '--') return parts;
    const lineEnd = text.indexOf('\r\n', after);
    // Between the boundary and its line break stands nothing but padding.
    if (lineEnd === -1 || text.subarray(after, lineEnd).toString('latin1').trim() !== '') throw malformed();
    at = text.indexOf(delimiter, lineEnd);
    if (at === -1) throw malformed();
    parts.push(parsePart(text.subarray(lineEnd + 2, at)));
  }
}

function parsePart(text: Buffer): Part {
  const separator = text.indexOf('\r\n\r\n');
  const bare = text.subarray(0, 2).toString('latin1') === '\r\n';
  if (separator === -1 && !bare) throw malformed();
  const head = bare ? '' : text.subarray(0, separator).toString('latin1');
  const body = bare ? text.subarray(2) : text.subarray(separator + 4);
  const headers: Record<string, string> = {};
  for (const line of head.split('\r\n').filter(Boolean)) {
    const colon = line.indexOf(':');
    if (colon === -1) throw malformed();
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, body: decode(headers['content-transfer-encoding'], body) };
}

function decode(encoding: string | undefined, body: Buffer): Buffer {
  return encoding?.toLowerCase() === 'base64' ? Buffer.from(body.toString('latin1'), 'base64') : body;
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!/^multipart\/related\b/i.test(contentType) || boundary === undefined) throw malformed();
  return boundary;
}

function malformed(): Error {
  return driveError(400, 'badContent', 'Malformed multipart body.');
}
