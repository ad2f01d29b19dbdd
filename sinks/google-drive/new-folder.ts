/** Folders that the program makes: each is made once, marked as its own, and found again by the mark. */

import { createHash } from 'node:crypto';
import { AlbarettoError, type SinkContext, usageError } from '../../src/plugin.js';
import { OWN_FOLDER } from './destination.js';
import type { DriveApi, FolderAddress, Signal } from './drive-api.js';
import { type DriveFolder, FOLDER_PROPERTY, FOLDER_TYPE } from './drive-file.js';
import { PLUGIN } from './failures.js';
import { checkFolder, type Folder } from './folder.js';
import { projectOf } from './identity.js';

/** The mark of the folder that is used when no destination is given. */
const OWN_MARK = 'own';
/** Where its id is remembered. */
const MEMORY_KEY = 'folder';

interface Remembered {
  /** The client id (or service account) that made it. */
  readonly client: string;
  readonly id: string;
}

/**
 * The program's own folder in My Drive: the one that is remembered, else the one with the mark (made on another computer),
 * else a new one. The id of a new one is remembered before it is made, so that neither an interrupted run nor another one
 * at the same time leads to a second folder.
 */
export async function openOwnFolder(
  api: DriveApi,
  context: SinkContext,
  client: string,
  signal: Signal,
): Promise<Folder> {
  const remembered = recall(context, client);
  const known = remembered === undefined ? undefined : await api.findFolder({ id: remembered }, signal);
  if (known !== undefined && isUsable(known)) return checkFolder(known, undefined);
  const marked = (await api.findMarkedFolders({ property: FOLDER_PROPERTY, value: OWN_MARK }, undefined, signal)).find(
    isUsable,
  );
  if (marked !== undefined) {
    await remember(context, { client, id: marked.id });
    return checkFolder(marked, undefined);
  }
  const make = (id: string) => create(api, { id, name: OWN_FOLDER, parent: undefined, mark: OWN_MARK }, signal);
  // A remembered id without a folder was reserved by a run that ended before it made one.
  const begun = remembered !== undefined && known === undefined ? await make(remembered) : undefined;
  if (begun !== undefined) return begun;
  return makeNew(api, signal, async (id) => {
    await remember(context, { client, id });
    return make(id);
  });
}

/**
 * A folder below another one. The one that an earlier run made there under this name is used again.
 * @throws E_USAGE for a name without a character.
 */
export async function openChildFolder(
  api: DriveApi,
  parent: FolderAddress,
  name: string,
  reservation: string | undefined,
  signal: Signal,
): Promise<Folder> {
  if (name.trim() === '') throw usageError('the new folder has no name', undefined, PLUGIN);
  const mark = createHash('sha256').update(name).digest('base64url');
  const earlier = await api.findMarkedFolders({ property: FOLDER_PROPERTY, value: mark }, parent, signal);
  // Somebody may have renamed it since: then it is another folder now.
  const same = earlier.find((folder) => folder.name === name && isUsable(folder));
  if (same !== undefined) return checkFolder(same, undefined);
  const make = (id: string) => create(api, { id, name, parent, mark }, signal);
  const reserved = reservation === undefined ? undefined : await make(reservation);
  return reserved ?? makeNew(api, signal, make);
}

async function makeNew(
  api: DriveApi,
  signal: Signal,
  make: (id: string) => Promise<Folder | undefined>,
): Promise<Folder> {
  const [id] = await api.generateIds(1, signal);
  const folder = id === undefined ? undefined : await make(id);
  if (folder !== undefined) return folder;
  throw new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: 'making the folder: Google refused the id that it had just given out',
    hint: 'try again later',
    plugin: PLUGIN,
    retryable: true,
  });
}

interface Wanted {
  readonly id: string;
  readonly name: string;
  readonly parent: FolderAddress | undefined;
  readonly mark: string;
}

/** Undefined where the id cannot be used: it holds something else, or is another account's. */
async function create(api: DriveApi, wanted: Wanted, signal: Signal): Promise<Folder | undefined> {
  const { id, name, parent, mark } = wanted;
  const made = await api.createFolder({ id, name, parent, appProperties: { [FOLDER_PROPERTY]: mark } }, signal);
  if (made !== undefined) return checkFolder(made, undefined);
  // The id is used: most likely by this very folder, whose first answer was lost.
  const there = await api.findFolder({ id }, signal);
  const same =
    there !== undefined && there.name === name && (parent === undefined || isIn(there, parent)) && isUsable(there);
  return same ? checkFolder(there, undefined) : undefined;
}

function isIn(folder: DriveFolder, parent: FolderAddress): boolean {
  return parent.id === 'root' || folder.parents.includes(parent.id);
}

function isUsable(folder: DriveFolder): boolean {
  return folder.mimeType === FOLDER_TYPE && !folder.trashed && folder.canAddChildren;
}

/** Only what the same Cloud project made can be seen again. */
function recall(context: SinkContext, client: string): string | undefined {
  try {
    const { client: maker, id } = JSON.parse(context.memory.get(MEMORY_KEY) ?? '{}') as Partial<Remembered>;
    return typeof maker === 'string' && typeof id === 'string' && projectOf(maker) === projectOf(client)
      ? id
      : undefined;
  } catch {
    return undefined;
  }
}

function remember(context: SinkContext, remembered: Remembered): Promise<void> {
  return context.memory.set(MEMORY_KEY, JSON.stringify(remembered));
}
