/** Reads the records of one folder, whichever program wrote them; nothing but the last few shared ones is remembered. */

import { join } from 'node:path';
import { type AlbarettoError, printable } from '../../src/plugin.js';
import type { Disk } from './disk.js';
import { errnoOf, readFailure } from './failure.js';
import type { Folder } from './folders.js';
import { INFERENCE, imagesOf, METADATA, readMetadata } from './happy-accidents.js';
import { type Album, type AlbumPart, albumPartOf, lastObject, readAlbum, readMedia } from './imgur-archive.js';
import { stemOf } from './media-types.js';
import { Recent } from './recent.js';
import { RecordText } from './record-text.js';
import type { Recorded } from './recorded.js';
import { isOurs, readSidecar, type Sidecar } from './sidecar.js';

/** Where the record of a file is. */
export type RecordPlace =
  | { readonly kind: 'sidecar'; readonly name: string }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'album'; readonly album: string };

/** What is told about records on the way. */
export interface Listener {
  /** A folder or a record that is there and could not be read: the list is not whole. */
  problem(error: AlbarettoError): void;
  warn(text: string): void;
  debug(text: string): void;
}

/** No record is larger; a larger file is somebody else's and is not read. */
const LARGEST = 33_554_432;
/** Inferences and albums that are remembered: pictures of one lie side by side. */
const RECENT = 64;

export class FolderRecords {
  readonly folder: Folder;
  readonly #disk: Disk;
  readonly #listener: Listener;
  readonly #names: ReadonlySet<string>;
  /** The ids of the albums of which parts lie in the folder. */
  readonly albums: ReadonlySet<string>;
  readonly #orders = new Recent<readonly string[]>(RECENT);
  readonly #albums = new Recent<Album>(RECENT);
  /** Records that were told as damaged. */
  readonly #damaged = new Set<string>();

  constructor(folder: Folder, disk: Disk, listener: Listener) {
    this.folder = folder;
    this.#disk = disk;
    this.#listener = listener;
    this.#names = new Set(folder.files);
    this.albums = new Set(folder.files.flatMap((name) => albumPartOf(name)?.album ?? []));
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The files of a folder below, by name; none where it is not there. */
  async filesOf(name: string): Promise<readonly string[]> {
    const path = join(this.folder.path, name);
    try {
      const entries = await this.#disk.list(path);
      return entries.filter(({ kind }) => kind === 'file').map((entry) => entry.name);
    } catch (thrown) {
      // Whoever walks the folders comes by there as well, and tells it.
      this.#listener.debug(readFailure('listing', path, thrown).message);
      return [];
    }
  }

  /** The record of a file, read anew; `undefined` when it is gone or says nothing of that file any more. */
  async recordOf(name: string, place: RecordPlace): Promise<Recorded | undefined> {
    if (place.kind === 'metadata') return this.metadata(name);
    if (place.kind === 'album') return readMedia(stemOf(name), await this.album(place.album));
    const sidecar = await this.sidecar(place.name);
    return sidecar?.file === name ? sidecar : undefined;
  }

  /** A record of this program; `undefined` for any other JSON file. One that is damaged is warned of. */
  async sidecar(name: string): Promise<Sidecar | undefined> {
    const text = await this.text(name);
    const record = text === undefined ? undefined : RecordText.read(text);
    if (text === undefined || (record !== undefined && !isOurs(record))) return undefined;
    const sidecar = record === undefined ? undefined : readSidecar(record);
    // A half-written one is no JSON any more, but still begins like one of ours.
    if (sidecar === undefined && (record !== undefined || /^\s*\{\s*"albaretto"/u.test(text))) {
      this.#listener.warn(`${printable(name)} is damaged: what it tells of its picture is lost`);
    }
    return sidecar;
  }

  /** What the Happy Accidents downloader wrote beside a picture. */
  async metadata(name: string): Promise<Recorded | undefined> {
    const id = stemOf(name);
    const record = await this.json(`${id}${METADATA}`);
    return record === undefined ? undefined : readMetadata(id, record, (inference) => this.#orderOf(inference));
  }

  /** What Imgur-archive wrote of an album. */
  album(id: string): Promise<Album> {
    return this.#albums.get(id, async () => {
      const read = async (part: AlbumPart) => {
        const name = `${part}_${id}.json`;
        const text = await this.text(name);
        return text === undefined ? undefined : this.#read(name, lastObject(text));
      };
      const [metadata, script, descriptions] = [
        await read('metadata'),
        await read('script'),
        await read('descriptions'),
      ];
      return readAlbum(id, {
        ...(metadata === undefined ? {} : { metadata }),
        ...(script === undefined ? {} : { script }),
        ...(descriptions === undefined ? {} : { descriptions }),
      });
    });
  }

  /** A JSON file of the folder; `undefined` for what is none. */
  async json(name: string): Promise<RecordText | undefined> {
    const text = await this.text(name);
    return text === undefined ? undefined : this.#read(name, text);
  }

  /** What is called like a record and is none was left half written: what it told is told no more. */
  #read(name: string, text: string): RecordText | undefined {
    const record = RecordText.read(text);
    if (record === undefined && !this.#damaged.has(name)) {
      this.#damaged.add(name);
      this.#listener.warn(`${printable(join(this.folder.path, name))} is damaged: what it told is lost`);
    }
    return record;
  }

  /** A file of the folder, or of a folder below; `undefined` for one that is not there or cannot be a record. */
  async text(name: string): Promise<string | undefined> {
    const path = join(this.folder.path, name);
    try {
      return (await this.#disk.read(path, LARGEST))?.toString('utf8');
    } catch (thrown) {
      // It was taken away, or became a link, since the folder was listed.
      if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(thrown) ?? ''))
        this.#listener.problem(readFailure('reading', path, thrown));
      return undefined;
    }
  }

  #orderOf(inference: string): Promise<readonly string[]> {
    return this.#orders.get(inference, async () => {
      const name = `${inference}${INFERENCE}`;
      const record = this.has(name) ? await this.json(name) : undefined;
      return record === undefined ? [] : imagesOf(record);
    });
  }
}
