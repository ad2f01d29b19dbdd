import { usageError } from '../../errors.js';
import { formatSize } from '../../report/size.js';
import { type Command, DONE, type Invocation, textOption } from '../command.js';
import { factsOf } from '../fetch-report.js';
import { FILTER_OPTIONS } from '../item-filter.js';

export const listCommand: Command = {
  name: 'list',
  summary: 'show what is in the buffer, or what a service still has',
  usage: '[--json] | --remote <source> [--limit <n>]',
  options: {
    json: { type: 'boolean', description: 'one JSON object a line' },
    remote: {
      type: 'string',
      value: '<source>',
      description: 'what the service still has, how long, and whether it is saved already',
      completes: 'source',
    },
    limit: { type: 'string', value: '<n>', description: 'with --remote: at most so many items' },
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
    const { reporter } = session.runtime;
    const items = session.buffer.all();
    for (const [position, fetched] of items.entries()) {
      const { item } = fetched;
      const facts = {
        event: 'item',
        ...factsOf(item),
        number: position + 1,
        size: fetched.bytes.size,
        mediaType: fetched.mediaType,
        prompt: item.generation.prompt,
        createdAt: item.createdAt?.toISOString(),
      } as const;
      if (options.json === true && session.runtime.defaults.json !== true)
        reporter.emit({ event: 'text', text: JSON.stringify(facts) });
      else reporter.emit(facts);
    }
    if (items.length === 0) reporter.emit({ event: 'notice', text: 'the buffer is empty' });
    return DONE;
  },
};

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
