import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { writeReplacing } from '../../archive/archive-writing.js';
import { AlbarettoError, usageError } from '../../errors.js';
import { printable } from '../../printable.js';
import { type Command, flag, type Invocation, type Outcome, textOption } from '../command.js';
import { Exporter } from '../exporter.js';

export const exportCommand: Command = {
  name: 'export',
  summary: 'write a manifest of an archive for data set tools',
  usage: '<folder> --manifest <file.jsonl> [--captions]',
  options: {
    manifest: {
      type: 'string',
      value: '<file.jsonl>',
      description: 'where the manifest goes: <folder>/metadata.jsonl is what Hugging Face’s imagefolder reads',
      completes: 'path',
    },
    captions: { type: 'boolean', description: 'write each prompt beside its picture, as <name>.txt' },
    'dry-run': { type: 'boolean', description: 'say what would be written, and write nothing' },
  },
  words: ['path'],
  details: [
    'One JSON line an item: file_name, sha256, size, width, height, media_type, source, task, id, index, title, prompt,',
    'negative_prompt, model, seed, created_at, and text, which is the prompt. What is not known is left out.',
    'Files that are missing, or have another size than their record says, are named and left out; the exit code is 1 then.',
    'A caption is never written over anything else. Archives of Imgur-archive and of the Happy Accidents downloader work too.',
  ],
  async run(invocation) {
    const { session, signal, options } = invocation;
    const places = await placesOf(invocation);
    const dryRun = flag(options, 'dry-run');
    const captions = flag(options, 'captions');
    const { reporter } = session.runtime;
    if (places.leadsOut) {
      const text = `${printable(places.manifest)} is not in a folder above the pictures: loaders that look for them below it find none`;
      reporter.emit({ event: 'warning', text });
    }
    const exporter = new Exporter({ root: places.root, from: places.from, captions, dryRun }, { session, signal });
    try {
      if (dryRun) for await (const _line of exporter.lines());
      else await writeReplacing(places.manifest, exporter.lines());
    } finally {
      reporter.idle();
    }
    const { items, failures } = exporter;
    const written = [count(items, 'item'), ...(captions ? [count(exporter.captions, 'caption')] : [])].join(' and ');
    reporter.emit({
      event: 'text',
      text: `${dryRun ? 'Would write' : 'Wrote'} ${written}: ${printable(places.manifest)}`,
    });
    return { succeeded: items, failures } satisfies Outcome;
  },
};

interface Places {
  /** Without links. */
  readonly root: string;
  readonly manifest: string;
  /** The manifest's folder. */
  readonly from: string;
  /** Whether pictures lie outside of the manifest's folder. */
  readonly leadsOut: boolean;
}

/** @throws E_USAGE, E_DESTINATION; nothing has been written then. */
async function placesOf({ session, words, options }: Invocation): Promise<Places> {
  const [word] = words;
  const typed = textOption(options, 'manifest');
  const usage = `usage: export ${exportCommand.usage}`;
  if (word === undefined || words.length > 1) throw usageError('export takes one folder', usage);
  if (typed === undefined) throw usageError('export needs --manifest', usage);
  // Nothing else is ever replaced by it: a picture that is named by mistake stays.
  if (!/\.jsonl$/iu.test(typed)) throw usageError('a manifest is called <name>.jsonl', usage);
  const { resolvePath } = session.runtime;
  const root = await folderAt(resolvePath(word), 'export takes a folder that is there');
  const path = resolvePath(typed);
  const from = await folderAt(dirname(path), 'make the folder of the manifest first');
  const way = relative(from, root);
  if (isAbsolute(way)) throw usageError('the manifest is on another drive than the pictures', 'write it to theirs');
  const manifest = join(from, basename(path));
  const standing = await lstat(manifest).catch(() => undefined);
  if (standing !== undefined && !standing.isFile()) throw refused(manifest, 'it is no file', 'name another one');
  return { root, manifest, from, leadsOut: way === '..' || way.startsWith(`..${sep}`) };
}

async function folderAt(path: string, hint: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await lstat(real)).isDirectory()) return real;
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw refused(path, typeof code === 'string' ? code : 'unknown error', hint, cause);
  }
  throw refused(path, 'it is no folder', hint);
}

function refused(path: string, reason: string, hint: string, cause?: unknown): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `${printable(path)} cannot be used (${reason})`,
    hint,
    reach: 'run',
    cause,
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
