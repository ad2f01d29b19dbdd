/** Albums of the fake, fetched by the source and saved by its layout into a folder in memory. */

import descriptor from '../../../sources/imgur/index.js';
import type { Item } from '../../../src/plugin.js';
import type { FakeAlbum } from '../../fakes/imgur/index.js';
import { type ImgurRig, type ImgurRigOptions, openImgurRig } from '../../support/imgur-rig.js';
import { MemoryArchive, type StoredItem } from './memory-archive.js';

export class SavedAlbums {
  readonly rig: ImgurRig;
  readonly archive: MemoryArchive;

  private constructor(rig: ImgurRig, archive: MemoryArchive) {
    this.rig = rig;
    this.archive = archive;
  }

  static async open(options: ImgurRigOptions = {}): Promise<SavedAlbums> {
    return new SavedAlbums(await openImgurRig(options), await MemoryArchive.open(descriptor.layout!));
  }

  async fetchBytes(item: Pick<Item, 'id' | 'taskId'>) {
    const { bytes, mediaType } = await this.rig.fetchBytes(item);
    return { bytes: bytes.inMemory!, mediaType };
  }

  /** Fetches and saves what a reference names; what cannot be fetched is left out. Answers how many were. */
  async save(reference: string, { whole = true } = {}): Promise<number> {
    let missing = 0;
    for (const { task, items } of await this.rig.list(reference)) {
      const stored: StoredItem[] = [];
      for (const item of items) {
        const fetched = await this.fetchBytes(item).catch(() => undefined);
        if (fetched === undefined) {
          missing += 1;
          continue;
        }
        const companions = [];
        for (const companion of item.companions ?? [])
          companions.push({ ...companion, ...(await this.fetchBytes(companion)) });
        stored.push({ item, ...fetched, companions });
      }
      this.archive.save(task.id, stored, whole && missing === 0);
    }
    return missing;
  }

  /** An album of three with descriptions, saved once. */
  async saveAlbum(): Promise<FakeAlbum> {
    const images = [
      { id: 'imageAA', description: 'first' },
      { id: '1234567' },
      { id: 'imageCC', description: 'third' },
    ];
    const album = this.rig.fake.addAlbum({ id: 'album01', title: 'T', created: 1_600_000_000, images });
    await this.save('album:album01');
    this.archive.written.length = 0;
    return album;
  }

  metadata(id: string): string | undefined {
    return this.archive.text(`${id}/metadata_${id}.json`);
  }

  script(id: string): string | undefined {
    return this.archive.text(`${id}/script_${id}.json`);
  }

  descriptions(id: string): string | undefined {
    return this.archive.text(`${id}/descriptions_${id}.json`);
  }
}
