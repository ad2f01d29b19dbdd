/** An archive as a manifest for data set tools: a line an item, and captions beside the pictures where they are wanted. */

import { constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pMapIterable } from 'p-map';
import { type ArchiveEntry, type ArchiveFolder, archiveFolders, isFolder } from '../archive/archive-folders.js';
import { checkSize, readMedia } from '../archive/archive-media.js';
import { type DatasetRecord, readDatasetRecord, type SidecarRecord } from '../archive/archive-records.js';
import { AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import { printable } from '../printable.js';
import type { Invocation } from './command.js';
import { FolderCaptions } from './export-captions.js';
import { type ForeignFile, foreignFiles } from './export-foreign.js';
import { exportLine, type LineFile } from './export-line.js';

export interface ExportOptions {
  /** The archive; a path without links. */
  readonly root: string;
  /** The folder that file names begin in; a path without links. */
  readonly from: string;
  readonly captions: boolean;
  /** Look, and write no captions. */
  readonly dryRun: boolean;
}

/** Items that are looked at side by side, and those whose bytes must be read. */
const AT_ONCE = 8;
const READ_AT_ONCE = 4;

/** One item that is there, with what its line needs. */
interface Exported {
  readonly name: string;
  readonly file: LineFile;
  readonly record: DatasetRecord | undefined;
}

/** One that is left out. */
interface LeftOut {
  readonly error: AlbarettoError;
  /** Where it is known which item it is. */
  readonly record: DatasetRecord | undefined;
}

/** Walks an archive once; counts what it finds. */
export class Exporter {
  items = 0;
  captions = 0;
  /** What was left out, and why; told already. */
  readonly failures: AlbarettoError[] = [];
  readonly #options: ExportOptions;
  readonly #context: Pick<Invocation, 'session' | 'signal'>;

  constructor(options: ExportOptions, context: Pick<Invocation, 'session' | 'signal'>) {
    this.#options = options;
    this.#context = context;
  }

  /**
   * The lines, by folder, then by index, then by name; those of files without a sidecar come last in their folder.
   * @throws E_INTERRUPTED, and what writing captions throws that reaches further than one of them.
   */
  async *lines(): AsyncGenerator<string> {
    for await (const found of archiveFolders(this.#options.root, this.#context.signal)) {
      if (isFolder(found)) yield* this.#linesOf(found);
      else this.#fail(found);
    }
  }

  async *#linesOf({ path, entries, others }: ArchiveFolder): AsyncGenerator<string> {
    const { captions, dryRun, from } = this.#options;
    const texts = captions ? new FolderCaptions(path, dryRun) : undefined;
    const own = pMapIterable(entries, (entry) => this.#own(path, entry), { concurrency: AT_ONCE });
    const foreign = pMapIterable(foreignFiles(path, others, this.#context), (file) => this.#foreign(path, file), {
      concurrency: READ_AT_ONCE,
    });
    for (const part of [own, foreign]) {
      // Captions are begun in the order of the items: of two pictures with one stem the first one has it.
      const captioned = pMapIterable(part, (looked) => this.#captioned(looked, texts), { concurrency: AT_ONCE });
      for await (const { looked, caption } of captioned) {
        if ('error' in looked) {
          this.#fail(looked.error, looked.record);
          continue;
        }
        const { name, file, record } = looked;
        yield exportLine(relative(from, join(path, name)).split(sep).join('/'), file, record);
        this.#count();
        if (caption instanceof AlbarettoError) this.#fail(caption, record);
        else if (caption) this.captions += 1;
      }
    }
  }

  #count(): void {
    this.items += 1;
    if (this.items % 100 === 0) this.#context.session.runtime.reporter.busy(`Exporting: ${this.items} items`);
  }

  /** An item of this program: what its sidecar says of it, which is read again now that its turn has come. */
  async #own(folder: string, { file: name, sidecar }: ArchiveEntry): Promise<Exported | LeftOut> {
    let record: SidecarRecord | undefined;
    try {
      this.#throwIfAborted();
      record = readDatasetRecord(await textOf(join(folder, sidecar)));
      if (record?.file.name !== name) throw changed(join(folder, sidecar));
      await checkSize(join(folder, name), record.file.size);
      return { name, file: record.file, record };
    } catch (thrown) {
      return { error: this.#ofItem(thrown), record };
    }
  }

  async #foreign(folder: string, { name, record }: ForeignFile): Promise<Exported | LeftOut> {
    try {
      this.#throwIfAborted();
      return { name, file: await readMedia(join(folder, name), this.#context.signal), record };
    } catch (thrown) {
      return { error: this.#ofItem(thrown), record };
    }
  }

  /** Whether a caption was written, or why it could not be: that costs its item no line. */
  async #captioned(
    looked: Exported | LeftOut,
    texts: FolderCaptions | undefined,
  ): Promise<{ readonly looked: Exported | LeftOut; readonly caption: boolean | AlbarettoError }> {
    const prompt = looked.record?.prompt ?? '';
    if (texts === undefined || 'error' in looked || prompt === '') return { looked, caption: false };
    try {
      return { looked, caption: await texts.write(looked.name, prompt) };
    } catch (thrown) {
      return { looked, caption: this.#ofItem(thrown) };
    }
  }

  /** The failure of one item. @throws one that reaches further. */
  #ofItem(thrown: unknown): AlbarettoError {
    const error = asAlbarettoError(thrown, this.#context.signal);
    if (error.reach !== 'item') throw error;
    return error;
  }

  #throwIfAborted(): void {
    const { signal } = this.#context;
    if (signal.aborted) throw interrupted(signal.reason);
  }

  #fail(error: AlbarettoError, record?: DatasetRecord): void {
    this.failures.push(error);
    const { code, retryable } = error;
    const facts =
      record === undefined ? {} : { source: record.source, task: record.task, id: record.id, index: record.index };
    const { reporter } = this.#context.session.runtime;
    reporter.emit({ event: 'failed', stage: 'verify', ...facts, code, message: error.describe(), retryable });
  }
}

const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', flag: READ });
  } catch (thrown) {
    throw changed(path, thrown);
  }
}

function changed(path: string, cause?: unknown): AlbarettoError {
  return new AlbarettoError({
    code: 'E_NOT_FOUND',
    message: `the record ${printable(path)} is gone, or speaks of something else now`,
    hint: 'export again',
    cause,
  });
}
