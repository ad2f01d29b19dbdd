/**
 * What a run knows of one folder. All stores of the folder share it, so that none of them makes what another one has made
 * or is just making.
 */

import type { DriveApi, FolderAddress } from './drive-api.js';
import { Listing } from './listing.js';
import { Names } from './names.js';
import { Reservations } from './reservations.js';
import { Turns } from './turns.js';

export interface FolderMemory {
  readonly listing: Listing;
  readonly reservations: Reservations;
  readonly names: Names;
  readonly turns: Turns;
  /** Keys of files for which Drive once reported other bytes than were sent. */
  readonly mismatched: Set<string>;
}

/** What a folder holds that is not there. */
const NOTHING: Pick<DriveApi, 'listFolder'> = {
  async *listFolder() {},
};

export class FolderMemories {
  readonly #byFolder = new Map<string, FolderMemory>();

  readonly #api: DriveApi;

  constructor(api: DriveApi) {
    this.#api = api;
  }

  /** For a store that is opened now: what is in the folder is looked up anew, because a person may have changed it. */
  opened(folder: FolderAddress): FolderMemory {
    const known = folder.isGone ? undefined : this.#byFolder.get(folder.id);
    if (known !== undefined) {
      known.listing.expire();
      return known;
    }
    const memory: FolderMemory = {
      listing: new Listing(folder.isGone ? NOTHING : this.#api, folder),
      reservations: new Reservations(this.#api),
      names: new Names(),
      turns: new Turns(),
      mismatched: new Set(),
    };
    if (!folder.isGone) this.#byFolder.set(folder.id, memory);
    return memory;
  }
}
