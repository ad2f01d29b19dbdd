/** The small methods beside files: about, shared drives, generateIds and the start of the changes log. */

import type { Caller } from './access.js';
import { type Answer, driveError, type FakeRequest } from './answer.js';
import { type Shape, selectFields } from './fields.js';
import { timestamp, userResource, userShape } from './file-resource.js';
import { newFileId, type SharedDrive, type State, usedBytes } from './state.js';

const ABOUT_SHAPE: Shape = {
  kind: true,
  user: userShape,
  storageQuota: { limit: true, usage: true, usageInDrive: true, usageInDriveTrash: true },
  importFormats: true,
  exportFormats: true,
  maxImportSizes: true,
  maxUploadSize: true,
  appInstalled: true,
  folderColorPalette: true,
  driveThemes: true,
  teamDriveThemes: true,
  canCreateDrives: true,
  canCreateTeamDrives: true,
};
const DRIVE_SHAPE: Shape = { kind: true, id: true, name: true, createdTime: true, hidden: true, capabilities: true };
const DRIVES_SHAPE: Shape = { kind: true, nextPageToken: true, drives: DRIVE_SHAPE };

export function about(state: State, caller: Caller, request: FakeRequest): Answer {
  const fields = request.query.get('fields');
  if (!fields) throw driveError(400, 'required', "The 'fields' parameter is required for this method.", 'fields');
  const usage = String(usedBytes(state, caller.user));
  const limit = caller.user.quotaBytes;
  const whole = {
    kind: 'drive#about',
    user: userResource(caller.user, caller),
    storageQuota: {
      limit: limit === undefined ? undefined : String(limit),
      usage,
      usageInDrive: usage,
      usageInDriveTrash: String(usedBytes(state, caller.user, 'trash')),
    },
    importFormats: {},
    exportFormats: {},
    maxImportSizes: {},
    maxUploadSize: String(5 * 1024 ** 4),
    appInstalled: true,
    canCreateDrives: true,
    canCreateTeamDrives: true,
  };
  return { status: 200, json: selectFields(fields, '*', ABOUT_SHAPE, whole) };
}

/** Ids for files that will be made; they belong to the caller, who may use each once. */
export function generateIds(state: State, caller: Caller, request: FakeRequest): Answer {
  const { query } = request;
  const count = Number(query.get('count') ?? '10');
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    const words = `Invalid value '${query.get('count')}'. Values must be within the range: [1, 1000]`;
    throw driveError(400, 'invalidParameter', words, 'count');
  }
  const space = query.get('space') ?? 'drive';
  if (space !== 'drive' && space !== 'appDataFolder') throw driveError(400, 'invalid', 'Invalid Value', 'space');
  const type = query.get('type') ?? 'files';
  if (type !== 'files' && type !== 'shortcuts') throw driveError(400, 'invalid', 'Invalid Value', 'type');
  const ids = Array.from({ length: count }, newFileId);
  for (const id of ids) state.reservedIds.set(id, caller.user);
  const whole = { kind: 'drive#generatedIds', space, ids };
  return { status: 200, json: selectFields(query.get('fields'), '*', { kind: true, space: true, ids: true }, whole) };
}

export function listDrives(state: State, caller: Caller, request: FakeRequest): Answer {
  const drives = [...state.drives.values()].filter((drive) => drive.members.has(caller.user.id)).map(driveResource);
  const whole = { kind: 'drive#driveList', drives };
  const fallback = 'kind,nextPageToken,drives(kind,id,name)';
  return { status: 200, json: selectFields(request.query.get('fields'), fallback, DRIVES_SHAPE, whole) };
}

export function getDrive(state: State, caller: Caller, request: FakeRequest, id: string): Answer {
  const drive = state.drives.get(id);
  if (!drive?.members.has(caller.user.id)) {
    throw driveError(404, 'notFound', `Shared drive not found: ${id}`, 'driveId');
  }
  return {
    status: 200,
    json: selectFields(request.query.get('fields'), 'kind,id,name', DRIVE_SHAPE, driveResource(drive)),
  };
}

export function startPageToken(state: State, request: FakeRequest): Answer {
  const whole = { kind: 'drive#startPageToken', startPageToken: String(state.nextVersion()) };
  const shape: Shape = { kind: true, startPageToken: true };
  return { status: 200, json: selectFields(request.query.get('fields'), '*', shape, whole) };
}

function driveResource(drive: SharedDrive): object {
  return {
    kind: 'drive#drive',
    id: drive.id,
    name: drive.name,
    createdTime: timestamp(drive.createdTime),
    hidden: false,
  };
}
