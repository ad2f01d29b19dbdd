/** Prompts beside their pictures, as trainers of models read them: `<stem of the picture>.txt`. */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNew } from '../archive/archive-writing.js';
import { AlbarettoError } from '../errors.js';
import { printable } from '../printable.js';

const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What stands under a caption's name. */
type Standing = 'nothing' | 'the same' | 'something else';

/** The captions of one folder. */
export class FolderCaptions {
  readonly #folder: string;
  readonly #dryRun: boolean;
  /** What this run has written or found, because two pictures may have one stem. */
  readonly #claimed = new Map<string, string>();

  constructor(folder: string, dryRun: boolean) {
    this.#folder = folder;
    this.#dryRun = dryRun;
  }

  /**
   * Writes a prompt beside its picture. The same text is left as it is, and so is everything else that has the name.
   *
   * @returns Whether it was written, or would be.
   * @throws E_DESTINATION for a name that something else has; it reaches this caption alone. What writing throws.
   */
  async write(picture: string, prompt: string): Promise<boolean> {
    const name = `${stemOf(picture)}.txt`;
    const claimed = this.#claimed.get(name);
    if (claimed === prompt) return false;
    if (claimed !== undefined) throw taken(join(this.#folder, name));
    this.#claimed.set(name, prompt);
    const path = join(this.#folder, name);
    const standing = await lookAt(path, prompt);
    if (standing === 'something else') throw taken(path);
    if (standing === 'the same') return false;
    if (!this.#dryRun && !(await writeNew(path, prompt))) throw taken(path);
    return true;
  }
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** An end of line that an editor has put behind it changes nothing. */
async function lookAt(path: string, prompt: string): Promise<Standing> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, READ);
    const status = await handle.stat();
    const expected = Buffer.from(prompt, 'utf8');
    if (!status.isFile() || status.size < expected.length || status.size > expected.length + 2) return 'something else';
    const text = await handle.readFile();
    const rest = text.subarray(expected.length).toString('latin1');
    return text.subarray(0, expected.length).equals(expected) && /^\r?\n?$/u.test(rest) ? 'the same' : 'something else';
  } catch (thrown) {
    return (thrown as { code?: unknown }).code === 'ENOENT' ? 'nothing' : 'something else';
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

function taken(path: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `${printable(path)} is something else than the prompt`,
    hint: 'it is left as it is; move it away for a caption',
  });
}
