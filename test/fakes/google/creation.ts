/** How a file comes to be: reserved ids, the folder it goes into, and the limits that a new item meets. */

import { type Caller, requireParent } from './access.js';
import { driveError, type FakeRequest } from './answer.js';
import { type FileMetadata, isContainer, writeProperties } from './file-metadata.js';
import { newFile } from './new-file.js';
import { chain, childrenOf, newFileId, type State, type StoredFile, type User, usedBytes } from './state.js';

/** Levels of folders below a root. */
const DEEPEST = 100;

export interface Media {
  readonly bytes: Buffer;
  readonly type: string;
}

/** A create whose parts were all found good; the bytes may still be on their way. */
export interface Draft {
  readonly caller: Caller;
  readonly metadata: FileMetadata;
  readonly parent: StoredFile;
}

/** Checks everything about a new file but its bytes. Throws the Refusal that Drive answers. */
export function prepareCreate(state: State, caller: Caller, request: FakeRequest, metadata: FileMetadata): Draft {
  checkId(state, caller.user, metadata);
  const parent = requireParent(state, caller, request, metadata.parents?.[0] ?? 'root');
  checkRoom(state, parent);
  const { mimeType, shortcutTarget } = metadata;
  if (mimeType === 'application/vnd.google-apps.shortcut' && shortcutTarget === undefined) {
    throw driveError(400, 'badRequest', 'Shortcuts require a target.');
  }
  return { caller, metadata, parent };
}

/** Stores the file. Ids, limits and quota are looked at once more: a long upload may have been overtaken. */
export function commitCreate(state: State, draft: Draft, media: Media | undefined): StoredFile {
  const { caller, metadata, parent } = draft;
  checkId(state, caller.user, metadata);
  checkRoom(state, parent);
  const mimeType = metadata.mimeType ?? media?.type ?? 'application/octet-stream';
  const content = isContainer(mimeType) ? undefined : (media?.bytes ?? Buffer.alloc(0));
  const owner = parent.driveId === undefined ? caller.user : undefined;
  if (owner !== undefined) checkQuota(state, owner, content?.length ?? 0);
  const now = state.now();
  const file = newFile(state, {
    id: metadata.id ?? newFileId(),
    name: metadata.name ?? 'Untitled',
    mimeType,
    parent: parent.id,
    owner,
    driveId: parent.driveId,
    createdBy: caller.project,
    content,
    description: metadata.description,
    createdTime: metadata.createdTime ?? now,
    modifiedTime: metadata.modifiedTime ?? metadata.createdTime ?? now,
    namedAt: now,
    starred: metadata.starred ?? false,
    shortcutTarget: metadata.shortcutTarget,
    lastModifiedBy: caller.user,
  });
  writeProperties(file, metadata, caller.project.number);
  state.files.set(file.id, file);
  state.usedIds.add(file.id);
  caller.grant.visible.add(file.id);
  return file;
}

/** Refuses what would not fit beside everything that the user owns already. */
export function checkQuota(state: State, owner: User, more: number): void {
  if (owner.quotaBytes === undefined || more === 0) return;
  if (usedBytes(state, owner) + more <= owner.quotaBytes) return;
  throw driveError(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.");
}

/**
 * Only ids that generateIds gave to this very user may be chosen, each once: that is what makes a repeated create safe.
 * From the guide "Create and manage files".
 */
function checkId(state: State, user: User, { id, mimeType }: FileMetadata): void {
  if (id === undefined) return;
  if (state.reservedIds.get(id) !== user) {
    throw driveError(400, 'invalid', 'The provided file ID is not usable.', 'file.id');
  }
  if (state.usedIds.has(id)) throw driveError(409, 'fileIdInUse', 'A file already exists with the provided ID.');
  if (mimeType?.startsWith('application/vnd.google-apps.') && !isContainer(mimeType)) {
    throw driveError(400, 'generatedIdNotSupported', 'Generated IDs are not supported for the requested file type.');
  }
}

function checkRoom(state: State, parent: StoredFile): void {
  if (parent.driveId !== undefined) {
    const items = [...state.files.values()].filter((file) => file.driveId === parent.driveId).length;
    if (items - 1 >= state.settings.itemsPerSharedDrive) {
      throw driveError(403, 'teamDriveFileLimitExceeded', 'The file limit for this shared drive has been exceeded.');
    }
  }
  if (parent.parent !== undefined && childrenOf(state, parent.id).length >= state.settings.itemsPerFolder) {
    const words = "The limit for this folder's number of children (files and folders) has been exceeded.";
    throw driveError(403, 'numChildrenInNonRootLimitExceeded', words);
  }
  if ([...chain(state, parent)].length > DEEPEST) {
    const shared = parent.driveId !== undefined;
    const reason = shared ? 'teamDriveHierarchyTooDeep' : 'myDriveHierarchyDepthLimitExceeded';
    throw driveError(403, reason, 'The folder hierarchy depth would exceed the limit.');
  }
}
