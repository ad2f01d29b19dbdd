/** The shell: a session at the prompt. */

import { join } from 'node:path';
import { asAlbarettoError, ExitCode, exitCodeOf } from '../errors.js';
import type { Ask } from '../plugin.js';
import { formatSize } from '../report/size.js';
import type { Runtime } from '../runtime.js';
import { DEFAULT_SOURCE, type Session } from '../session.js';
import { credentialKeys, secretNames, settingKeys } from '../setting-keys.js';
import type { Command, WordOffer } from './command.js';
import { COMMANDS } from './commands/index.js';
import { type CompletionCommand, type CompletionWorld, completeLine, type Offer } from './complete.js';
import { openHistory } from './history.js';
import { runLine } from './interpreter.js';
import type { TerminalInput } from './keyboard.js';
import type { TerminalOutput } from './line-editor.js';
import { listPaths } from './paths.js';
import { openPrompt, type Prompt } from './prompt.js';
import { signIn } from './sign-in.js';
import { optionsOf } from './source-options.js';

export interface Terminal {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** `TERM=dumb` */
  readonly isDumb: boolean;
  /** The prompt's questions become those of the whole session. */
  bindAsk(ask: Ask): void;
  /** Leaves at once. */
  die(code: number): void;
}

export async function runShell(session: Session, terminal: Terminal): Promise<ExitCode> {
  const { runtime } = session;
  const { reporter } = runtime;
  const tell = (thrown: unknown) => {
    const error = asAlbarettoError(thrown);
    reporter.idle();
    reporter.emit({ event: 'error', code: error.code, message: error.describe(), exit: exitCodeOf(error.code) });
  };
  const prompt: Prompt = await openPrompt({
    input: terminal.input,
    output: terminal.output,
    isDumb: terminal.isDumb,
    delimiter: () => delimiterOf(session),
    execute: async (line, signal) => {
      const { leave } = await runLine(line, session, signal);
      if (leave) prompt.leave();
    },
    complete: (line, cursor) => completeLine(line, cursor, worldOf(session)),
    history: await openHistory({
      path: join(runtime.config.folder, 'history'),
      redact: (line) => (holdsSecret(line, runtime) ? undefined : line),
      warn: (text) => reporter.emit({ event: 'warning', text }),
    }),
    mayLeave: () => mayLeave(session),
    onError: tell,
    notice: (text) => reporter.emit({ event: 'notice', text }),
    abandon: () => terminal.die(ExitCode.interrupted),
  });
  terminal.bindAsk(prompt.ask);
  sayTerms(session);
  await signIn(session, new AbortController().signal, { prove: false }).catch(tell);
  await offerLeftovers(session).catch(tell);
  const departure = await prompt.run();
  return departure === 'terminated' ? ExitCode.interrupted : ExitCode.ok;
}

/** `[albaretto] [imgur] [google-drive] > `; the default source stands for itself. */
export function delimiterOf({ sourceName, sinkName }: Pick<Session, 'sourceName' | 'sinkName'>): string {
  return `[albaretto] ${sourceName === DEFAULT_SOURCE ? '' : `[${sourceName}] `}[${sinkName}] > `;
}

/** Whoever collects from a service is bound by its terms; the program says so once and leaves the choice to the person. */
function sayTerms({ runtime, sourceName, sinkName }: Session): void {
  for (const plugin of [runtime.registry.source(sourceName), runtime.registry.sink(sinkName)]) {
    if (plugin.terms !== undefined)
      runtime.reporter.emit({ event: 'notice', text: `${plugin.terms.note} Read them: ${plugin.terms.url}` });
  }
}

/** Leaving keeps what is not saved for seven days; the next shell offers it. */
export async function mayLeave({ unsaved: { items, lost }, runtime }: Session): Promise<boolean> {
  if (items === 0) return true;
  const these = items === 1 ? '1 item is' : `${items} items are`;
  const fate =
    lost === 0 ? ' and kept for seven days' : lost === items ? ' and will be lost' : `; ${lost} of them will be lost`;
  // Without somebody who answers there would be no way out.
  if (runtime.ask.interactive) return runtime.ask.confirm(`${these} not saved yet${fate}. Leave?`, false);
  runtime.reporter.emit({ event: 'warning', text: `${these} not saved${fate}` });
  return true;
}

/** What earlier sessions fetched and could not save, or what a crash left. */
async function offerLeftovers(session: Session): Promise<void> {
  const { ask, reporter } = session.runtime;
  const found = await session.holding.leftovers();
  if (found === undefined) return;
  const size = formatSize(found.bytes);
  const wanted = await ask.confirm(
    found.items === 1
      ? `1 item (${size}) of an earlier session was not saved. Take it into the buffer?`
      : `${found.items} items (${size}) of an earlier session were not saved. Take them into the buffer?`,
    true,
  );
  if (wanted) {
    await found.take(
      (fetched) => session.hold(fetched),
      (error) => reporter.emit({ event: 'warning', text: error.describe() }),
    );
  } else if (await ask.confirm('Throw away what was left?', false)) await found.discard();
  else {
    await found.defer();
    reporter.emit({ event: 'notice', text: 'kept for seven days and offered again' });
  }
}

/** Lines that hold a token are not remembered at all: half a line would be of no use. */
export function holdsSecret(line: string, { redactor, registry }: Pick<Runtime, 'redactor' | 'registry'>): boolean {
  if (redactor.finds(line)) return true;
  const { keys, options } = secretNames(registry);
  const isSetting = /^\s*config\s+set\b/u.test(line) && keys.some((key) => line.includes(key));
  return isSetting || options.some((option) => line.includes(`--${option}`));
}

/** What the Tab key can offer in this session. */
export function worldOf(session: Session): CompletionWorld {
  const { registry, resolvePath } = session.runtime;
  const sources = registry.sources.map((source) => source.name);
  const sinks = registry.sinks.map((sink) => sink.name);
  return {
    commands: COMMANDS.map((command) => describe(command, session)),
    redirectsTo: 'save',
    items: () => session.buffer.all().map((fetched) => fetched.item.id),
    sources: () => sources,
    sinks: () => sinks,
    paths: (prefix) => listPaths(prefix, resolvePath),
  };
}

function describe(command: Command, session: Session): CompletionCommand {
  const { registry } = session.runtime;
  const { words = [], mostWords = Number.POSITIVE_INFINITY } = command;
  const kindOf = (before: readonly string[]) => {
    if (before.length >= mostWords) return undefined;
    return typeof words === 'function' ? words(before, registry) : words[Math.min(before.length, words.length - 1)];
  };
  const offerOf = (kind: WordOffer | undefined): Offer => {
    if (kind === 'plugin') return [...registry.sources, ...registry.sinks].map((plugin) => plugin.name);
    if (kind === 'setting') return [...settingKeys(registry).map(({ key }) => key), ...credentialKeys(registry)];
    return kind ?? 'none';
  };
  return {
    name: command.name,
    options: Object.entries(optionsOf(command, registry)).map(([name, option]) => ({
      name,
      takesValue: option.type === 'string',
      ...(option.short === undefined ? {} : { short: option.short }),
      ...(option.completes === undefined ? {} : { values: option.completes }),
    })),
    words: (_position, before) => offerOf(kindOf(before)),
  };
}
