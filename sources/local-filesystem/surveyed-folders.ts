import { type AlbarettoError, printable, type SourceContext } from '../../src/plugin.js';
import type { Disk } from './disk.js';
import { FolderRecords, type Listener } from './folder-records.js';
import { walkFolders } from './folders.js';
import { PlainIds } from './plain-ids.js';
import { type Survey, surveyFolder } from './survey.js';

/** A folder that was looked through. */
export interface SurveyedFolder {
  readonly records: FolderRecords;
  readonly survey: Survey;
  readonly listener: Listener;
}

/**
 * Every folder from `root` on that could be read, one after the other: none is looked through before it is asked for.
 *
 * @param root A path without links.
 * @param onProblem Told of folders and records that are there and cannot be read.
 * @throws E_INTERRUPTED
 */
export async function* surveyedFolders(
  root: string,
  disk: Disk,
  context: Pick<SourceContext, 'warn' | 'debug' | 'progress'>,
  onProblem: (error: AlbarettoError) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<SurveyedFolder> {
  const listener: Listener = {
    problem: onProblem,
    warn: (text) => context.warn(text),
    debug: (text) => context.debug(text),
  };
  const ids = new PlainIds();
  for await (const folder of walkFolders(root, disk, onProblem, signal)) {
    if (folder.files.length > 0) context.progress(`looking through ${printable(folder.path)}`);
    const records = new FolderRecords(folder, disk, listener);
    const survey = await surveyFolder(records, ids, signal);
    tell(records, survey, listener);
    yield { records, survey, listener };
  }
}

/** What is passed over, and what a record speaks of without its being there. */
function tell({ folder }: FolderRecords, { missing, others }: Survey, { warn, debug }: Listener): void {
  const path = printable(folder.path);
  if (missing.length > 0) warn(`${path}: records of what is not there: ${listed(missing)}`);
  if (others.length > 0) debug(`passed over in ${path}, no media: ${listed(others)}`);
  if (folder.strange.length > 0) debug(`passed over in ${path}, no files: ${listed(folder.strange)}`);
}

/** More names than these are only counted. */
const MOST_NAMED = 20;

function listed(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).map((name) => printable(name, 80));
  return names.length <= MOST_NAMED ? named.join(', ') : `${named.join(', ')} and ${names.length - MOST_NAMED} more`;
}
