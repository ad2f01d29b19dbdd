/** One run of the program, from its parsed surroundings to an exit code. What is touched at the edge is handed in. */

import { resolve } from 'node:path';
import {
  checkToken,
  type Destination,
  type EarlyOptions,
  type ProgramArguments,
  parseArguments,
  readConfigured,
  readDestination,
  readEarlyOptions,
} from './argv.js';
import { sleep } from './clock.js';
import { type Config, type Environment, openConfig, readVariable, variableName } from './config.js';
import { asAlbarettoError, ExitCode, exitCodeOf } from './errors.js';
import type { HttpClient } from './http/client.js';
import { pipedLines } from './piped-lines.js';
import type { Ask, PluginDescriptor } from './plugin.js';
import { type LoadedPlugins, loadPlugins } from './plugin-loading.js';
import { createQuietAsk } from './quiet-ask.js';
import { createRedactor, type Redactor } from './redact.js';
import { createRegistry, type Registry } from './registry.js';
import { createLog, createReporter, type Reporter } from './report/index.js';
import type { OutputStream } from './report/reporter.js';
import type { Runtime } from './runtime.js';
import { DEFAULT_SOURCE, Session } from './session.js';
import { createLineAsk, createRefusingAsk } from './shell/ask.js';
import { flag, textOption } from './shell/command.js';
import { runScript } from './shell/script.js';
import { signIn } from './shell/sign-in.js';
import { readTuning, type Tuning } from './tuning.js';
import { VERSION } from './version.js';
import { numberLimit } from './wiring.js';

export interface Surroundings {
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly workingFolder: string;
  readonly home: string;
  readonly input: NodeJS.ReadStream;
  readonly out: NodeJS.WriteStream & OutputStream;
  readonly err: NodeJS.WriteStream & OutputStream;
  /** A signal that aborts on Ctrl-C and SIGTERM; the shell answers these itself and does not ask for it. */
  interruptible(): AbortSignal;
  readonly plugins: readonly PluginDescriptor[];
  /** @param module An absolute path, or the name of a package. */
  loadPlugin(module: string): Promise<PluginDescriptor>;
  openBrowser(url: string, environment: Environment): Promise<boolean>;
  /** Leaves at once: a third Ctrl-C. */
  die(code: number): void;
}

const DEFAULT_SINK = 'local-filesystem';

export async function runProgram(surroundings: Surroundings): Promise<ExitCode> {
  const redactor = createRedactor();
  let reporter: Reporter | undefined;
  try {
    const early = readEarlyOptions(surroundings.argv);
    if (early.version) return print(surroundings, VERSION);
    const opening = openConfig({ environment: surroundings.environment, profile: early.profile });
    // Without its configuration help is wanted most.
    const config = await (early.help ? opening.catch(() => undefined) : opening);
    if (config === undefined) return await help(createRegistry(surroundings.plugins), surroundings);
    const { registry, problems } = await pluginsOf(early, config, surroundings);
    if (early.help) return await help(registry, surroundings);
    const args = parseArguments(surroundings.argv, [...registry.sources, ...registry.sinks]);
    // As one of several letters: -qV, -qh.
    if (flag(args.options, 'version')) return print(surroundings, VERSION);
    if (flag(args.options, 'help')) return await help(registry, surroundings);
    reporter = await openReporter(args, redactor, surroundings);
    for (const text of problems) reporter.emit({ event: 'warning', text });
    return await run({ args, config, registry, redactor, reporter }, surroundings);
  } catch (thrown) {
    const error = asAlbarettoError(thrown);
    const exit = exitCodeOf(error.code);
    reporter ??= await openEarlyReporter(redactor, surroundings);
    reporter.emit({ event: 'error', code: error.code, message: error.describe(), exit });
    return exit;
  } finally {
    await reporter?.close();
  }
}

