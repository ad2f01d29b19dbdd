import { usageError } from '../../errors.js';
import type { PluginDescriptor } from '../../plugin.js';
import { type Command, DONE, type Invocation } from '../command.js';

export const useCommand: Command = {
  name: 'use',
  summary: 'change the current source or sink',
  usage: '<source|sink> [<argument>…]',
  options: {},
  words: ['plugin', 'path'],
  details: [
    'A name that is both means the sink: local-filesystem. That source needs no use: fetch finds it by the path of a folder,',
    "and '--source local-filesystem' names it.",
  ],
  async run({ session, words }) {
    const [name, ...rest] = words;
    const { registry } = session.runtime;
    if (name === undefined)
      throw usageError('use needs the name of a source or a sink', "'sources' and 'sinks' list them");
    // Of a name that is both, the sink is meant: a folder is named to be saved to.
    if (registry.findSource(name) !== undefined && registry.findSink(name) === undefined) {
      if (rest.length > 0)
        throw usageError(`${name} is a source and takes no argument`, `its token is given with 'login ${name}'`);
      session.useSource(name);
      return DONE;
    }
    const sink = registry.findSink(name);
    if (sink === undefined) throw usageError(`there is no source or sink '${name}'`, "'sources' and 'sinks' list them");
    if (rest.length > (sink.arguments?.length ?? 0))
      throw usageError(`${name} takes ${sink.arguments?.length ?? 0} arguments`);
    await session.useSink(name, rest);
    return DONE;
  },
};

export const sourcesCommand: Command = {
  name: 'sources',
  summary: 'list the sources',
  usage: '',
  options: {},
  mostWords: 0,
  run: async ({ session }) => show(session.runtime.registry.sources, session.sourceName, session),
};

export const sinksCommand: Command = {
  name: 'sinks',
  summary: 'list the sinks',
  usage: '',
  options: {},
  mostWords: 0,
  run: async ({ session }) => show(session.runtime.registry.sinks, session.sinkName, session),
};

function show(plugins: readonly PluginDescriptor[], current: string, session: Invocation['session']) {
  for (const { kind, name, title, description } of plugins) {
    session.runtime.reporter.emit({ event: 'plugin', kind, name, title, description, current: name === current });
  }
  return DONE;
}
