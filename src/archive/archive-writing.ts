/**
 * Files that are written into an archive for other programs: whole under their final name, or not at all. Until then such
 * a file has a name that is hidden and nobody takes for a finished one; saving to that folder tidies up what a killed
 * program left under it.
 */

import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AlbarettoError } from '../errors.js';
import { printable } from '../printable.js';
import { ownIdentity } from '../process-identity.js';

/** How much text waits before it is written. */
const CHUNK = 262_144;

/**
 * Writes a file of any length, part by part; what had its name is replaced once all of it is on the disk.
 * @throws E_DESTINATION, E_NO_SPACE, and what `parts` throws; nothing has changed then.
 */
export async function writeReplacing(path: string, parts: AsyncIterable<string>): Promise<void> {
  await writeAs(path, parts, (temporary) => rename(temporary, path));
}

/**
 * Writes a file where nothing has its name. Answers whether nothing had: what stands there is never changed.
 * @throws E_DESTINATION, E_NO_SPACE; nothing has changed then.
 */
export async function writeNew(path: string, text: string): Promise<boolean> {
  let isNew = true;
  await writeAs(path, [text], async (temporary) => {
    try {
      await link(temporary, path);
    } catch (thrown) {
      if (codeOf(thrown) === 'EEXIST') isNew = false;
      // A file system without hard links (FAT, some network shares): looked at and then renamed to.
      else if (!NO_LINKS.has(codeOf(thrown))) throw thrown;
      else if (await lstat(path).catch(() => undefined)) isNew = false;
      else return rename(temporary, path);
    }
    await unlink(temporary);
  });
  return isNew;
}

/** Nothing is left under the temporary name, however it ends. */
async function writeAs(
  path: string,
  parts: AsyncIterable<string> | Iterable<string>,
  name: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), await temporaryName());
  const file = await told(path, () => open(temporary, 'wx'));
  try {
    await fill(file, path, parts);
    await told(path, async () => {
      await file.datasync();
      await file.close();
      await name(temporary);
    });
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw thrown;
  }
}

async function fill(file: FileHandle, path: string, parts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  let waiting = '';
  const flush = async () => {
    const text = waiting;
    waiting = '';
    await told(path, () => file.writeFile(text, 'utf8'));
  };
  for await (const part of parts) {
    waiting += part;
    if (waiting.length >= CHUNK) await flush();
  }
  await flush();
}

/** link(2): what a file system answers that has none. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'EMLINK',
  'EXDEV',
]);

let number = randomBytes(4).readUInt32BE();

/** The form that the local sink gives its own: always 51 bytes, and it says which process it belongs to. */
async function temporaryName(): Promise<string> {
  const { host, pid, start } = await ownIdentity();
  number = (number + 1) >>> 0;
  return `.albaretto-${host}-${hex(pid)}-${start}-${hex(number)}.part`;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const code = codeOf(thrown);
    throw new AlbarettoError({
      code: FULL.has(code) ? 'E_NO_SPACE' : 'E_DESTINATION',
      message: `${printable(basename(path))} cannot be written in ${printable(dirname(path))} (${code})`,
      hint: FULL.has(code) ? 'make room on the disk' : 'name a file in a folder that is there and may be written to',
      reach: 'run',
      cause: thrown,
    });
  }
}

function codeOf(thrown: unknown): string {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown error';
}
