/** A stored file as the resource that Drive v3 answers; members and their forms from the reference of `files`. */

import { createHash } from 'node:crypto';
import { atLeast, type Caller, isAppFile, roleOf } from './access.js';
import type { Shape } from './fields.js';
import { FOLDER, isTrashed, SHORTCUT, type State, type StoredFile, type User } from './state.js';

const USER_SHAPE: Shape = {
  kind: true,
  displayName: true,
  photoLink: true,
  me: true,
  permissionId: true,
  emailAddress: true,
};

const PLAIN = [
  'kind id name mimeType description starred trashed explicitlyTrashed trashedTime parents properties appProperties',
  'spaces version webContentLink webViewLink iconLink hasThumbnail thumbnailLink thumbnailVersion viewedByMe',
  'viewedByMeTime createdTime modifiedTime modifiedByMe modifiedByMeTime sharedWithMeTime shared ownedByMe driveId',
  'teamDriveId viewersCanCopyContent copyRequiresWriterPermission writersCanShare permissionIds hasAugmentedPermissions',
  'folderColorRgb originalFilename fullFileExtension fileExtension md5Checksum sha1Checksum sha256Checksum size',
  'quotaBytesUsed headRevisionId isAppAuthorized exportLinks resourceKey inheritedPermissionsDisabled',
  'clientEncryptionDetails contentRestrictions downloadRestrictions labelInfo contentHints',
].flatMap((line) => line.split(' '));

/** All members of the resource, those too that this fake never fills in: asking for them is not an error. */
export const FILE_SHAPE: Shape = {
  ...Object.fromEntries(PLAIN.map((name) => [name, true as const])),
  owners: USER_SHAPE,
  lastModifyingUser: USER_SHAPE,
  trashingUser: USER_SHAPE,
  sharingUser: USER_SHAPE,
  permissions: { kind: true, id: true, type: true, role: true, emailAddress: true, displayName: true, domain: true },
  capabilities: true,
  shortcutDetails: { targetId: true, targetMimeType: true, targetResourceKey: true },
  imageMediaMetadata: true,
  videoMediaMetadata: true,
  linkShareMetadata: true,
};

/** What create, get and update answer without the parameter `fields`. */
export const FILE_DEFAULT_FIELDS = 'kind,id,name,mimeType,resourceKey';

export const userShape = USER_SHAPE;

export function userResource(user: User, caller: Caller): object {
  return {
    kind: 'drive#user',
    displayName: user.displayName,
    me: user === caller.user,
    permissionId: user.permissionId,
    emailAddress: user.email,
  };
}

/** The whole resource as this caller sees it. */
export function fileResource(state: State, caller: Caller, file: StoredFile): Record<string, unknown> {
  const owner = file.owner && userResource(file.owner, caller);
  const editor = file.lastModifiedBy && userResource(file.lastModifiedBy, caller);
  const appProperties = file.appProperties.get(caller.project.number);
  return {
    kind: 'drive#file',
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    description: file.description,
    starred: file.starred,
    trashed: isTrashed(state, file),
    explicitlyTrashed: file.explicitlyTrashed,
    trashedTime: file.trashedTime === undefined ? undefined : timestamp(file.trashedTime),
    parents: file.parent === undefined ? undefined : [file.parent],
    properties: file.properties.size === 0 ? undefined : Object.fromEntries(file.properties),
    appProperties: appProperties && appProperties.size > 0 ? Object.fromEntries(appProperties) : undefined,
    spaces: ['drive'],
    version: String(file.version),
    createdTime: timestamp(file.createdTime),
    modifiedTime: timestamp(file.modifiedTime),
    modifiedByMe: file.lastModifiedBy === caller.user,
    modifiedByMeTime: file.lastModifiedBy === caller.user ? timestamp(file.modifiedTime) : undefined,
    owners: owner && [owner],
    lastModifyingUser: editor,
    ownedByMe: file.driveId === undefined ? file.owner === caller.user : undefined,
    shared: file.driveId !== undefined || file.sharedWith.size > 0,
    driveId: file.driveId,
    teamDriveId: file.driveId,
    isAppAuthorized: isAppFile(caller, file),
    capabilities: capabilities(state, caller, file),
    ...links(file),
    ...contentMembers(state, file),
    ...shortcutMembers(state, file),
  };
}

/** RFC 3339 in UTC with milliseconds, as Drive writes times. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function capabilities(state: State, caller: Caller, file: StoredFile): object {
  const role = roleOf(state, caller.user, file);
  const edits = atLeast(role, 'writer');
  const folder = file.mimeType === FOLDER;
  // In a shared drive, organizers delete for ever and content managers move to the trash; elsewhere owners do both.
  const [trashes, deletes] =
    file.driveId === undefined
      ? [role === 'owner', role === 'owner']
      : [atLeast(role, 'fileOrganizer'), atLeast(role, 'organizer')];
  return {
    canAddChildren: folder && edits,
    canListChildren: folder && role !== undefined,
    canRemoveChildren: folder && edits,
    canDownload: !folder && role !== undefined,
    canEdit: edits,
    canModifyContent: edits,
    canRename: edits,
    canCopy: !folder && role !== undefined,
    canShare: edits,
    canTrash: trashes,
    canUntrash: trashes,
    canDelete: deletes,
  };
}

function links(file: StoredFile): object {
  if (file.mimeType === FOLDER) return { webViewLink: `https://drive.google.com/drive/folders/${file.id}` };
  return {
    webViewLink: `https://drive.google.com/file/d/${file.id}/view?usp=drivesdk`,
    webContentLink:
      file.content === undefined ? undefined : `https://drive.google.com/uc?id=${file.id}&export=download`,
  };
}

function contentMembers(state: State, file: StoredFile): object {
  const { content } = file;
  if (content === undefined) return {};
  const { md5, sha1, sha256 } = digestsOf(content);
  const extension = /\.([A-Za-z0-9]+)$/.exec(file.name)?.[1];
  return {
    size: String(content.length),
    quotaBytesUsed: String(content.length),
    md5Checksum: md5,
    sha1Checksum: state.settings.shaChecksums ? sha1 : undefined,
    sha256Checksum: state.settings.shaChecksums ? sha256 : undefined,
    originalFilename: file.name,
    fileExtension: extension ?? '',
    fullFileExtension: extension ?? '',
    headRevisionId: file.revision,
    hasThumbnail: false,
  };
}

interface Digests {
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** Content is never changed in place: lists of thousands of files need not hash them anew each time. */
const digests = new WeakMap<Buffer, Digests>();

function digestsOf(content: Buffer): Digests {
  const hex = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
  const known = digests.get(content) ?? { md5: hex('md5'), sha1: hex('sha1'), sha256: hex('sha256') };
  digests.set(content, known);
  return known;
}

function shortcutMembers(state: State, file: StoredFile): object {
  if (file.mimeType !== SHORTCUT || file.shortcutTarget === undefined) return {};
  const targetMimeType = state.files.get(file.shortcutTarget)?.mimeType;
  return { shortcutDetails: { targetId: file.shortcutTarget, targetMimeType } };
}
