/** Folders that the program makes: each is made once, marked as its own, and found again by the mark. */

import { AlbarettoError, type FolderOptions, type SinkContext } from '../../src/plugin.js';
import { OWN_FOLDER } from './destination.js';
import { badAnswer, type DriveApi, type FolderAddress, type Signal } from './drive-api.js';
import { type DriveFolder, FOLDER_PROPERTY, FOLDER_TYPE, markOf } from './drive-file.js';
import { PLUGIN } from './failures.js';
import { checkFolder, type Folder, readable } from './folder.js';
import { projectOf } from './identity.js';
import type { Listing } from './listing.js';

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
  // After another sign-in it may be a colleague's, who shares it.
  if (known !== undefined && !known.isForeign && isUsable(known)) return checkFolder(known, undefined);
  const marked = await findOwn(api, signal);
  if (marked !== undefined) {
    await remember(context, { client, id: marked.id });
    return checkFolder(marked, undefined);
  }
  const make = (id: string) => create(api, { id, name: OWN_FOLDER, parent: undefined, mark: OWN_MARK }, signal);
  // A remembered id without a folder was reserved by a run that ended before it made one.
  const begun = remembered !== undefined && known === undefined ? await make(remembered) : undefined;
  const made =
    begun ??
    (await makeNew(api, undefined, signal, async (id) => {
      await remember(context, { client, id });
      return make(id);
    }));
  return checkFolder(made, undefined);
}

/** The same folder to be looked at: one in the trash where there is no other, and none is made. */
export async function openOwnReadable(
  api: DriveApi,
  context: SinkContext,
  client: string,
  signal: Signal,
): Promise<Folder> {
  const remembered = recall(context, client);
  const known = remembered === undefined ? undefined : await api.findFolder({ id: remembered }, signal);
  const own = known?.isForeign ? undefined : known;
  const found = own !== undefined && isUsable(own) ? own : ((await findOwn(api, signal)) ?? own);
  return readable(found, { id: found?.id ?? remembered ?? OWN_FOLDER });
}

async function findOwn(api: DriveApi, signal: Signal): Promise<DriveFolder | undefined> {
  const mark = { property: FOLDER_PROPERTY, value: OWN_MARK };
  return (await api.findMarkedFolders(mark, undefined, signal)).find(isUsable);
}

/**
 * A folder below another one. The one that is there under this name is used again: if there are several, one that the
 * program made, and of these the oldest. So it is the same one in every run and on every machine.
 *
 * @param listing Of the folder above. Where it was asked for some time ago and does not show the folder, Drive is asked
 * once more before a second one of the name is made.
 */
export async function openChildFolder(
  api: DriveApi,
  { parent, listing }: { readonly parent: FolderAddress; readonly listing: Listing },
  name: string,
  { reservation, reserve, signal }: FolderOptions,
): Promise<{ readonly folder: Folder; readonly isNew: boolean }> {
  const mark = markOf(name);
  const isOld = listing.isAsked;
  const there = firstOf((await listing.entries(signal)).folders(), name, mark);
  if (there !== undefined) return { folder: checkFolder(there, undefined), isNew: false };
  const property = { property: FOLDER_PROPERTY, value: mark };
  const since = isOld ? firstOf(await api.findMarkedFolders(property, parent, signal), name, mark) : undefined;
  const make = (id: string) => create(api, { id, name, parent, mark }, signal);
  const reserved = since === undefined && reservation !== undefined ? await make(reservation) : undefined;
  const found = since ?? reserved ?? (await makeNew(api, reserve, signal, make));
  listing.putFolder(found);
  return { folder: checkFolder(found, undefined), isNew: since === undefined };
}

/** Somebody may have renamed one since it was made: then it is another folder now. */
function firstOf(folders: readonly DriveFolder[], name: string, mark: string): DriveFolder | undefined {
  const usable = folders.filter((folder) => folder.name === name && isUsable(folder));
  const isOther = (folder: DriveFolder) => (folder.mark === mark ? 0 : 1);
  return usable.sort((a, b) => isOther(a) - isOther(b) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0];
}

async function makeNew(
  api: DriveApi,
  reserve: FolderOptions['reserve'],
  signal: Signal,
  make: (id: string) => Promise<DriveFolder | undefined>,
): Promise<DriveFolder> {
  const id = reserve === undefined ? (await api.generateIds(1, signal))[0] : await reserve();
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
async function create(api: DriveApi, wanted: Wanted, signal: Signal): Promise<DriveFolder | undefined> {
  const { id, name, parent, mark } = wanted;
  const made = await api.createFolder({ id, name, parent, appProperties: { [FOLDER_PROPERTY]: mark } }, signal);
  if (made?.id === id) return made;
  // The id is used: most likely by this very folder, whose first answer was lost. An answer that speaks of another one is
  // checked against the folder itself.
  const there = await api.findFolder({ id }, signal);
  const same =
    there !== undefined && there.name === name && (parent === undefined || isIn(there, parent)) && isUsable(there);
  if (!same && made !== undefined) badAnswer('making the folder');
  return same ? there : undefined;
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
