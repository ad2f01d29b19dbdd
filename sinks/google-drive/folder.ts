/** From what Drive says about an id to a folder that files can be put into. */

import { AlbarettoError, printable } from '../../src/plugin.js';
import type { DriveApi, FolderAddress, Signal } from './drive-api.js';
import { type DriveFolder, FOLDER_TYPE, SHORTCUT_TYPE } from './drive-file.js';
import { PLUGIN } from './failures.js';

export interface Folder extends FolderAddress {
  readonly url: string | undefined;
}

/**
 * Looks the folder up once and checks it; a shortcut costs a second look.
 * @throws E_NOT_GRANTED when Google does not show it under `drive.file`; E_DESTINATION when it is no folder, lies in the
 * trash, or takes no files from this account.
 */
export async function openFolder(
  api: DriveApi,
  id: string,
  resourceKey: string | undefined,
  signal: Signal,
): Promise<Folder> {
  const address = addressOf(id, resourceKey);
  const found = await api.getFolder(address, signal);
  if (found.mimeType !== SHORTCUT_TYPE || found.target === undefined) return checkFolder(found, address.resourceKeys);
  const target = addressOf(found.target.id, found.target.resourceKey);
  return checkFolder(await api.getFolder(target, signal), target.resourceKeys);
}

/**
 * The top of My Drive. Under `drive.file` every app may put files there, but may not look at it
 * (rclone meets the same: its drive backend goes on with the alias `root` after a 404).
 */
export async function openRoot(api: DriveApi, signal: Signal): Promise<Folder> {
  const found = await api.findFolder({ id: 'root' }, signal);
  if (found === undefined) return { id: 'root', url: 'https://drive.google.com/drive/my-drive' };
  return checkFolder(found, undefined);
}

/** For looking at what was stored: one that nobody may write to, lies in the trash or is gone is no error. */
export async function openReadable(
  api: DriveApi,
  id: string,
  resourceKey: string | undefined,
  signal: Signal,
): Promise<Folder> {
  const address = addressOf(id, resourceKey);
  const found = await api.lookForFolder(address, signal);
  if (found?.mimeType !== SHORTCUT_TYPE || found.target === undefined) return readable(found, address);
  const target = addressOf(found.target.id, found.target.resourceKey);
  return readable(await api.lookForFolder(target, signal), target);
}

/** @throws E_DESTINATION for what is no folder. */
export function readable(found: DriveFolder | undefined, address: FolderAddress): Folder {
  if (found === undefined) return { ...address, isGone: true, url: undefined };
  if (found.mimeType !== FOLDER_TYPE) throw noFolder(found);
  return { ...address, driveId: found.driveId, url: found.url };
}

export function checkFolder(found: DriveFolder, resourceKeys: string | undefined): Folder {
  const name = printable(found.name, 100);
  if (found.mimeType !== FOLDER_TYPE) throw noFolder(found);
  if (found.trashed)
    throw refused(`the folder '${name}' is in the trash`, 'take it out of the trash, or save into another');
  if (!found.canAddChildren) {
    throw refused(
      `this account may not add files to the folder '${name}'`,
      'ask its owner for the role Editor, or save into another',
    );
  }
  return { id: found.id, driveId: found.driveId, resourceKeys, url: found.url };
}

function addressOf(id: string, resourceKey: string | undefined): FolderAddress {
  return resourceKey === undefined ? { id } : { id, resourceKeys: `${id}/${resourceKey}` };
}

function noFolder({ name }: DriveFolder): AlbarettoError {
  return refused(`'${printable(name, 100)}' is a file and not a folder`, 'give the id of a folder');
}

function refused(message: string, hint: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_DESTINATION', message, hint, plugin: PLUGIN, reach: 'run' });
}
