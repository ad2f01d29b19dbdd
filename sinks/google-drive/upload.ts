/** Brings one file's bytes to Drive: in one request where the documentation allows it, resumable above. */

import type { PutOptions, SinkContext, StoreFile, Untrusted } from '../../src/plugin.js';
import type { Answer, DriveConnection, RawRequest, Sending } from './connection.js';
import { badAnswer, isTakenId } from './drive-api.js';
import { type DriveFile, FILE_FIELDS, KEY_PROPERTY, readFile } from './drive-file.js';
import { multipart } from './multipart.js';
import { readExactly } from './read-exactly.js';
import { readRefusal } from './refusal.js';
import { ResumableUploads } from './resumable.js';

/** The documented limit of a multipart upload is "5 MB"; read as the smaller of the two megabytes. */
export const MULTIPART_LIMIT = 5_000_000;
/** Drive documents no limit for descriptions; no prompt of the known services is longer. */
const LONGEST_DESCRIPTION = 8000;

const UPLOADS = 'https://www.googleapis.com/upload/drive/v3/files';

export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly resourceKeys?: string | undefined;
}

export class Uploads {
  readonly #resumable: ResumableUploads;
  readonly #connection: DriveConnection;

  constructor(context: SinkContext, connection: DriveConnection) {
    this.#connection = connection;
    this.#resumable = new ResumableUploads(context, connection);
  }

  /** Makes a file. Undefined where its id is used already, or is not one of this account's. */
  async create(target: NewFile, file: StoreFile, options: PutOptions): Promise<DriveFile | undefined> {
    const sending: Sending = { ...sendingOf(file, options), about: 'folder', resourceKeys: target.resourceKeys };
    const metadata = {
      id: target.id,
      name: target.name,
      parents: [target.folder],
      appProperties: { [KEY_PROPERTY]: file.key },
      ...described(file),
      ...(isTime(file.createdAt) ? { createdTime: file.createdAt.toISOString() } : {}),
    };
    const answer = await this.#send(
      `${target.id} ${file.key}`,
      { method: 'POST', url: UPLOADS },
      metadata,
      file,
      sending,
      options,
    );
    if (isTakenId(readRefusal(answer.status, answer.headers, answer.data))) return undefined;
    return this.#stored(answer, sending, options);
  }

  /** Gives a file new content in place. Undefined where it is not there any more. */
  async replace(id: string, file: StoreFile, options: PutOptions): Promise<DriveFile | undefined> {
    const sending: Sending = { ...sendingOf(file, options), about: 'file' };
    const request = { method: 'PATCH', url: `${UPLOADS}/${encodeURIComponent(id)}` } as const;
    const answer = await this.#send(`${id} ${file.key}`, request, described(file), file, sending, options);
    return answer.status === 404 ? undefined : this.#stored(answer, sending, options);
  }

  async #send(
    name: string,
    request: RawRequest,
    metadata: object,
    file: StoreFile,
    sending: Sending,
    options: PutOptions,
  ): Promise<Answer> {
    const { size } = file.bytes;
    const query = { supportsAllDrives: true, fields: FILE_FIELDS };
    if (size > MULTIPART_LIMIT) {
      const headers = {
        'content-type': 'application/json; charset=UTF-8',
        'x-upload-content-type': mediaTypeOf(file),
        'x-upload-content-length': String(size),
      };
      const begin = {
        ...request,
        query: { uploadType: 'resumable', ...query },
        headers,
        body: JSON.stringify(metadata),
      };
      const sha256 = file.bytes.digests[0]?.hex ?? '';
      return this.#resumable.upload(`${name} ${sha256}`, { file, begin, sending, onProgress: options.onProgress });
    }
    const { contentType, body } = multipart(
      metadata,
      mediaTypeOf(file),
      await readExactly(file, 0, size, options.signal),
    );
    const headers = { 'content-type': contentType };
    return this.#connection.send(sending, { ...request, query: { uploadType: 'multipart', ...query }, headers, body });
  }

  #stored(answer: Answer, sending: Sending, options: PutOptions): DriveFile {
    if (answer.status !== 200 && answer.status !== 201) throw this.#connection.refusedAnswer(answer, sending);
    const file = readFile(answer.data) ?? badAnswer(sending.what);
    if (file.size !== undefined) options.onProgress?.(file.size);
    return file;
  }
}

function sendingOf(file: StoreFile, options: PutOptions): Pick<Sending, 'what' | 'signal'> {
  return { what: `saving ${file.name}`, signal: options.signal };
}

/** What holds for a new file and for new content alike. */
function described(file: StoreFile) {
  return {
    mimeType: mediaTypeOf(file),
    ...(file.description === undefined || file.description === '' ? {} : { description: shortened(file.description) }),
    ...(isTime(file.createdAt) ? { modifiedTime: file.createdAt.toISOString() } : {}),
  };
}

/** JSON carries any text; only half a character, which no server stores, is replaced. */
function shortened(description: Untrusted): string {
  return description.slice(0, LONGEST_DESCRIPTION).replace(/\p{Surrogate}/gu, '\ufffd');
}

/** It becomes a line of the request's body, which must stay one line. */
function mediaTypeOf(file: StoreFile): string {
  return /^[\w.+-]+\/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*$/u.test(file.mediaType)
    ? file.mediaType
    : 'application/octet-stream';
}

/** RFC 3339 has years of four digits; Drive refuses a file with any other, in every try. */
function isTime(date: Date | undefined): date is Date {
  const year = date?.getUTCFullYear() ?? 0;
  return year >= 1 && year <= 9999;
}
