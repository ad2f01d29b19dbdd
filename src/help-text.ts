/** `albaretto --help`. */

import type { PluginDescriptor } from './plugin.js';
import { PROGRAM_OPTIONS } from './program-options.js';
import { COMMANDS } from './shell/commands/index.js';

export function helpText(version: string, plugins: readonly PluginDescriptor[]): string {
  const of = (kind: PluginDescriptor['kind']) => plugins.filter((plugin) => plugin.kind === kind);
  return [
    `albaretto ${version}: carries generated images and videos to storage that you own`,
    '',
    'Usage:',
    '  albaretto [<token>] <sink> [<sink argument>…] [<option>…]              the shell',
    "  albaretto … <sink> -c 'fetch <id> | save <folder>' [-c …]              run lines and leave",
    "  printf 'fetch <id>\\nsave <folder>\\n' | albaretto … <sink>              the same from a pipe",
    '',
    'Sinks:',
    ...of('sink').map(row),
    'Sources (--source):',
    ...of('source').map(row),
    'Commands:',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(18)} ${command.summary}`),
    'Options:',
    ...Object.entries(PROGRAM_OPTIONS).map(([name, option]) => {
      const short = option.short === undefined ? '    ' : `-${option.short}, `;
      return `  ${`${short}--${name}${option.type === 'string' ? ` ${option.value ?? '<value>'}` : ''}`.padEnd(28)} ${option.description}`;
    }),
    ...plugins.flatMap((plugin) =>
      (plugin.options ?? []).map(
        (option) =>
          `  ${`    --${option.name}${option.type === 'string' ? ' <value>' : ''}`.padEnd(28)} ${plugin.name}: ${option.description}`,
      ),
    ),
    '  Every option of a command may stand here too, as its default.',
    '',
    'Exit codes:',
    '  0 all done   1 some items failed   2 usage   3 credentials   4 not found',
    '  5 the service or the network gave up   6 the destination refused   130 interrupted',
    '',
  ].join('\n');
}

function row(plugin: PluginDescriptor): string {
  return `  ${plugin.name.padEnd(18)} ${plugin.title}: ${plugin.description}`;
}
