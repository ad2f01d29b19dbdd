/** Everything that the fake remembers: people, projects, drives and files. No rule of the service lives here. */

import { randomBytes } from 'node:crypto';
import type { Settings } from './settings.js';

export type Role = 'reader' | 'commenter' | 'writer' | 'fileOrganizer' | 'organizer' | 'owner';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly permissionId: string;
  /** The id behind the alias `root`. */
  readonly rootId: string;
  /** Bytes in My Drive; undefined is unlimited. Service accounts have 0. */
  quotaBytes: number | undefined;
}

/** A Cloud project: what a consent and the visibility of `drive.file` belong to. */
export interface Project {
  readonly id: string;
  /** The prefix of its client ids. */
  readonly number: string;
  /** Refresh tokens given while `testing` end after seven days; `internal` admits the domain's own users only. */
  audience: 'testing' | 'production' | 'internal';
  /** The mail domain of an internal project. */
  domain: string | undefined;
  driveApi: boolean;
  pickerApi: boolean;
}

export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly kind: 'installed' | 'web';
  readonly redirectUris: readonly string[];
  readonly project: Project;
  deleted: boolean;
}

export interface SharedDrive {
  readonly id: string;
  readonly name: string;
  readonly createdTime: number;
  /** Roles by user id. */
  readonly members: Map<string, Role>;
}

export interface StoredFile {
  readonly id: string;
  name: string;
  mimeType: string;
  /** Undefined for the root of a drive and for what is shared with a user and lies elsewhere. */
  parent: string | undefined;
  /** Undefined in a shared drive, which owns its items itself. */
  readonly owner: User | undefined;
  readonly driveId: string | undefined;
  /** The project that made it; undefined for what the user made by hand. */
  readonly createdBy: Project | undefined;
  content: Buffer | undefined;
  description: string | undefined;
  createdTime: number;
  modifiedTime: number;
  /** When the name was given, for the lag of the search index. */
  namedAt: number;
  starred: boolean;
  /** By itself; a child of a trashed folder is trashed without this mark. */
  explicitlyTrashed: boolean;
  trashedTime: number | undefined;
  readonly properties: Map<string, string>;
  /** By project number: private to the app that wrote them. */
  readonly appProperties: Map<string, Map<string, string>>;
  readonly shortcutTarget: string | undefined;
  /** Roles that were given on this very item, by user id. */
  readonly sharedWith: Map<string, Role>;
  version: number;
  revision: string;
  lastModifiedBy: User | undefined;
}

/** What every part of the fake is built over. */
export interface State {
  readonly settings: Settings;
  readonly users: Map<string, User>;
  readonly projects: Map<string, Project>;
  readonly clients: Map<string, Client>;
  readonly drives: Map<string, SharedDrive>;
  readonly files: Map<string, StoredFile>;
  /** Ids that generateIds gave away: to whom. */
  readonly reservedIds: Map<string, User>;
  /** Ids that a file once had; they stay used after it is deleted. */
  readonly usedIds: Set<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Grows with every change of a file; also the start page token of the changes log. */
  nextVersion(): number;
}

export const FOLDER = 'application/vnd.google-apps.folder';
export const SHORTCUT = 'application/vnd.google-apps.shortcut';

export function createState(settings: Settings, now: () => number): State {
  let version = 1;
  return {
    settings,
    users: new Map(),
    projects: new Map(),
    clients: new Map(),
    drives: new Map(),
    files: new Map(),
    reservedIds: new Map(),
    usedIds: new Set(),
    now,
    nextVersion: () => version++,
  };
}

/** An id of the form that Drive gives to files: 33 characters, the first of them `1`. */
export function newFileId(): string {
  return `1${randomBytes(24).toString('base64url')}`;
}

/** An id of the form that the roots of drives have: `0A…PVA`. */
export function newRootId(): string {
  return `0A${randomBytes(10).toString('base64url').slice(0, 14)}PVA`;
}

/** The file itself and every folder above it, nearest first. */
export function* chain(state: State, file: StoredFile): Generator<StoredFile> {
  for (
    let at: StoredFile | undefined = file;
    at;
    at = at.parent === undefined ? undefined : state.files.get(at.parent)
  ) {
    yield at;
  }
}

/** Whether it, or a folder above it, lies in the trash. */
export function isTrashed(state: State, file: StoredFile): boolean {
  for (const at of chain(state, file)) if (at.explicitlyTrashed) return true;
  return false;
}

export function childrenOf(state: State, folderId: string): StoredFile[] {
  return [...state.files.values()].filter((file) => file.parent === folderId);
}

/** Bytes that count for this user's quota: all owned content, what is in the trash too. */
export function usedBytes(state: State, user: User, only: 'all' | 'trash' = 'all'): number {
  let sum = 0;
  for (const file of state.files.values()) {
    if (file.owner !== user || file.content === undefined) continue;
    if (only === 'all' || isTrashed(state, file)) sum += file.content.length;
  }
  return sum;
}

/** The first user that was added; service accounts do not count. Throws where there is nobody. */
export function firstPerson(state: State): User {
  const user = [...state.users.values()].find(({ email }) => !email.endsWith('.gserviceaccount.com'));
  if (user === undefined) throw new Error('the fake has no user: call addUser first');
  return user;
}
