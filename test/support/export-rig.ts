/** The command `export` over real folders, and what it wrote there. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import localFolders from '../../sources/local-filesystem/index.js';
import { asAlbarettoError, exitCodeOf } from '../../src/errors.js';
import type { PluginDescriptor } from '../../src/plugin.js';
import { exitCodeOfOutcome, parseCommandLine } from '../../src/shell/command.js';
import { exportCommand } from '../../src/shell/commands/export.js';
import { type ArchiveRig, openArchiveRig } from './archive-rig.js';

export type ManifestLine = Readonly<Record<string, unknown>>;

export interface ExportRig extends ArchiveRig {
  /** The exit code of the command. */
  exportExit(args: readonly string[], signal?: AbortSignal): Promise<number>;
  /** The same, of one folder with its manifest in it. */
  toManifest(folder: string, ...more: readonly string[]): Promise<number>;
  linesOf(manifest: string): ManifestLine[];
  namesIn(manifest: string): unknown[];
  failures(): (readonly [code: unknown, id: unknown, message: unknown])[];
  /** A file of another program's archive, with the folders above it. */
  write(path: string, content: Uint8Array | string): void;
  /** Names that no finished file has. */
  unfinished(folder: string): string[];
}

/** @param plugins Besides those of every archive: what reads the records of other programs. */
export async function openExportRig(plugins: readonly PluginDescriptor[] = [localFolders]): Promise<ExportRig> {
  const rig = await openArchiveRig({ plugins });
  const exportExit: ExportRig['exportExit'] = async (args, signal = new AbortController().signal) => {
    rig.events.length = 0;
    try {
      const { words, options } = parseCommandLine(exportCommand, args);
      return exitCodeOfOutcome(await exportCommand.run({ session: rig.session, words, options, signal }));
    } catch (thrown) {
      return exitCodeOf(asAlbarettoError(thrown, signal).code);
    }
  };
  const linesOf = (manifest: string) =>
    readFileSync(rig.path(manifest), 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ManifestLine);
  return {
    ...rig,
    // Asked for anew: the next session of the same person is another one.
    get session() {
      return rig.session;
    },
    exportExit,
    toManifest: (folder, ...more) => exportExit([folder, '--manifest', `${folder}/metadata.jsonl`, ...more]),
    linesOf,
    namesIn: (manifest) => linesOf(manifest).map(({ file_name }) => file_name),
    failures: () => rig.told('failed').map(({ code, id, message }) => [code, id, message] as const),
    write(path, content) {
      mkdirSync(dirname(rig.path(path)), { recursive: true });
      writeFileSync(rig.path(path), content);
    },
    unfinished: (folder) => readdirSync(rig.path(folder)).filter((name) => name.startsWith('.')),
  };
}
