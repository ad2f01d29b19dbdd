import type { FileFilter, FileState, SavedFile } from '../../archive/catalog/catalog.js';
import { interrupted, usageError } from '../../errors.js';
import { parseMoment } from '../../moments.js';
import type { ReportEvent } from '../../report/events.js';
import { type Command, type CommandOption, DONE, type Invocation, textOption } from '../command.js';
import { readLimit } from '../limits.js';
import { show } from '../show.js';

const STATES: readonly FileState[] = ['saved', 'missing', 'damaged', 'deleted', 'gone'];

const OPTIONS: Readonly<Record<string, CommandOption>> = {
  source: { type: 'string', value: '<name>', description: 'only what came from this source', completes: 'source' },
  sink: { type: 'string', value: '<name>', description: 'only what went to this sink', completes: 'sink' },
  since: { type: 'string', value: '<when>', description: 'saved on this day or later, or so long ago: 2024-05-01, 2d' },
  until: { type: 'string', value: '<when>', description: 'saved on this day or before' },
  state: { type: 'string', value: '<state>', description: `only these files: ${STATES.join(', ')}`, completes: STATES },
  limit: { type: 'string', value: '<n>', description: 'at most so many' },
  json: { type: 'boolean', description: 'one JSON object a line' },
};

export const historyCommand: Command = {
  name: 'history',
  summary: 'show what was saved, newest first',
  usage: '[<word of the prompt>…] [--source <name>] [--sink <name>] [--since <when>] [--until <when>]',
  options: OPTIONS,
  details: [
    'Each word must begin a word of the prompt or the title; case, accents and order do not matter.',
    'Each line says when, which item, under which name, where, and its prompt.',
    'With --state missing, damaged or gone the sidecars are listed too; otherwise the pictures alone.',
  ],
  async run(invocation) {
    const { session, signal, options } = invocation;
    const filter = filterOf(invocation);
    const limit = readLimit(options);
    const catalog = await session.catalog();
    let shown = 0;
    for await (const file of catalog.search(filter, limit === undefined ? {} : { limit })) {
      if (signal.aborted) throw interrupted(signal.reason);
      show(recordOf(file), invocation);
      shown += 1;
    }
    if (shown === 0) session.runtime.reporter.emit({ event: 'notice', text: 'nothing that was saved fits' });
    return DONE;
  },
};

/** @throws E_USAGE */
function filterOf({ session, words, options }: Invocation): FileFilter {
  const { registry, now } = session.runtime;
  const [source, sink, state] = ['source', 'sink', 'state'].map((name) => textOption(options, name));
  const moment = (option: 'since' | 'until') => {
    const text = textOption(options, option);
    return text === undefined
      ? undefined
      : parseMoment(text, `--${option}`, option === 'since' ? 'start' : 'end', now());
  };
  const known = STATES.find((candidate) => candidate === state);
  if (state !== undefined && known === undefined) throw usageError(`--state is one of ${STATES.join(', ')}`);
  return {
    text: words.length === 0 ? undefined : words.join(' '),
    source: source === undefined ? undefined : registry.source(source).name,
    sink: sink === undefined ? undefined : registry.sink(sink).name,
    state: known,
    // A sidecar is of interest only when something is wrong with it.
    role: known === undefined || known === 'saved' || known === 'deleted' ? 'media' : undefined,
    since: moment('since'),
    until: moment('until'),
  };
}

type RecordEvent = Extract<ReportEvent, { event: 'record' }>;

function recordOf(file: SavedFile): RecordEvent {
  const { source, task, index, role, name, state, sink, destination, location, size, mediaType, sha256 } = file;
  return {
    event: 'record',
    source,
    task,
    id: file.item,
    index,
    role,
    name,
    state,
    sink,
    destination,
    location,
    size,
    mediaType,
    sha256,
    prompt: file.prompt,
    title: file.title,
    createdAt: file.itemCreatedAt?.toISOString(),
    savedAt: file.savedAt.toISOString(),
    checkedAt: file.checkedAt.toISOString(),
  };
}