function pluginsOf({ plugins }: EarlyOptions, config: Config, surroundings: Surroundings): Promise<LoadedPlugins> {
  return loadPlugins(plugins, config, {
    plugins: surroundings.plugins,
    // A name without a dot or a tilde before it is a package's.
    loadPlugin: (module) => surroundings.loadPlugin(/^[.~]/u.test(module) ? resolvePath(module, surroundings) : module),
  });
}

async function help({ sources, sinks }: Registry, surroundings: Surroundings): Promise<ExitCode> {
  const { helpText } = await import('./help-text.js');
  return print(surroundings, helpText(VERSION, [...sources, ...sinks]).trimEnd());
}

function print(surroundings: Surroundings, text: string): ExitCode {
  surroundings.out.write(`${text}\n`);
  return ExitCode.ok;
}

async function openReporter(
  { options, verbosity }: ProgramArguments,
  redactor: Redactor,
  surroundings: Surroundings,
): Promise<Reporter> {
  const { err, out } = surroundings;
  const file = textOption(options, 'log-file');
  const log = createLog({
    verbosity,
    redactor,
    file: file === undefined ? undefined : resolvePath(file, surroundings),
    show: (text) => void err.write(`  ${text}\n`),
    now: () => new Date(),
  });
  const noColor = readVariable(surroundings.environment, 'NO_COLOR') !== undefined;
  const isDumb = hasDumbTerminal(surroundings);
  return createReporter({ out, err, verbosity, redactor, log, json: flag(options, 'json'), noColor, isDumb });
}

/** For a failure before the options are known; a program that reads `--json` is told in JSON all the same. */
function openEarlyReporter(redactor: Redactor, surroundings: Surroundings): Promise<Reporter> {
  const { argv, out, err } = surroundings;
  const verbosity = 'normal';
  const log = createLog({ verbosity, redactor, show: () => undefined, now: () => new Date() });
  const plain = { write: (text: string) => err.write(text) };
  const json = argv.includes('--json');
  const isDumb = hasDumbTerminal(surroundings);
  return createReporter({ out, err: plain, verbosity, redactor, log, json, noColor: true, isDumb });
}

/** An editor's shell, or a console that shows control sequences as they are. */
function hasDumbTerminal({ environment }: Surroundings): boolean {
  return readVariable(environment, 'TERM') === 'dumb';
}

interface Parts {
  readonly args: ProgramArguments;
  readonly config: Config;
  readonly registry: Registry;
  readonly redactor: Redactor;
  readonly reporter: Reporter;
}

/** How the lines of this run come: `-c`, a pipe, or a person at a terminal. */
type Mode = 'lines' | 'piped' | 'shell';

/** What the words, the options and the configuration choose, told of what is wrong with the latter. */
function chosen(parts: Parts): { readonly destination: Destination; readonly source: string } {
  const { args, config, registry, reporter } = parts;
  const ownSink = readConfigured('sink', config.settings.get('sink'), registry, DEFAULT_SINK);
  const ownSource = readConfigured('source', config.settings.get('source'), registry, DEFAULT_SOURCE);
  for (const { problem } of [ownSink, ownSource])
    if (problem !== undefined) reporter.emit({ event: 'warning', text: problem });
  const destination = readDestination(args.words, registry, ownSink.name);
  const source = registry.source(textOption(args.options, 'source') ?? ownSource.name).name;
  checkToken(destination, source, registry);
  if (destination.token !== undefined) warnOfToken(destination, source, parts);
  return { destination, source };
}

