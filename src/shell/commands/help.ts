import { usageError } from '../../errors.js';
import type { Registry } from '../../registry.js';
import { type Command, DONE } from '../command.js';
import { optionsOf } from '../source-options.js';

/** `help` needs to know its siblings; they are handed in where the list of commands is made. */
export function createHelpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'this list, or the help of one command',
    usage: '[<command>]',
    options: {},
    mostWords: 1,
    words: ['command'],
    async run({ session, words }) {
      const [name] = words;
      const command = commands().find((candidate) => candidate.name === name);
      if (name !== undefined && command === undefined)
        throw usageError(`there is no command '${name}'`, "'help' lists them");
      session.runtime.reporter.emit({
        event: 'text',
        text: command === undefined ? overview(commands()) : helpOf(command, session.runtime.registry),
      });
      return DONE;
    },
  };
}

export function overview(commands: readonly Command[]): string {
  const lines = commands.map((command) => `  ${command.name.padEnd(9)} ${command.summary}`);
  return ['Commands:', ...lines, '', "'help <command>' says more; fetch and save are joined with |"].join('\n');
}

export function helpOf(command: Command, registry: Registry): string {
  const options = Object.entries(optionsOf(command, registry)).map(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    const value = option.type === 'string' ? ` ${option.value ?? '<value>'}` : '';
    return `  ${`${short}--${name}${value}`.padEnd(28)} ${option.description}`;
  });
  return [
    `${command.name} ${command.usage}`.trimEnd(),
    `  ${command.summary}`,
    ...(options.length === 0 ? [] : ['', ...options]),
    ...(command.details === undefined ? [] : ['', ...command.details.map((line) => `  ${line}`)]),
  ].join('\n');
}
