import type { Command } from '../command.js';

export const exitCommand: Command = {
  name: 'exit',
  summary: 'leave',
  usage: '',
  options: {},
  mostWords: 0,
  run: async () => ({ succeeded: 1, failures: [], leave: true }),
};