async function run(parts: Parts, surroundings: Surroundings): Promise<ExitCode> {
  const { args, config, registry, redactor, reporter } = parts;
  const { destination, source } = chosen(parts);
  const mode: Mode = args.lines.length > 0 ? 'lines' : surroundings.input.isTTY ? 'shell' : 'piped';
  const signal = mode === 'shell' ? new AbortController().signal : surroundings.interruptible();
  const { input, err: output } = surroundings;
  const isDumb = hasDumbTerminal(surroundings);
  const ask = createQuietAsk(
    mode === 'lines' ? createLineAsk({ input, output, isDumb, signal }) : createRefusingAsk(),
    reporter,
  );
  const tuning = readTuning(args.options, config.settings);
  let client: Promise<HttpClient> | undefined;
  const runtime: Runtime = {
    version: VERSION,
    registry,
    config,
    reporter,
    redactor,
    ask: ask.ask,
    defaults: args.options,
    tuning,
    http: () => {
      client ??= openHttp(parts, tuning, surroundings);
      return client;
    },
    resolvePath: (typed) => resolvePath(typed, surroundings),
    openBrowser: (url) => surroundings.openBrowser(url, surroundings.environment),
    inputLines: mode === 'lines' ? () => pipedLines(surroundings.input) : undefined,
    now: Date.now,
    sleep,
  };
  const session = new Session(runtime, {
    source,
    sink: destination.sink,
    token: destination.token,
    baseUrl: textOption(args.options, 'base-url'),
    sinkArguments: destination.sinkArguments,
  });
  try {
    return await converse({ mode, session, args, signal, bindAsk: ask.bind }, surroundings);
  } finally {
    await session.close();
    (await client?.catch(() => undefined))?.close();
  }
}

interface Conversation {
  readonly mode: Mode;
  readonly session: Session;
  readonly args: ProgramArguments;
  readonly signal: AbortSignal;
  bindAsk(ask: Ask): void;
}

async function converse(
  { mode, session, args, signal, bindAsk }: Conversation,
  surroundings: Surroundings,
): Promise<ExitCode> {
  if (mode === 'shell') {
    const { runShell } = await import('./shell/interactive.js');
    const { input, out: output, die } = surroundings;
    return runShell(session, { input, output, isDumb: hasDumbTerminal(surroundings), bindAsk, die });
  }
  const lines = mode === 'lines' ? args.lines : pipedLines(surroundings.input);
  if (mode === 'piped' || args.lines.some((line) => /\bsave\b|>/u.test(line))) {
    await signIn(session, signal, { prove: true });
  }
  return runScript(lines, session, signal);
}

/** Said once: a command line can be read by every user of the machine while the program runs, and stays in shell histories. */
function warnOfToken(destination: Destination, source: string, { redactor, reporter, registry }: Parts): void {
  redactor.add(destination.token ?? '');
  const variable = variableName(source, registry.source(source).credentials?.name ?? 'token');
  reporter.emit({
    event: 'warning',
    text: `others on this machine can see a token on the command line; ${variable} or 'login ${source}' keeps it private`,
  });
}

async function openHttp(
  { args, config, reporter }: Parts,
  tuning: Tuning,
  surroundings: Surroundings,
): Promise<HttpClient> {
  const { openClient } = await import('./http/open-client.js');
  const setting = (option: string, key: string) => {
    const configured = config.settings.get(key);
    return textOption(args.options, option) ?? (typeof configured === 'string' ? configured : undefined);
  };
  const cacert = setting('cacert', 'cacert');
  return openClient({
    proxy: setting('proxy', 'proxy'),
    environment: surroundings.environment,
    cacert: cacert === undefined ? undefined : resolvePath(cacert, surroundings),
    extraCertificates: readVariable(surroundings.environment, 'NODE_EXTRA_CA_CERTS'),
    userAgent: setting('user-agent', 'userAgent') ?? `albaretto/${VERSION}`,
    maxRedirects: numberLimit({ config }, 'redirects'),
    tuning,
    trace: (line) => reporter.log.debug(line),
  });
}

function resolvePath(typed: string, { workingFolder, home }: Surroundings): string {
  if (typed === '~') return home;
  return resolve(workingFolder, /^~[/\\]/u.test(typed) ? resolve(home, typed.slice(2)) : typed);
}
