import type { FolderAddress, Signal } from './drive-api.js';
import { markOf } from './drive-file.js';
import type { Entries } from './entries.js';
import type { FolderMemories, FolderMemory } from './folder-memory.js';

/** The folders below one, as far as somebody asks for them: each is listed once, and never one that nobody asks for. */
export class FoldersBelow {
  readonly #memories: FolderMemories;
  readonly #root: FolderMemory;
  /** By id. */
  readonly #opened = new Map<string, FolderMemory>();

  constructor(memories: FolderMemories, root: FolderMemory) {
    this.#memories = memories;
    this.#root = root;
  }

  /**
   * What lies in the folder with this path. Drive may have several of one name: then there are several answers. One that
   * the program made and a person has renamed since is still found under the name that it was made with.
   */
  async at(path: readonly string[], signal: Signal): Promise<readonly Entries[]> {
    let memories = [this.#root];
    for (const name of path) {
      const above = await Promise.all(memories.map(({ listing }) => listing.entries(signal)));
      const mark = markOf(name);
      const meant = above
        .flatMap((entries) => entries.folders())
        .filter((one) => one.name === name || one.mark === mark);
      memories = meant.map((folder) => this.#open(folder));
    }
    return Promise.all(memories.map(({ listing }) => listing.entries(signal)));
  }

  #open(folder: FolderAddress): FolderMemory {
    const memory = this.#opened.get(folder.id) ?? this.#memories.opened(folder);
    this.#opened.set(folder.id, memory);
    return memory;
  }
}
