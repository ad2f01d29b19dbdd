import type { Disk } from './disk.js';
import { syncFolder } from './folders.js';

/** Syncs one folder for several writers: those who come while a sync is under way share the next one. */
export class FolderSync {
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(
    readonly disk: Disk,
    readonly path: string,
  ) {}

  /** Resolves when all that was done to the folder before this call is on the storage device. */
  now(): Promise<void> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<void> {
    // Its failure belongs to those who wait for it.
    await this.#running.catch(() => {});
    this.#next = undefined;
    this.#running = syncFolder(this.disk, this.path);
    return this.#running;
  }
}
