/** Who sees which file and may do what with it: roles, the narrow view of `drive.file`, and shared drives. */

import { driveError, type FakeRequest, fileNotFound, flag } from './answer.js';
import { DRIVE, DRIVE_FILE, SEES_EVERYTHING } from './scopes.js';
import { chain, FOLDER, type Project, type Role, type State, type StoredFile, type User } from './state.js';
import type { Grant } from './tokens.js';

/** Who calls, and with which consent. */
export interface Caller {
  readonly user: User;
  readonly project: Project;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly grant: Grant;
}

const RANK: Readonly<Record<Role, number>> = {
  reader: 1,
  commenter: 2,
  writer: 3,
  fileOrganizer: 4,
  organizer: 5,
  owner: 6,
};

/** The best role that the user has on the file, by itself, by a folder above it or by membership of its drive. */
export function roleOf(state: State, user: User, file: StoredFile): Role | undefined {
  if (file.driveId !== undefined) return state.drives.get(file.driveId)?.members.get(user.id);
  if (file.owner === user) return 'owner';
  let best: Role | undefined;
  for (const at of chain(state, file)) {
    // The owner of a folder may edit what others put into it, but does not own it.
    const role = at.owner === user ? 'writer' : at.sharedWith.get(user.id);
    if (role !== undefined && (best === undefined || RANK[role] > RANK[best])) best = role;
  }
  return best;
}

export function atLeast(role: Role | undefined, least: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[least];
}

export function seesEverything(caller: Caller): boolean {
  return caller.scopes.some((scope) => SEES_EVERYTHING.includes(scope));
}

/** Whether the app was opened to this file: it made it, or the user picked it. */
export function isAppFile(caller: Caller, file: StoredFile): boolean {
  return caller.grant.visible.has(file.id);
}

/** Whether lists show the file to this caller. */
export function sees(state: State, caller: Caller, file: StoredFile): boolean {
  return roleOf(state, caller.user, file) !== undefined && (seesEverything(caller) || isAppFile(caller, file));
}

/** The file behind an id or the alias `root`, or a Refusal as files.get answers it. */
export function requireFile(state: State, caller: Caller, request: FakeRequest, alias: string): StoredFile {
  const id = alias === 'root' ? caller.user.rootId : alias;
  const file = state.files.get(id);
  if (file === undefined || roleOf(state, caller.user, file) === undefined) throw fileNotFound(alias);
  if (file.driveId !== undefined && !supportsAllDrives(request)) throw fileNotFound(alias);
  if (seesEverything(caller) || isAppFile(caller, file)) return file;
  if (state.settings.unpickedFile === 'notFound') throw fileNotFound(alias);
  throw notAuthorized(caller, 'read', file.id);
}

/** The same for a change of the file, which needs a role and, under `drive.file`, the app's own access. */
export function requireEditable(state: State, caller: Caller, request: FakeRequest, alias: string): StoredFile {
  const file = requireFile(state, caller, request, alias);
  if (!caller.scopes.includes(DRIVE) && caller.scopes.includes(DRIVE_FILE) && !isAppFile(caller, file)) {
    throw notAuthorized(caller, 'write', file.id);
  }
  if (!atLeast(roleOf(state, caller.user, file), 'writer')) throw insufficientFilePermissions();
  return file;
}

/** The folder that a new or moved file goes into, or a Refusal: one of the worlds that `unpickedParent` chooses. */
export function requireParent(state: State, caller: Caller, request: FakeRequest, alias: string): StoredFile {
  const id = alias === 'root' ? caller.user.rootId : alias;
  const parent = state.files.get(id);
  const role = parent && roleOf(state, caller.user, parent);
  if (parent === undefined || role === undefined) throw fileNotFound(alias);
  if (parent.driveId !== undefined && !supportsAllDrives(request)) throw fileNotFound(alias);
  // Every app may put files into the root of My Drive, even where it cannot read the root itself.
  const open = caller.scopes.includes(DRIVE) || id === caller.user.rootId || isAppFile(caller, parent);
  if (!open) refuseUnpicked(state, caller, alias);
  if (parent.mimeType !== FOLDER) {
    throw driveError(403, 'parentNotAFolder', 'The specified parent is not a folder.');
  }
  if (!atLeast(role, 'writer')) throw insufficientParentPermissions();
  return parent;
}

function refuseUnpicked(state: State, caller: Caller, id: string): void {
  switch (state.settings.unpickedParent) {
    case 'allowed':
      return;
    case 'notFound':
      throw fileNotFound(id);
    case 'appNotAuthorizedToFile':
      throw notAuthorized(caller, 'write', id);
    case 'insufficientFilePermissions':
      throw insufficientFilePermissions();
    case 'insufficientParentPermissions':
      throw insufficientParentPermissions();
  }
}

export function supportsAllDrives(request: FakeRequest): boolean {
  return flag(request.query, 'supportsAllDrives') || flag(request.query, 'supportsTeamDrives');
}

export function insufficientFilePermissions(): Error {
  const words = 'The user does not have sufficient permissions for this file.';
  return driveError(403, 'insufficientFilePermissions', words);
}

function insufficientParentPermissions(): Error {
  return driveError(403, 'insufficientParentPermissions', 'Insufficient permissions for the specified parent.');
}

function notAuthorized(caller: Caller, verb: 'read' | 'write', id: string): Error {
  const app = caller.project.number;
  const words = `The user has not granted the app ${app} ${verb} access to the file ${id}.`;
  return driveError(403, 'appNotAuthorizedToFile', words);
}
