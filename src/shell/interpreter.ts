/** One typed line, from text to outcome. The same for the prompt, `-c` and piped input. */

import { manyListeners } from '../abort.js';
import {
  type AlbarettoError,
  asAlbarettoError,
  ExitCode,
  exitCodeOf,
  interrupted,
  isInterruption,
  usageError,
} from '../errors.js';
import { printable } from '../printable.js';
import type { ParsedOptions } from '../runtime.js';
import type { Session } from '../session.js';
import { type Command, exitCodeOfOutcome, flag, type Invocation, type Outcome, parseCommandLine } from './command.js';
import { COMMANDS } from './commands/index.js';
import { parseLine } from './grammar.js';
import { runPipe } from './pipe.js';
import { optionsOf } from './source-options.js';

export interface LineResult {
  readonly exit: ExitCode;
  readonly leave: boolean;
}

const NOTHING: LineResult = { exit: ExitCode.ok, leave: false };

/** Runs a line and tells what went wrong; never throws for anything that a person or a service did. */
export async function runLine(line: string, session: Session, signal: AbortSignal): Promise<LineResult> {
  const { reporter, defaults } = session.runtime;
  manyListeners(signal);
  try {
    if (signal.aborted) throw interrupted(signal.reason);
    const outcome = await execute(line, session, signal);
    return outcome === undefined ? NOTHING : { exit: exitCodeOfOutcome(outcome), leave: outcome.leave ?? false };
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    reporter.idle();
    reporter.emit({
      event: 'error',
      code: error.code,
      message: messageOf(error, session),
      exit: exitCodeOf(error.code),
    });
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
    if (defaults.debug === true || error.code === 'E_INTERNAL') reporter.log.debug(stack ?? '');
    return { exit: exitCodeOf(error.code), leave: false };
  }
}

async function execute(line: string, session: Session, signal: AbortSignal): Promise<Outcome | undefined> {
  const parsed = parseLine(line);
  if (parsed === undefined) return undefined;
  const stages = parsed.stages.map((stage) => stage.words.map((word) => word.text));
  if (parsed.redirect !== undefined) stages.push(['save', '--', parsed.redirect.text]);
  const invocations = stages.map((words) => invocationOf(words, session, signal));
  const [first, second, ...more] = invocations;
  if (first === undefined) return undefined;
  if (second === undefined) return first.command.run(first.invocation);
  if (first.command.pipe !== 'from' || second.command.pipe !== 'to' || more.length > 0) {
    throw usageError('a pipe joins one fetch and one save', 'fetch … | save …; quote a | that belongs to a word');
  }
  if (first.command.pipeline !== undefined) return first.command.pipeline(first.invocation, second.invocation);
  return runPipe(first.invocation, second.invocation).catch((thrown: unknown) => {
    const error = asAlbarettoError(thrown, signal);
    throw isInterruption(error) && goesOn(first.invocation, second.invocation) ? error.with({ hint: GOING_ON }) : error;
  });
}

const GOING_ON = 'the same again goes on here';

/** Whether the same line finds what is saved already and leaves it out. */
function goesOn(...stages: readonly Invocation[]): boolean {
  return !stages.some(({ options }) => flag(options, 'again') || flag(options, 'dry-run'));
}

function invocationOf(
  words: readonly string[],
  session: Session,
  signal: AbortSignal,
): { command: Command; invocation: Invocation } {
  const [name = '', ...args] = words;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw usageError(`there is no command '${printable(name, 40)}'`, "'help' lists them");
  const known = optionsOf(command, session.runtime.registry);
  const { words: positionals, options } = parseCommandLine({ ...command, options: known }, args);
  return {
    command,
    invocation: { session, words: positionals, options: { ...defaultsFor(command, session), ...options }, signal },
  };
}

/** Any command's option may stand on argv as its default. */
function defaultsFor(command: Command, session: Session): ParsedOptions {
  const { defaults } = session.runtime;
  // --source on argv has chosen the current source already; as a default of fetch it would undo every `use`.
  const names = Object.keys(command.options).filter((name) => name !== 'source' && defaults[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, defaults[name]]));
}

function messageOf(error: AlbarettoError, session: Session): string {
  if (error.code !== 'E_INTERRUPTED') return error.describe();
  const { size } = session.buffer;
  const parts = ['interrupted'];
  if (error.hint !== undefined) parts.push(error.hint);
  if (size > 0) parts.push(`${size === 1 ? '1 item is' : `${size} items are`} in the buffer and can be saved`);
  return parts.join('; ');
}
