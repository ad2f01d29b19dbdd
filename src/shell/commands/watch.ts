import { usageError } from '../../errors.js';
import type { Command } from '../command.js';
import { FILTER_OPTIONS } from '../item-filter.js';

export const watchCommand: Command = {
  name: 'watch',
  summary: 'look again and again for what is new, and save it before it is lost',
  usage: '[<source…>] [--every <time>] [--once] | save <destination>',
  options: {
    every: { type: 'string', value: '<time>', description: 'the pause between two looks (default 2m)' },
    once: { type: 'boolean', description: 'one look, and leave: for cron' },
    ...FILTER_OPTIONS,
  },
  takesSourceOptions: true,
  words: ['source'],
  pipe: 'from',
  details: [
    'What a service deletes first is saved first. Pauses grow while nothing new comes, and are never longer than a third',
    'of the time that the next picture has left. Ctrl-C ends it; the same again goes on where it was.',
  ],
  async run() {
    throw usageError('watch needs a place to save to', 'watch <source> | save <destination>');
  },
  pipeline: async (from, to) => (await import('../watch.js')).runWatch(from, to),
};
