/** The calls of Drive v3 that this sink makes; every one works with shared drives too. */

import { AlbarettoError } from '../../src/plugin.js';
import type { DriveConnection } from './connection.js';
import {
  type DriveFile,
  type DriveFolder,
  ENTRY_FIELDS,
  FILE_FIELDS,
  FOLDER_FIELDS,
  FOLDER_TYPE,
  isFolderEntry,
  readFile,
  readFolder,
} from './drive-file.js';
import { PLUGIN } from './failures.js';
import type { Refusal } from './refusal.js';

export type Signal = AbortSignal | undefined;

/** A folder, as far as requests about it need it. */
export interface FolderAddress {
  readonly id: string;
  readonly driveId?: string | undefined;
  /** `id/key`, for folders that are shared by link alone. */
  readonly resourceKeys?: string | undefined;
  /** Drive shows no such folder: what should lie in it is missing, and there is nothing to be listed. */
  readonly isGone?: boolean;
}

export interface NewFolder {
  /** From {@link DriveApi.generateIds}: a repeated create makes no second folder. */
  readonly id: string;
  readonly name: string;
  readonly parent: FolderAddress | undefined;
  readonly appProperties: Readonly<Record<string, string>>;
}

/** A part of what a folder holds. */
export interface FolderPage {
  readonly files: readonly DriveFile[];
  readonly folders: readonly DriveFolder[];
}

const ALL_DRIVES = { supportsAllDrives: true } as const;
const OPENING = { what: 'opening the folder', about: 'folder' } as const;
/** The most that one request gives, and the most on one page of a list. */
const MOST = 1000;
/** More pages than any folder can have (500,000 children): a list that goes on for ever. */
const MOST_PAGES = 10_000;

export class DriveApi {
  constructor(readonly connection: DriveConnection) {}

  /** @throws E_NOT_GRANTED or E_DESTINATION when Google does not show the folder. */
  async getFolder(address: FolderAddress, signal: Signal): Promise<DriveFolder> {
    const found = await this.#askForFolder(address, signal);
    if ('refusal' in found) throw this.connection.refused(found.refusal, OPENING);
    return readFolder(found.data) ?? badAnswer(OPENING.what);
  }

  /** Undefined where there is none with this id, or none that this program may see. */
  async findFolder(address: FolderAddress, signal: Signal): Promise<DriveFolder | undefined> {
    const found = await this.#askForFolder(address, signal);
    if (!('refusal' in found)) return readFolder(found.data) ?? badAnswer(OPENING.what);
    if (isUnseen(found.refusal)) return undefined;
    throw this.connection.refused(found.refusal, OPENING);
  }

  /**
   * The same for a folder that is only looked at: what exists and is not open to the program is no missing one.
   * @throws E_NOT_GRANTED or E_DESTINATION
   */
  async lookForFolder(address: FolderAddress, signal: Signal): Promise<DriveFolder | undefined> {
    const found = await this.#askForFolder(address, signal);
    if (!('refusal' in found)) return readFolder(found.data) ?? badAnswer(OPENING.what);
    if (found.refusal.status === 404) return undefined;
    throw this.connection.refused(found.refusal, OPENING);
  }

  /** Undefined where there is none with this id, or none that this program may see. */
  async findFile(fileId: string, what: string, signal: Signal): Promise<DriveFile | undefined> {
    const answer = await this.connection.call({ what, about: 'file', accept: [404, 403], signal }, (drive, options) =>
      drive.files.get({ fileId, fields: FILE_FIELDS, ...ALL_DRIVES }, options),
    );
    if (!('refusal' in answer)) return readFile(answer.data) ?? badAnswer(what);
    if (isUnseen(answer.refusal)) return undefined;
    throw this.connection.refused(answer.refusal, { what, about: 'file' });
  }

  /** Everything in a folder that this program may see and that is not in the trash; a thousand entries a request. */
  async *listFolder(folder: FolderAddress, signal: Signal): AsyncGenerator<FolderPage> {
    const query = `${quoted(folder.id)} in parents and trashed = false`;
    for await (const page of this.#pages(query, ENTRY_FIELDS, folder, signal)) {
      const [folders, files] = [page.filter(isFolderEntry), page.filter((entry) => !isFolderEntry(entry))];
      yield {
        files: files.map(readFile).filter((file) => file !== undefined),
        folders: folders.map(readFolder).filter((one) => one !== undefined),
      };
    }
  }

  /** Folders that the program marked like this, oldest first; without a folder above, only those of this account. */
  async findMarkedFolders(
    mark: { readonly property: string; readonly value: string },
    parent: FolderAddress | undefined,
    signal: Signal,
  ): Promise<DriveFolder[]> {
    const where = parent === undefined ? "'me' in owners and " : `${quoted(parent.id)} in parents and `;
    const marked = `appProperties has { key=${quoted(mark.property)} and value=${quoted(mark.value)} }`;
    const query = `${where}${marked} and mimeType = ${quoted(FOLDER_TYPE)} and trashed = false`;
    const found: DriveFolder[] = [];
    for await (const page of this.#pages(query, FOLDER_FIELDS, parent, signal, 'createdTime')) {
      found.push(...page.map(readFolder).filter((folder) => folder !== undefined));
    }
    return found;
  }

