#!/usr/bin/env node
/**
 * The edge: argv to one run, and its exit code to the system. The only file that names the built-in plugins; each is a
 * descriptor, and its body is loaded when it is first used.
 */

import type { PluginDescriptor } from './plugin.js';
import { VERSION } from './version.js';

const argv = process.argv.slice(2);

const losses = watchOutput();
const isVersionAsked = argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
const code = isVersionAsked ? printVersion() : await main();
await Promise.all([process.stdout, process.stderr].map(flushed));
process.exit(code === 0 && losses.any ? 6 : code);

/** Loads nothing. */
function printVersion(): number {
  process.stdout.write(`${VERSION}\n`);
  return 0;
}

/**
 * Who reads our lines may leave (`| head`); the pictures are saved all the same. A full disk under a redirected stdout is
 * another thing: what was reported is lost, and a script must hear of it.
 */
function watchOutput(): { readonly any: boolean } {
  const found = { any: false };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: { code?: string }) => {
      if (error.code !== 'EPIPE') found.any = true;
    });
  }
  return found;
}

/**
 * What a picture leaves behind is garbage at once, and V8 lets sixteen times as much of it lie as it begins with before it
 * clears up. Left at the 2 MiB that it has come to when the program is loaded, a long pipe takes some 20 MiB less; at the
 * 1 MiB before that, clearing up so often costs a tenth of the time. The older heap is let grow to twice, instead of four
 * times, of what was in use when it was last cleared up: what is in use stays the same however many pictures come, and so
 * does the peak, which grew by 50 MiB over 20,000 of them. A short run takes some two hundredths more time for it.
 *
 * A quarter of the processor time of a short run went into optimizing code that was hardly used afterwards. A little later
 * and with less of it copied into each function, both short and long runs take some six hundredths less time.
 *
 * The flags are read while the program runs (tried with Node 20, 22 and 24); one that V8 does not know would be told on
 * stderr.
 */
async function tuneEngine(): Promise<void> {
  const version = Number.parseInt(process.versions.node, 10);
  if (version > 24) return;
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=100');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=250');
  // From Node 22 on V8 has another compiler in between, and does not know this one.
  if (version < 22) setFlagsFromString('--interrupt-budget=200000');
}

async function builtIn(): Promise<PluginDescriptor[]> {
  const modules = await Promise.all([
    import('../sources/dalle2/index.js'),
    import('../sources/imgur/index.js'),
    import('../sources/happy-accidents/index.js'),
    import('../sources/replicate/index.js'),
    import('../sources/comfyui/index.js'),
    import('../sources/civitai/index.js'),
    import('../sources/openai/index.js'),
    import('../sources/local-filesystem/index.js'),
    import('../sources/demo/index.js'),
    import('../sinks/local-filesystem/index.js'),
    import('../sinks/google-drive/index.js'),
  ]);
  return modules.map((module) => module.default);
}

/** A third party's plugin: an absolute path, or the name of an installed package. It runs with the user's rights. */
async function loadPlugin(name: string): Promise<PluginDescriptor> {
  const [{ createRequire }, { pathToFileURL }, { isAbsolute, resolve }, { usageError }] = await Promise.all([
    import('node:module'),
    import('node:url'),
    import('node:path'),
    import('./errors.js'),
  ]);
  try {
    const path = isAbsolute(name) ? name : createRequire(resolve('package.json')).resolve(name);
    const loaded = ((await import(pathToFileURL(path).href)) as { default?: PluginDescriptor }).default;
    if (loaded?.kind === 'source' || loaded?.kind === 'sink') return loaded;
  } catch (thrown) {
    throw usageError(
      `the plugin ${name} could not be loaded: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
    );
  }
  throw usageError(`the plugin ${name} has no source or sink as its default export`);
}

/** The first Ctrl-C stops what runs and says how to go on; the second does not wait for that. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(130);
    asked = true;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  return controller.signal;
}

async function main(): Promise<number> {
  process.on('uncaughtException', (thrown) => void lastWords(thrown));
  process.on('unhandledRejection', (thrown) => void lastWords(thrown));
  // The Google library would log answers with tokens in clear.
  delete process.env.GOOGLE_SDK_NODE_LOGGING;
  const [{ runProgram }, plugins, { homeFolder }] = await Promise.all([
    import('./program.js'),
    builtIn(),
    import('./config.js'),
  ]);
  await tuneEngine();
  return runProgram({
    argv,
    environment: process.env,
    workingFolder: process.cwd(),
    home: homeFolder(),
    input: await standardInput(),
    out: process.stdout,
    err: process.stderr,
    interruptible,
    plugins,
    loadPlugin,
    openBrowser: async (...url) => (await import('./browser.js')).openBrowser(...url),
    die: (exit) => process.exit(exit),
  });
}

/** Of a folder Node makes an empty stream, so that a run would end as if there were no lines. This one tells what is wrong. */
async function standardInput(): Promise<NodeJS.ReadStream> {
  const { createReadStream, fstatSync } = await import('node:fs');
  if (!fstatSync(0).isDirectory()) return process.stdin;
  return createReadStream('', { fd: 0 }) as unknown as NodeJS.ReadStream;
}

/** A fault that nobody caught. Node would print the error as it is, and a library's may hold a token. */
async function lastWords(thrown: unknown): Promise<never> {
  const [{ createRedactor }, { printable }] = await Promise.all([import('./redact.js'), import('./printable.js')]);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  process.stderr.write(`  ✗ ${createRedactor().clean(printable(text, 300))}: this is a fault of albaretto\n`);
  process.exit(1);
}

/** `process.exit` drops what a pipe has not taken yet. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
