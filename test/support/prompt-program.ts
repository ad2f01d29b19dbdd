/** A program with a prompt and a few commands that say what reached them. Bundled and run in a terminal by the tests. */

import { openHistory } from '../../src/shell/history.js';
import { openPrompt, type Prompt } from '../../src/shell/prompt.js';

const started = performance.now();
let delimiter = '[albaretto] [google-drive] > ';
let unsaved = false;

const WORDS = ['fetch', 'fetch-all', 'save', 'exit', 'wörld 🦊'];

const say = (text: string) => process.stdout.write(`${text}\n`);

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

const commands: Readonly<Record<string, (rest: string, signal: AbortSignal) => Promise<void>>> = {
  exit: async () => prompt.leave(),
  delimiter: async (rest) => {
    delimiter = `[albaretto] [${rest}] > `;
  },
  unsaved: async () => {
    unsaved = true;
  },
  fail: async () => {
    throw new Error('it broke');
  },
  wait: async (_rest, signal) => {
    say('waiting');
    await untilAborted(signal);
    say('stopped');
  },
  stubborn: async (_rest, signal) => {
    say('begun');
    await untilAborted(signal);
    say('told to stop');
    await new Promise(() => setInterval(() => undefined, 1_000_000));
  },
  slow: async (_rest, signal) => {
    say('slowly stopping');
    await untilAborted(signal);
    await prompt.ask.text('enough?').catch((thrown) => say(`answer: ${thrown.code}`));
    say('ended');
  },
  text: async () => {
    say(`answer: ${await prompt.ask.text('name?').catch((thrown) => thrown.code)}`);
  },
  secret: async () => {
    say(
      `length: ${await prompt.ask.secret('token?').then(
        (text) => text.length,
        (thrown) => thrown.code,
      )}`,
    );
  },
  confirm: async (_rest, signal) => {
    say(`answer: ${await prompt.ask.confirm('sure?', true).catch((thrown) => thrown.code)}`);
    say(`aborted: ${signal.aborted}`);
  },
  both: async () => {
    const [first, second] = await Promise.all([prompt.ask.text('first?'), prompt.ask.text('second?')]);
    say(`answers: ${first}, ${second}`);
  },
  rows: async (rest) => {
    for (let row = 1; row <= Number(rest); row += 1) say(`row ${row}`);
  },
};

const history = await openHistory({
  path: process.env.TEST_HISTORY ?? '',
  redact: (line) => (line.includes('SECRET') ? undefined : line),
  warn: say,
});

const prompt: Prompt = await openPrompt({
  input: process.stdin,
  output: process.stdout,
  isDumb: process.env.TERM === 'dumb',
  delimiter: () => delimiter,
  execute: async (line, signal) => {
    const [, name = '', rest = ''] = /^(\S+) ?(.*)$/su.exec(line) ?? [];
    const command = commands[name];
    if (command === undefined) say(`got ${JSON.stringify(line)}`);
    else await command(rest, signal);
  },
  complete: async (line, cursor) => {
    const typed = line.slice(0, cursor);
    const choices = WORDS.filter((word) => word.startsWith(typed));
    const [first = ''] = choices;
    const shared = [...first].findIndex((_character, index) =>
      choices.some((word) => !word.startsWith(first.slice(0, index + 1))),
    );
    const replacement = choices.length === 1 ? `${first} ` : first.slice(0, shared === -1 ? first.length : shared);
    return { from: 0, replacement, choices };
  },
  history,
  mayLeave: async () => !unsaved || prompt.ask.confirm('unsaved items: leave?', false),
  onError: (thrown) => say(`error: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
  abandon: () => process.exit(130),
});

if (process.argv.includes('--time')) say(`ready after ${Math.round(performance.now() - started)} ms`);
const departure = await prompt.run();
const hooks = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGCONT'].map((name) => process.listenerCount(name)).join('');
say(`bye (${departure}, hooks ${hooks}, keypress ${process.stdin.listenerCount('keypress')})`);