  /** Ids for files and folders to be made; they belong to this account and are given out once. */
  async generateIds(count: number, signal: Signal): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      const wanted = Math.min(MOST, count - ids.length);
      const sending = { what: 'reserving file ids', about: 'account', signal } as const;
      const data = await this.connection.get(sending, (drive, options) =>
        drive.files.generateIds({ count: wanted, space: 'drive', type: 'files' }, options),
      );
      const given = (Array.isArray(data?.ids) ? data.ids : []).filter((id): id is string => typeof id === 'string');
      if (given.length === 0) return badAnswer(sending.what);
      ids.push(...given.slice(0, wanted));
    }
    return ids;
  }

  /** Undefined where the id is used already, or is not one of this account's. */
  async createFolder(folder: NewFolder, signal: Signal): Promise<DriveFolder | undefined> {
    const { id, name, parent, appProperties } = folder;
    const sending = {
      what: 'making the folder',
      about: 'folder',
      accept: [409, 400],
      signal,
      resourceKeys: parent?.resourceKeys,
    } as const;
    const requestBody = {
      id,
      name,
      mimeType: FOLDER_TYPE,
      appProperties,
      ...(parent === undefined ? {} : { parents: [parent.id] }),
    };
    const answer = await this.connection.call(sending, (drive, options) =>
      drive.files.create({ requestBody, fields: FOLDER_FIELDS, ...ALL_DRIVES }, options),
    );
    if (!('refusal' in answer)) return readFolder(answer.data) ?? badAnswer(sending.what);
    if (isTakenId(answer.refusal)) return undefined;
    throw this.connection.refused(answer.refusal, sending);
  }

  /** Never deletes: what lies in the trash can be taken out again for 30 days. */
  async trash(fileId: string, what: string, signal: Signal): Promise<void> {
    await this.connection.get({ what, about: 'file', signal }, (drive, options) =>
      drive.files.update({ fileId, requestBody: { trashed: true }, fields: 'id', ...ALL_DRIVES }, options),
    );
  }

  #askForFolder({ id: fileId, resourceKeys }: FolderAddress, signal: Signal) {
    return this.connection.call({ ...OPENING, accept: [403, 404], signal, resourceKeys }, (drive, options) =>
      drive.files.get({ fileId, fields: FOLDER_FIELDS, ...ALL_DRIVES }, options),
    );
  }

  async *#pages(
    q: string,
    fields: string,
    folder: FolderAddress | undefined,
    signal: Signal,
    orderBy?: string,
  ): AsyncGenerator<readonly unknown[]> {
    const sending = {
      what: 'listing the folder',
      about: 'folder',
      signal,
      resourceKeys: folder?.resourceKeys,
    } as const;
    // Naming the shared drive is faster, but takes a scope that sees the drive itself; without it the query decides.
    const named = this.connection.scope === 'drive' ? folder?.driveId : undefined;
    const drives = named === undefined ? {} : { corpora: 'drive', driveId: named };
    const query = {
      q,
      pageSize: MOST,
      fields: `nextPageToken,incompleteSearch,files(${fields})`,
      includeItemsFromAllDrives: true,
      ...ALL_DRIVES,
      ...drives,
      ...(orderBy === undefined ? {} : { orderBy }),
    };
    let pageToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const at = pageToken === undefined ? {} : { pageToken };
      const data = await this.connection.get(sending, (drive, options) =>
        drive.files.list({ ...query, ...at }, options),
      );
      // An incomplete list could hide a file that is there already: better none than a second file.
      if (!Array.isArray(data?.files) || data.incompleteSearch === true) return badAnswer(sending.what);
      yield data.files;
      pageToken = typeof data.nextPageToken === 'string' && data.nextPageToken !== '' ? data.nextPageToken : undefined;
      if (pageToken === undefined) return;
    }
    badAnswer(sending.what);
  }
}

/** Not there, or not shown to this program. A 403 can also be a rate limit, which says nothing about the file. */
function isUnseen({ status, reasons }: Refusal): boolean {
  return status === 404 || (status === 403 && reasons.includes('appNotAuthorizedToFile'));
}

/** A text inside a query: https://developers.google.com/workspace/drive/api/guides/search-files */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/**
 * Whether a create was refused because of its id: used already (409), or given out to another account, as happens when an
 * interrupted run is continued after somebody else signed in. Google's words for the second are not documented.
 */
export function isTakenId(refusal: Refusal): boolean {
  if (refusal.status === 409) return true;
  if (refusal.status !== 400) return false;
  return /(^|\.)id$/u.test(refusal.location ?? '') || /\bfile ID\b|\bgenerated ID/iu.test(refusal.words ?? '');
}

export function badAnswer(what: string): never {
  throw new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: Google's answer is not what Drive promises`,
    hint: 'try again later',
    plugin: PLUGIN,
    retryable: true,
  });
}
