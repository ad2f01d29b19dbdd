/** Where the files of items are: remembered while an item is on its way, and looked for by its ids otherwise. */

import type { Located, SourceContext } from '../../src/plugin.js';
import type { Disk } from './disk.js';
import { notFound } from './failure.js';
import type { Place } from './location.js';
import { plainTaskId } from './plain-ids.js';
import { type SurveyedFolder, surveyedFolders } from './surveyed-folders.js';

/** Folders that are remembered, to look into them. */
const MOST_ROOTS = 16;

type Quiet = Pick<SourceContext, 'warn' | 'debug' | 'progress'>;

export class Places {
  readonly #context: SourceContext;
  readonly #disk: Disk;
  /** By an item's raw record, which goes along wherever the item is copied, and by a companion itself. */
  readonly #known = new WeakMap<object, Place>();
  /** The last one first. */
  #roots: readonly string[] = [];

  constructor(context: SourceContext, disk: Disk) {
    this.#context = context;
    this.#disk = disk;
  }

  /** A folder that was opened. */
  opened(root: string): void {
    this.#roots = [root, ...this.#roots.filter((known) => known !== root)].slice(0, MOST_ROOTS);
  }

  remember(owner: object, place: Place): void {
    this.#known.set(owner, place);
  }

  /**
   * By its ids alone it is looked for in the folders that were opened, and where it was written down by an earlier run: in
   * a folder of its task's name in the current folder. That costs a look through these folders.
   *
   * @throws E_NOT_FOUND
   */
  async of(item: Located, signal: AbortSignal | undefined): Promise<Place> {
    const known = this.#known.get(item.raw ?? item);
    if (known !== undefined) return known;
    for (const root of this.#roots) {
      for await (const folder of this.#look(root, signal)) {
        const found = await placeIn(folder, item);
        if (found !== undefined) return found;
      }
    }
    for (const root of await this.#foldersOfTask(item.taskId)) {
      for await (const folder of this.#look(root, signal)) {
        const found = await placeIn(folder, item);
        if (found !== undefined) return found;
        break;
      }
    }
    throw notFound(`${item.id} is in no folder that was opened`, 'fetch its folder again');
  }

  #look(root: string, signal: AbortSignal | undefined): AsyncIterable<SurveyedFolder> {
    const { debug } = this.#context;
    const quiet: Quiet = { warn: debug, debug: () => undefined, progress: (text) => this.#context.progress(text) };
    return surveyedFolders(root, this.#disk, quiet, (error) => debug(error.message), signal);
  }

  /** The current folder, or one in it, where it has the task's name. */
  async #foldersOfTask(taskId: string): Promise<readonly string[]> {
    const roots: string[] = [];
    for (const typed of [`./${taskId}`, '.']) {
      const path = await this.#disk.realpath(this.#context.resolvePath(typed)).catch(() => undefined);
      if (path !== undefined && plainTaskId(path) === taskId) roots.push(path);
    }
    return roots;
  }
}

async function placeIn({ records, survey }: SurveyedFolder, item: Located): Promise<Place | undefined> {
  const folder = records.folder.path;
  for (const { name, source, taskId, id, place, hasCompanions } of survey.entries) {
    if (taskId !== item.taskId || (item.source !== undefined && source !== item.source)) continue;
    if (id === item.id) return { folder, name };
    if (hasCompanions !== true || place === undefined) continue;
    const declared = (await records.recordOf(name, place))?.companions.find((companion) => companion.id === item.id);
    if (declared !== undefined) return { folder, name: declared.name, declared };
  }
  return undefined;
}
