/** The metadata that a client sends: which members it may write, of which form, and within which limits. */

import { driveError } from './answer.js';
import { FOLDER, SHORTCUT, type StoredFile } from './state.js';

export interface FileMetadata {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly description?: string | undefined;
  readonly parents?: readonly string[] | undefined;
  readonly createdTime?: number | undefined;
  readonly modifiedTime?: number | undefined;
  readonly starred?: boolean | undefined;
  readonly trashed?: boolean | undefined;
  /** Null deletes a property. */
  readonly properties?: Readonly<Record<string, string | null>> | undefined;
  readonly appProperties?: Readonly<Record<string, string | null>> | undefined;
  readonly shortcutTarget?: string | undefined;
}

const OUTPUT_ONLY = [
  'kind size md5Checksum sha1Checksum sha256Checksum version webViewLink webContentLink owners ownedByMe capabilities',
  'driveId teamDriveId shared headRevisionId quotaBytesUsed permissionIds explicitlyTrashed trashedTime lastModifyingUser',
  'fileExtension fullFileExtension isAppAuthorized hasThumbnail imageMediaMetadata spaces iconLink thumbnailLink',
].flatMap((line) => line.split(' '));

/** Members that Google documents as settable when a file is made, and not later. */
const ONLY_ON_CREATE = ['id', 'createdTime', 'shortcutDetails'];

/** Custom properties: bytes of key and value together, and numbers a file. */
const PROPERTY_BYTES = 124;
const MOST_OF_A_KIND = 30;
const MOST_OF_ALL = 100;

/** The JSON of a request body as metadata; an empty body is no metadata. Throws a Refusal of status 400 or 403. */
export function readMetadata(body: Buffer, purpose: 'create' | 'update'): FileMetadata {
  const json = parseObject(body);
  for (const name of Object.keys(json)) {
    const later = purpose === 'update' && ONLY_ON_CREATE.includes(name);
    // A client that sends back what it once read is forgiven the constant `kind`.
    if (name !== 'kind' && (OUTPUT_ONLY.includes(name) || later)) throw notWritable();
  }
  if (purpose === 'update' && json.parents !== undefined) {
    const words =
      'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.';
    throw driveError(403, 'fieldNotWritable', words);
  }
  const shortcut = json.shortcutDetails as { targetId?: unknown } | undefined;
  return {
    id: text(json.id, 'id'),
    name: text(json.name, 'name'),
    mimeType: text(json.mimeType, 'mimeType'),
    description: text(json.description, 'description'),
    parents: parents(json.parents),
    createdTime: time(json.createdTime, 'createdTime'),
    modifiedTime: time(json.modifiedTime, 'modifiedTime'),
    starred: bool(json.starred, 'starred'),
    trashed: bool(json.trashed, 'trashed'),
    properties: properties(json.properties, 'properties'),
    appProperties: properties(json.appProperties, 'appProperties'),
    shortcutTarget: text(shortcut?.targetId, 'shortcutDetails.targetId'),
  };
}

/**
 * Writes the custom properties into the file. The limits (124 bytes, 30 private of an app, 30 public, 100 together) are
 * documented in the guide "Add custom file properties"; with which reason Google refuses more is not.
 */
export function writeProperties(file: StoredFile, metadata: FileMetadata, project: string): void {
  const own = new Map(file.appProperties.get(project));
  const open = new Map(file.properties);
  apply(open, metadata.properties);
  apply(own, metadata.appProperties);
  let all = open.size + own.size;
  for (const [other, map] of file.appProperties) if (other !== project) all += map.size;
  if (open.size > MOST_OF_A_KIND || own.size > MOST_OF_A_KIND || all > MOST_OF_ALL) {
    throw driveError(403, 'propertyLimitExceeded', 'The file has too many custom properties.');
  }
  file.properties.clear();
  for (const [key, value] of open) file.properties.set(key, value);
  file.appProperties.set(project, own);
}

export function isContainer(mimeType: string): boolean {
  return mimeType === FOLDER || mimeType === SHORTCUT;
}

function apply(map: Map<string, string>, changes: Readonly<Record<string, string | null>> | undefined): void {
  for (const [key, value] of Object.entries(changes ?? {})) {
    if (value === null) map.delete(key);
    else map.set(key, value);
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered like any other body that is no JSON object.
  }
  throw driveError(400, 'parseError', 'Parse Error');
}

function text(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidValue(name);
  return value;
}

function bool(value: unknown, name: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalidValue(name);
  return value;
}

function time(value: unknown, name: string): number | undefined {
  const written = text(value, name);
  if (written === undefined) return undefined;
  const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
  const milliseconds = rfc3339.test(written) ? Date.parse(written.toUpperCase()) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw invalidValue(name);
  return milliseconds;
}

function parents(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) throw invalidValue('parents');
  if (value.length > 1) throw driveError(400, 'invalid', 'A file cannot have more than one parent.', 'parents');
  return value;
}

function properties(value: unknown, name: string): Record<string, string | null> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidValue(name);
  for (const [key, member] of Object.entries(value)) {
    if (member !== null && typeof member !== 'string') throw invalidValue(name);
    if (Buffer.byteLength(`${key}${member ?? ''}`) > PROPERTY_BYTES) {
      throw driveError(400, 'invalid', `A custom property is longer than ${PROPERTY_BYTES} bytes.`, name);
    }
  }
  return value as Record<string, string | null>;
}

function notWritable(): Error {
  const words = 'The resource body includes fields which are not directly writable.';
  return driveError(403, 'fieldNotWritable', words);
}

function invalidValue(name: string): Error {
  return driveError(400, 'invalid', `Invalid value for: ${name}`, name);
}
