/** The entries of one folder of Drive, found by key, name and id without a walk through all of them. */

import type { DriveFile, DriveFolder } from './drive-file.js';

interface Known {
  readonly file: DriveFile;
  /** Undefined for what another program put there, or another Cloud project. */
  readonly key: string | undefined;
}

export class Entries {
  readonly #files = new Map<string, Known>();
  readonly #byKey = new Groups();
  readonly #byName = new Groups();
  readonly #folders = new Map<string, DriveFolder>();

  file(id: string): DriveFile | undefined {
    return this.#files.get(id)?.file;
  }

  withKey(key: string): readonly DriveFile[] {
    return this.#byKey.of(key);
  }

  withName(name: string): readonly DriveFile[] {
    return this.#byName.of(name);
  }

  /** Whether a file or a folder has exactly this name. */
  hasName(name: string): boolean {
    return this.#byName.has(name) || this.folders().some((folder) => folder.name === name);
  }

  folders(): readonly DriveFolder[] {
    return [...this.#folders.values()];
  }

  /** A file, in place of what was known of it. */
  add(file: DriveFile, key: string | undefined): void {
    this.remove(file.id);
    this.#files.set(file.id, { file, key });
    this.#byName.add(file.name, file);
    if (key !== undefined) this.#byKey.add(key, file);
  }

  addFolder(folder: DriveFolder): void {
    this.#folders.set(folder.id, folder);
  }

  remove(id: string): void {
    const known = this.#files.get(id);
    if (known === undefined) return;
    this.#files.delete(id);
    this.#byName.remove(known.file.name, id);
    if (known.key !== undefined) this.#byKey.remove(known.key, id);
  }
}

/** Files that have something in common, each once. */
class Groups {
  readonly #groups = new Map<string, Map<string, DriveFile>>();

  of(name: string): readonly DriveFile[] {
    return [...(this.#groups.get(name)?.values() ?? [])];
  }

  has(name: string): boolean {
    return this.#groups.has(name);
  }

  add(name: string, file: DriveFile): void {
    const group = this.#groups.get(name) ?? new Map<string, DriveFile>();
    this.#groups.set(name, group.set(file.id, file));
  }

  remove(name: string, id: string): void {
    const group = this.#groups.get(name);
    group?.delete(id);
    if (group?.size === 0) this.#groups.delete(name);
  }
}
