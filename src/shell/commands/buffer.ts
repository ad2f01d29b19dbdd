import { usageError } from '../../errors.js';
import { formatSize } from '../../report/size.js';
import type { Fetched } from '../../transfer/fetch.js';
import { type Command, DONE, type Invocation, textOption } from '../command.js';
import { factsOf } from '../fetch-report.js';
import { FILTER_OPTIONS, itemFilter } from '../item-filter.js';
import { readLimit } from '../limits.js';
import { show } from '../show.js';

export const listCommand: Command = {
  name: 'list',
  summary: 'show what is in the buffer, or what a service still has',
  usage: '[--remote <source>] [--limit <n>] [--json]',
  options: {
    json: { type: 'boolean', description: 'one JSON object a line' },
    remote: {
      type: 'string',
      value: '<source>',
      description: 'what the service still has, how long, and whether it is saved already',
      completes: 'source',
    },
    limit: { type: 'string', value: '<n>', description: 'at most so many items' },
    ...FILTER_OPTIONS,
  },
  async run(invocation) {
    const { session, words, options } = invocation;
    const remote = textOption(options, 'remote');
    if (remote !== undefined) {
      const { listRemote } = await import('../remote-list.js');
      return listRemote(remote, invocation);
    }
    if (words.length > 0) throw usageError('list takes no words');
    const { reporter, now } = session.runtime;
    const filter = itemFilter(options, now);
    const limit = readLimit(options);
    const all = session.buffer.all().map((fetched, position) => ({ fetched, number: position + 1 }));
    const wanted = all
      .filter(({ fetched: { item, bytes, mediaType } }) => filter.wants({ ...item, mediaType, size: bytes.size }))
      .slice(0, limit);
    for (const { fetched, number } of wanted) show(eventOf(fetched, number), invocation);
    if (all.length === 0) reporter.emit({ event: 'notice', text: 'the buffer is empty' });
    else if (wanted.length < all.length)
      reporter.emit({ event: 'notice', text: `${wanted.length} of ${all.length} items of the buffer are shown` });
    return DONE;
  },
};

function eventOf({ item, bytes, mediaType }: Fetched, number: number) {
  return {
    event: 'item',
    ...factsOf(item),
    number,
    size: bytes.size,
    mediaType,
    prompt: item.generation.prompt,
    createdAt: item.createdAt?.toISOString(),
  } as const;
}

export const dropCommand: Command = {
  name: 'drop',
  summary: 'take items out of the buffer without saving them',
  usage: '<item…>',
  options: {},
  words: ['item'],
  details: ['Items are numbers, ranges of numbers (2-4) or ids as list shows them.'],
  async run({ session, words }) {
    if (words.length === 0)
      throw usageError('drop needs an item', "'list' shows their numbers; 'clear' drops them all");
    for (const fetched of session.buffer.select(words)) await session.letGo(fetched);
    return left(session);
  },
};

export const clearCommand: Command = {
  name: 'clear',
  summary: 'empty the buffer',
  usage: '',
  options: {},
  async run({ session, words }) {
    if (words.length > 0) throw usageError('clear takes no words', "'drop' takes single items out");
    for (const fetched of session.buffer.all()) await session.letGo(fetched);
    return left(session);
  },
};

function left(session: Invocation['session']) {
  const { buffer, runtime } = session;
  const items = buffer.size === 1 ? '1 item' : `${buffer.size} items`;
  runtime.reporter.emit({ event: 'notice', text: `${items} in the buffer (${formatSize(buffer.bytes)})` });
  return DONE;
}
