/**
 * Vorpal, tamed: its cycle of prompt, command queue and prompt again drives the shell; what of it goes wrong is replaced.
 *
 * Replaced in vorpal 1.12.0:
 * - the parser: it turns the id `0123` into 123, cuts `x=1` out of a URL, takes the `|` in a URL for a pipe, and the line
 *   `undefined` for no line. Vorpal only hears that there is a line; the line itself goes past it.
 * - the line editor (see `line-editor.ts`), its tab completion, and its history in a shared folder for temporary files.
 * - its reaction to signals and Ctrl-C (`(^C again to quit)`, then `process.exit(0)`), and its commands `help` and `exit`.
 * - babel-polyfill: Node has all of it, and loading it takes longer than all the rest of Vorpal and changes global objects.
 */

export interface CycleOptions {
  /** Asked before each prompt. */
  delimiter(): string;
  /** Reads a line behind this prompt; `undefined` ends the cycle. */
  read(prompt: string): Promise<string | undefined>;
  /** Runs a line that is not blank; `false` ends the cycle. */
  execute(line: string): Promise<boolean>;
}

/** What is used of Vorpal, and its types do not tell. */
interface Vorpal {
  readonly ui: {
    _midPrompt: boolean;
    readonly inquirer: { prompt: AskInquirer & { readonly prompts: unknown } };
    removeAllListeners(event: string): unknown;
  };
  readonly session: { fullDelimiter(): string };
  readonly commands: { remove(): unknown }[];
  _command: unknown;
  _exec(item: QueueItem): void;
  exit(): void;
  sigint(listener: () => void): unknown;
  show(): unknown;
  hide(): unknown;
}

interface QueueItem {
  callback(): void;
}

type AskInquirer = (
  question: { readonly name: string; readonly message: string },
  done: (answers: Record<string, string>) => void,
) => unknown;

/** Anything but blank, `undefined` and `''`, which Vorpal takes for no command. */
const A_LINE = 'line';

export interface Cycle {
  /** Prompts and runs lines until one of the two says that it is over. Rejects with what they throw. */
  run(): Promise<void>;
}

/** Loads Vorpal, which takes 40 ms as part of a bundle. */
export async function createCycle(options: CycleOptions): Promise<Cycle> {
  const vorpal = await createVorpal();
  return { run: () => new Promise((resolve, reject) => startCycle(vorpal, options, resolve, reject)) };
}

function startCycle(
  vorpal: Vorpal,
  options: CycleOptions,
  resolve: () => void,
  reject: (thrown: unknown) => void,
): void {
  let line = '';
  const stop = () => {
    vorpal.ui._midPrompt = false;
    vorpal.hide();
    resolve();
  };
  const fail = (thrown: unknown) => {
    vorpal.hide();
    reject(thrown);
  };
  const ask: AskInquirer = (question, done) => {
    const answer = async () => {
      const typed = await options.read(question.message);
      if (typed === undefined) return stop();
      line = typed;
      done({ [question.name]: typed.trim() === '' ? '' : A_LINE });
    };
    answer().catch(fail);
  };
  vorpal.ui.inquirer.prompt = Object.assign(ask, { prompts: vorpal.ui.inquirer.prompt.prompts });
  vorpal.session.fullDelimiter = options.delimiter;
  vorpal._exec = (item) => {
    const execute = async () => {
      const goOn = await options.execute(line);
      vorpal._command = undefined;
      if (goOn) item.callback();
      else stop();
    };
    execute().catch(fail);
  };
  vorpal.exit = stop;
  vorpal.sigint(() => undefined);
  vorpal.show();
}

async function createVorpal(): Promise<Vorpal> {
  const VorpalClass = await loadVorpal();
  const vorpal = new VorpalClass() as unknown as Vorpal;
  for (const command of [...vorpal.commands]) command.remove();
  vorpal.ui.removeAllListeners('vorpal_ui_keypress'); // each instance adds one to the one ui of the process
  return vorpal;
}

/** Imports the package and takes away what it attaches to the process while it is loaded. */
async function loadVorpal() {
  const hooks = [
    { emitter: process, event: 'SIGINT' },
    { emitter: process, event: 'SIGTERM' },
    { emitter: process.stdin, event: 'keypress' },
  ].map(({ emitter, event }: { emitter: NodeJS.EventEmitter; event: string }) => ({
    emitter,
    event,
    before: emitter.listeners(event),
  }));
  const globals = globalThis as { _babelPolyfill?: boolean };
  const polyfilled = globals._babelPolyfill;
  globals._babelPolyfill = true;
  try {
    const { default: VorpalClass } = await import('vorpal');
    return VorpalClass;
  } finally {
    if (polyfilled === undefined) delete globals._babelPolyfill;
    for (const { emitter, event, before } of hooks) {
      for (const listener of emitter.listeners(event)) {
        if (!before.includes(listener)) emitter.removeListener(event, listener as (...values: unknown[]) => void);
      }
    }
  }
}
