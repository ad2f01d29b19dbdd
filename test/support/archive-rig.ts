/** A session that saves a service in memory to real folders, and records it in a real catalog. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import localFilesystem from '../../sinks/local-filesystem/index.js';
import demo from '../../sources/demo/index.js';
import { CATALOG_NAME, type FileFilter, type SavedFile } from '../../src/archive/catalog/catalog.js';
import { Session } from '../../src/session.js';
import { type LineResult, runLine } from '../../src/shell/interpreter.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from './shell-rig.js';

export interface ArchiveRig extends ShellRig {
  /** A path in the folder that relative paths begin in. */
  path(...parts: string[]): string;
  /** The names of a folder's files, in order. */
  names(folder: string): string[];
  /** Changes one bit of a file, and not its size. */
  damage(...parts: string[]): void;
  remove(...parts: string[]): void;
  /** The rows of the catalog that fit, oldest first. */
  rows(filter?: FileFilter): Promise<SavedFile[]>;
  /** `name state`, for each of them. */
  states(filter?: FileFilter): Promise<string[]>;
  /** The next session of the same person: an empty buffer, the same catalog. */
  nextSession(): Promise<void>;
  loseCatalog(): Promise<void>;
  /** What happened since it was asked last; the events of earlier lines are gone. */
  fresh(line: string, signal?: AbortSignal): Promise<LineResult>;
}

export async function openArchiveRig(options: ShellRigOptions = {}): Promise<ArchiveRig> {
  const plugins = [localFilesystem, demo, ...(options.plugins ?? [])];
  const rig = await openShellRig({ sink: 'local-filesystem', ...options, plugins });
  const base = dirname(rig.folder);
  const path = (...parts: string[]) => join(base, ...parts);
  let session = rig.session;
  const rows = async (filter: FileFilter = {}) => {
    const found: SavedFile[] = [];
    for await (const file of (await session.catalog()).search(filter, { order: 'oldest' })) found.push(file);
    return found;
  };
  const nextSession = async () => {
    await session.close();
    session = new Session(session.runtime, session.started);
  };
  const run = (line: string, signal = new AbortController().signal) => runLine(line, session, signal);
  return {
    ...rig,
    get session() {
      return session;
    },
    run,
    buffered: () => session.buffer.all().map(({ item }) => item.id),
    path,
    names: (folder) => readdirSync(path(folder)).sort(),
    damage(...parts) {
      const bytes = readFileSync(path(...parts));
      bytes[bytes.length - 9]! ^= 1;
      writeFileSync(path(...parts), bytes);
    },
    remove: (...parts) => rmSync(path(...parts)),
    rows,
    states: async (filter) => (await rows(filter)).map(({ name, state }) => `${name} ${state}`).sort(),
    nextSession,
    async loseCatalog() {
      await nextSession();
      rmSync(join(rig.folder, CATALOG_NAME));
    },
    fresh(line, signal) {
      rig.events.length = 0;
      return run(line, signal);
    },
    async close() {
      await session.close();
      await rig.close();
    },
  };
}
