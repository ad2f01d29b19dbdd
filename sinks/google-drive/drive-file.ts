/** Files and folders as Drive describes them, read defensively: a field that is missing or of another type is no surprise. */

import { createHash } from 'node:crypto';
import { type Bytes, type Digest, digestOf } from '../../src/plugin.js';

export const FOLDER_TYPE = 'application/vnd.google-apps.folder';
export const SHORTCUT_TYPE = 'application/vnd.google-apps.shortcut';

/** The private property that holds a file's key; only this Cloud project sees it. */
export const KEY_PROPERTY = 'alb';
/** The same for folders that the program made. */
export const FOLDER_PROPERTY = 'albFolder';

export const FILE_FIELDS =
  'id,name,size,md5Checksum,sha256Checksum,parents,trashed,createdTime,webViewLink,appProperties';
export const FOLDER_FIELDS =
  'id,name,mimeType,trashed,driveId,ownedByMe,webViewLink,parents,createdTime,appProperties,capabilities(canAddChildren),shortcutDetails';
/** What a list of both asks for. */
export const ENTRY_FIELDS = `${FILE_FIELDS},mimeType,driveId,capabilities(canAddChildren)`;

export interface DriveFile {
  readonly id: string;
  readonly name: string;
  /** Bytes; Drive sends a decimal text. */
  readonly size: number | undefined;
  /** As Drive computed them, best first. */
  readonly digests: readonly Digest[];
  readonly parents: readonly string[];
  readonly trashed: boolean;
  /** Milliseconds since the epoch; 0 where Drive says none. Content that comes later does not change it. */
  readonly createdAt: number;
  readonly url: string | undefined;
  readonly key: string | undefined;
}

export interface DriveFolder {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly trashed: boolean;
  readonly parents: readonly string[];
  /** As `DriveFile.createdAt`. */
  readonly createdAt: number;
  readonly url: string | undefined;
  /** What the program marked it with, if it made the folder: from {@link markOf}. */
  readonly mark: string | undefined;
  /** The shared drive that it lies in. */
  readonly driveId: string | undefined;
  readonly canAddChildren: boolean;
  /** Somebody else's. What lies in a shared drive is nobody's; entries of a list do not say. */
  readonly isForeign: boolean;
  /** What a shortcut points to. */
  readonly target: { readonly id: string; readonly resourceKey: string | undefined } | undefined;
}

/** Undefined for what is no description of a file. */
export function readFile(value: unknown): DriveFile | undefined {
  const fields = record(value);
  const id = text(fields?.id);
  if (fields === undefined || id === undefined) return undefined;
  return {
    id,
    name: text(fields.name) ?? '',
    size: typeof fields.size === 'string' && /^\d+$/u.test(fields.size) ? Number(fields.size) : undefined,
    digests: [...digest('sha256', fields.sha256Checksum), ...digest('md5', fields.md5Checksum)],
    parents: texts(fields.parents),
    trashed: fields.trashed === true,
    createdAt: time(fields.createdTime),
    url: text(fields.webViewLink),
    key: text(record(fields.appProperties)?.[KEY_PROPERTY]),
  };
}

export function readFolder(value: unknown): DriveFolder | undefined {
  const fields = record(value);
  const id = text(fields?.id);
  if (fields === undefined || id === undefined) return undefined;
  const shortcut = record(fields.shortcutDetails);
  const targetId = text(shortcut?.targetId);
  return {
    id,
    name: text(fields.name) ?? '',
    mimeType: text(fields.mimeType) ?? '',
    trashed: fields.trashed === true,
    parents: texts(fields.parents),
    createdAt: time(fields.createdTime),
    url: text(fields.webViewLink),
    mark: text(record(fields.appProperties)?.[FOLDER_PROPERTY]),
    driveId: text(fields.driveId),
    canAddChildren: record(fields.capabilities)?.canAddChildren === true,
    isForeign: fields.ownedByMe === false,
    target: targetId === undefined ? undefined : { id: targetId, resourceKey: text(shortcut?.targetResourceKey) },
  };
}

/** What a folder that the program makes is marked with: its name, in a form that fits into a property whatever its length. */
export function markOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** Of a list that holds both. */
export function isFolderEntry(value: unknown): boolean {
  return record(value)?.mimeType === FOLDER_TYPE;
}

/** Whether Drive holds exactly these bytes, by the best digest that it has of them. */
export async function holdsBytes(file: DriveFile, bytes: Bytes, signal?: AbortSignal): Promise<boolean> {
  const stored = file.digests[0];
  if (stored === undefined || file.size !== bytes.size) return false;
  return (await digestOf(bytes, stored.algorithm, signal)) === stored.hex;
}

function digest(algorithm: Digest['algorithm'], value: unknown): Digest[] {
  const length = algorithm === 'md5' ? 32 : 64;
  const hex = text(value)?.toLowerCase() ?? '';
  return hex.length === length && /^[0-9a-f]+$/u.test(hex) ? [{ algorithm, hex }] : [];
}

function time(value: unknown): number {
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? 0 : parsed;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}
