/** Puts folders, files and shared drives into the fake that no request made. */

import { newFile } from './new-file.js';
import {
  FOLDER,
  firstPerson,
  newRootId,
  type Project,
  type Role,
  SHORTCUT,
  type SharedDrive,
  type State,
  type StoredFile,
  type User,
} from './state.js';
import type { Tokens } from './tokens.js';

export interface Share {
  readonly user: User;
  readonly role: Role;
}

export interface ItemOptions {
  /** The first user unless said otherwise. */
  readonly owner?: User;
  /** In a shared drive instead of somebody's My Drive. */
  readonly drive?: SharedDrive;
  readonly name: string;
  /** The id of the folder; the root of the owner or drive unless said otherwise. */
  readonly parent?: string;
  /** Projects whose `drive.file` shows it to the owner, as if it had been picked. */
  readonly visibleTo?: Project | readonly Project[];
  readonly sharedWith?: readonly Share[];
}

export interface FileOptions extends ItemOptions {
  readonly content?: Buffer | string;
  readonly mimeType?: string;
  /** Makes it a shortcut to this file. */
  readonly target?: string;
}

export interface Items {
  addSharedDrive(options: { readonly name: string; readonly members: readonly Share[] }): SharedDrive;
  addFolder(options: ItemOptions): StoredFile;
  addFile(options: FileOptions): StoredFile;
}

export function createItems(state: State, tokens: Tokens): Items {
  function add(options: FileOptions, mimeType: string, content: Buffer | undefined): StoredFile {
    const { name, drive, target: shortcutTarget } = options;
    const person = options.owner ?? firstPerson(state);
    const owner = drive === undefined ? person : undefined;
    const parent = options.parent ?? drive?.id ?? person.rootId;
    if (!state.files.has(parent)) throw new Error(`no folder ${parent}`);
    const sharedWith = rolesOf(options.sharedWith ?? []);
    const facts = { name, mimeType, parent, owner, driveId: drive?.id, content, shortcutTarget, sharedWith };
    const file = newFile(state, { ...facts, lastModifiedBy: owner });
    state.files.set(file.id, file);
    state.usedIds.add(file.id);
    for (const project of [options.visibleTo ?? []].flat()) tokens.grantOf(person, project).visible.add(file.id);
    return file;
  }

  return {
    addSharedDrive({ name, members }) {
      const id = newRootId();
      const drive: SharedDrive = { id, name, createdTime: state.now(), members: rolesOf(members) };
      state.drives.set(id, drive);
      state.files.set(id, newFile(state, { id, name, mimeType: FOLDER, driveId: id }));
      return drive;
    },
    addFolder: (options) => add(options, FOLDER, undefined),
    addFile(options) {
      if (options.target !== undefined) return add(options, SHORTCUT, undefined);
      return add(options, options.mimeType ?? 'application/octet-stream', Buffer.from(options.content ?? ''));
    },
  };
}

function rolesOf(shares: readonly Share[]): Map<string, Role> {
  return new Map(shares.map(({ user, role }) => [user.id, role]));
}
