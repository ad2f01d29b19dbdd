/** The files of outputs as they are listed, and where they are: their links are at hand when they are asked for. */

import { printable, type SourceContext } from '../../src/plugin.js';
import type { PredictionAnswer } from './answers.js';
import { itemId } from './items.js';
import { Links } from './links.js';
import { filesIn, type IsFileHost, type OutputFile } from './outputs.js';

/** So many foreign hosts are told in a session: a model may write as many links as it likes. */
const MOST_TOLD = 20;

export class KnownFiles {
  readonly #links = new Links();
  readonly #told = new Set<string>();

  constructor(
    private readonly context: SourceContext,
    private readonly isFileHost: IsFileHost,
  ) {}

  /** A link, or a `data:` URI, of an item that was listed not long ago. */
  uriOf(id: string): string | undefined {
    return this.#links.get(id);
  }

  /** The files of an output. Links that are no files are told, once a host. @throws E_BAD_ANSWER */
  of(prediction: PredictionAnswer): readonly OutputFile[] {
    const { files, elsewhere } = filesIn(prediction.output, this.isFileHost);
    for (const [position, { uri }] of files.entries()) this.#links.set(itemId(prediction.id, position + 1), uri);
    for (const host of elsewhere) this.#tell(host);
    return files;
  }

  #tell(host: string): void {
    if (this.#told.has(host) || this.#told.size === MOST_TOLD) return;
    this.#told.add(host);
    const name = printable(host, 100);
    this.context.warn(
      `outputs link to ${name}, which is no host of Replicate's: --file-hosts ${name} fetches from there`,
    );
  }
}
