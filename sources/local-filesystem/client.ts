import {
  AlbarettoError,
  type ListOptions,
  printable,
  type Source,
  type SourceBody,
  type SourceContext,
  type Task,
} from '../../src/plugin.js';
import { throwIfAborted } from './abort.js';
import { type Disk, nodeDisk } from './disk.js';
import { notFound, PLUGIN, readFailure } from './failure.js';
import { itemsOf } from './items.js';
import { locationOf } from './location.js';
import { Places } from './places.js';
import { plainTaskId } from './plain-ids.js';
import { type SurveyedFolder, surveyedFolders } from './surveyed-folders.js';

const body: SourceBody = { create: (context) => createLocalFilesystem(context) };

export default body;

/** @param disk A test may let calls of it fail. */
export function createLocalFilesystem(context: SourceContext, disk: Disk = nodeDisk): Source {
  const places = new Places(context, disk);

  const toTask = async (folder: SurveyedFolder, signal: AbortSignal | undefined): Promise<Task> => {
    const { records, survey } = folder;
    const { task = { source: PLUGIN, id: plainTaskId(records.folder.path) }, entries } = survey;
    const isAlbum = task.source === 'imgur' && records.albums.has(task.id);
    const { title, createdAt, raw } = isAlbum ? await records.album(task.id) : {};
    return {
      ...task,
      count: entries.length,
      ...(title === undefined ? {} : { title }),
      ...(createdAt === undefined ? {} : { createdAt }),
      ...(raw === undefined ? {} : { raw }),
      items: itemsOf(folder, disk, (owner, place) => places.remember(owner, place), signal),
    };
  };

  return {
    /**
     * One task a folder that holds media. A folder or a record that cannot be read is warned of, and ends the listing once
     * everything else was listed: no script may take a part of an archive for the whole of it.
     */
    async *open(reference: string, { signal }: ListOptions) {
      throwIfAborted(signal);
      const root = await openRoot(context.resolvePath(reference), disk);
      places.opened(root);
      const problems: AlbarettoError[] = [];
      const onProblem = (error: AlbarettoError) => {
        problems.push(error);
        context.warn(error.message);
      };
      let isEmpty = true;
      for await (const folder of surveyedFolders(root, disk, context, onProblem, signal)) {
        if (folder.survey.entries.length === 0) continue;
        isEmpty = false;
        yield await toTask(folder, signal);
      }
      if (problems.length > 0) throw unread(root, problems);
      if (isEmpty)
        throw notFound(`there are no pictures, videos or sounds in ${printable(root)}`, 'name another folder');
    },

    async locate(item, { signal }) {
      throwIfAborted(signal);
      return locationOf(await places.of(item, signal), disk);
    },
  };
}

/** A link may lead to it, because the person named it. */
async function openRoot(path: string, disk: Disk): Promise<string> {
  try {
    const root = await disk.realpath(path);
    if ((await disk.lstat(root)).kind === 'folder') return root;
  } catch (thrown) {
    throw readFailure('opening', path, thrown);
  }
  throw notFound(`${printable(path)} is no folder`, 'name the folder that it lies in');
}

function unread(root: string, problems: readonly AlbarettoError[]): AlbarettoError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return first;
  return new AlbarettoError({
    code: 'E_UNAVAILABLE',
    message: `${problems.length} folders or records in ${printable(root)} could not be read; all others were listed`,
    hint: 'the warnings name them',
    plugin: PLUGIN,
    cause: first,
  });
}
