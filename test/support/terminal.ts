/** A program in a real pseudo-terminal: typed at like a person, and read from the screen that a person sees. */

import { type IPty, spawn } from '@lydell/node-pty';
import { Screen } from './screen.js';

export interface TerminalOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly cols?: number;
  readonly rows?: number;
  /** Whether rows wrap anew on a resize. */
  readonly reflows?: boolean;
  /** Whether the terminal says where its cursor is when it is asked. Default: yes. */
  readonly reports?: boolean;
}

const KEYS = {
  enter: '\r',
  tab: '\t',
  escape: '\u001b',
  backspace: '\u007f',
  delete: '\u001b[3~',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  'alt-b': '\u001bb',
  'alt-d': '\u001bd',
  'alt-f': '\u001bf',
  'ctrl-left': '\u001b[1;5D',
  'ctrl-right': '\u001b[1;5C',
} as const;

export type Key = keyof typeof KEYS | `ctrl-${'a' | 'c' | 'd' | 'e' | 'k' | 'l' | 'u' | 'w' | 'z'}`;

export type Sought = string | RegExp | ((screen: readonly string[]) => boolean);

export interface Terminal {
  type(text: string): void;
  key(name: Key): void;
  /** Resolves as soon as the screen shows it; rejects with the screen after `timeout` milliseconds or when the program ends. */
  waitFor(sought: Sought, timeout?: number): Promise<void>;
  /** The visible rows, without trailing blanks. */
  screen(): string[];
  /** Everything since the start, also what scrolled away. */
  everything(): string[];
  cursor(): { row: number; column: number };
  /** The bytes as they came. */
  raw(): string;
  resize(cols: number, rows: number): void;
  signal(name: NodeJS.Signals): void;
  /** The exit code; 128 and the signal's number for a program that a signal ended. */
  readonly exit: Promise<number>;
  /** Ends the program if it still runs, and gives the terminal back. */
  close(): Promise<void>;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { cols = 80, rows = 24 } = options;
  const name = options.env?.TERM ?? 'xterm-256color';
  const pty = spawn(options.command, [...options.args], {
    name,
    cols,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: process.env.PATH, TERM: name, ...options.env },
  });
  const reply = (text: string) => pty.write(text);
  const screen = new Screen({
    cols,
    rows,
    reflows: options.reflows ?? false,
    ...(options.reports === false ? {} : { reply }),
  });
  return new PtyTerminal(pty, screen);
}

class PtyTerminal implements Terminal {
  readonly exit: Promise<number>;
  readonly #pty: IPty;
  readonly #screen: Screen;
  readonly #changed = new Set<() => void>();
  #raw = '';
  #ended = false;
  #broken: unknown;

  constructor(pty: IPty, screen: Screen) {
    this.#pty = pty;
    this.#screen = screen;
    pty.onData((data) => {
      this.#raw += data;
      try {
        screen.write(data);
      } catch (thrown) {
        this.#broken ??= thrown;
      }
      this.#tell();
    });
    this.exit = new Promise((resolve) => {
      pty.onExit(({ exitCode, signal }) => {
        this.#ended = true;
        this.#tell();
        resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal);
      });
    });
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  key(name: Key): void {
    this.#pty.write(sequenceOf(name));
  }

  async waitFor(sought: Sought, timeout = 10_000): Promise<void> {
    const found = () => isOn(this.#screen.lines(), sought);
    if (this.#broken === undefined && found()) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (failure: Error | undefined) => {
        clearTimeout(timer);
        this.#changed.delete(look);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      const look = () => {
        if (this.#broken !== undefined) settle(this.#failure('the screen broke', this.#broken));
        else if (found()) settle(undefined);
        else if (this.#ended) settle(this.#failure(`the program ended before ${String(sought)} was there`));
      };
      const timer = setTimeout(() => settle(this.#failure(`${String(sought)} did not appear`)), timeout);
      this.#changed.add(look);
      look();
    });
  }

  screen(): string[] {
    return this.#screen.lines();
  }

  everything(): string[] {
    return this.#screen.everything();
  }

  cursor(): { row: number; column: number } {
    return this.#screen.cursor();
  }

  raw(): string {
    return this.#raw;
  }

  resize(cols: number, rows: number): void {
    this.#screen.resize(cols, rows);
    this.#pty.resize(cols, rows);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.#pty.pid, name);
  }

  async close(): Promise<void> {
    if (!this.#ended) this.#pty.kill('SIGKILL');
    await this.exit;
  }

  #tell(): void {
    for (const look of [...this.#changed]) look();
  }

  #failure(what: string, cause?: unknown): Error {
    const shown = this.#screen.everything().map((line) => `  | ${line}`);
    return new Error([`${what}; the screen:`, ...shown].join('\n'), { cause });
  }
}

function sequenceOf(name: Key): string {
  if (name in KEYS) return KEYS[name as keyof typeof KEYS];
  return String.fromCharCode(name.charCodeAt('ctrl-'.length) - 0x60);
}

function isOn(lines: readonly string[], sought: Sought): boolean {
  if (typeof sought === 'function') return sought(lines);
  const text = lines.join('\n');
  return typeof sought === 'string' ? text.includes(sought) : sought.test(text);
}
