/** What becomes of a file later: metadata, moving, the trash, new content, and its end. */

import {
  atLeast,
  type Caller,
  insufficientFilePermissions,
  requireEditable,
  requireFile,
  requireParent,
  roleOf,
} from './access.js';
import { driveError, type FakeRequest } from './answer.js';
import { checkQuota, type Media } from './creation.js';
import { type FileMetadata, isContainer, writeProperties } from './file-metadata.js';
import { chain, childrenOf, newFileId, type State, type StoredFile } from './state.js';

/** Changes metadata, parents and, with `media`, the content. Nothing is changed where anything is refused. */
export function updateFile(
  state: State,
  caller: Caller,
  request: FakeRequest,
  alias: string,
  metadata: FileMetadata,
  media?: Media,
): StoredFile {
  const file = requireEditable(state, caller, request, alias);
  if (file.parent === undefined) throw insufficientFilePermissions();
  if (metadata.trashed !== undefined) checkTrash(state, caller, file);
  const parent = newParent(state, caller, request, file);
  if (media !== undefined) checkContent(state, file, media);
  writeProperties(file, metadata, caller.project.number);
  const now = state.now();
  if (metadata.name !== undefined && metadata.name !== file.name) {
    file.name = metadata.name;
    file.namedAt = now;
  }
  if (metadata.description !== undefined) file.description = metadata.description;
  if (metadata.mimeType !== undefined) file.mimeType = metadata.mimeType;
  else if (media !== undefined) file.mimeType = media.type;
  if (metadata.starred !== undefined) file.starred = metadata.starred;
  if (metadata.trashed !== undefined) moveToTrash(file, metadata.trashed, now);
  if (parent !== undefined) file.parent = parent.id;
  if (media !== undefined) {
    file.content = media.bytes;
    file.revision = newFileId();
  }
  // A move or a trip to the trash does not count as a modification.
  if (media !== undefined || metadata.name !== undefined) file.modifiedTime = now;
  if (metadata.modifiedTime !== undefined) file.modifiedTime = metadata.modifiedTime;
  file.lastModifiedBy = caller.user;
  file.version = state.nextVersion();
  return file;
}

/** Deletes for ever, a folder with all that it holds. */
export function deleteFile(state: State, caller: Caller, request: FakeRequest, alias: string): void {
  const file = requireFile(state, caller, request, alias);
  const role = roleOf(state, caller.user, file);
  const least = file.driveId === undefined ? 'owner' : 'organizer';
  if (file.parent === undefined || !atLeast(role, least)) throw insufficientFilePermissions();
  remove(state, file);
  state.nextVersion();
}

function remove(state: State, file: StoredFile): void {
  for (const child of childrenOf(state, file.id)) remove(state, child);
  state.files.delete(file.id);
}

function checkTrash(state: State, caller: Caller, file: StoredFile): void {
  const least = file.driveId === undefined ? 'owner' : 'fileOrganizer';
  if (!atLeast(roleOf(state, caller.user, file), least)) throw insufficientFilePermissions();
}

function moveToTrash(file: StoredFile, trashed: boolean, now: number): void {
  file.explicitlyTrashed = trashed;
  file.trashedTime = trashed ? now : undefined;
}

function checkContent(state: State, file: StoredFile, media: Media): void {
  if (isContainer(file.mimeType)) throw driveError(400, 'badRequest', 'A folder has no content.');
  // The new revision is kept beside nothing: the old content stops counting when it is replaced.
  if (file.owner !== undefined) checkQuota(state, file.owner, media.bytes.length - (file.content?.length ?? 0));
}

/** Where `addParents` and `removeParents` move the file; undefined where it stays. An item has one parent only. */
function newParent(state: State, caller: Caller, request: FakeRequest, file: StoredFile): StoredFile | undefined {
  const list = (name: string) =>
    (request.query.get(name) ?? '')
      .split(',')
      .filter(Boolean)
      .map((id) => (id === 'root' ? caller.user.rootId : id));
  const added = list('addParents').filter((id) => id !== file.parent);
  const removed = list('removeParents');
  if (added.length === 0) return undefined;
  if (added.length > 1 || !removed.includes(file.parent ?? '')) {
    throw driveError(403, 'cannotAddParent', 'Increasing the number of parents is not allowed');
  }
  const parent = requireParent(state, caller, request, added[0]!);
  for (const above of chain(state, parent)) {
    if (above === file) throw driveError(403, 'circularHierarchy', 'A folder cannot be moved into itself.');
  }
  return parent;
}
