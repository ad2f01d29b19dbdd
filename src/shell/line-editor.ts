/**
 * One line that a person types: editing, history, completion, redrawing.
 *
 * The editor is node's `readline.Interface`. Vorpal's own (inquirer 0.11 over readline2) puts the cursor wherever the
 * prompt's width allows after each key, so that editing in the middle goes wrong, measures no emoji, and knows nothing
 * of a window that changes its size; its Ctrl-D does nothing.
 */

import { createInterface } from 'node:readline';
import { drawAnew, inOnePiece, type LineInterface, LineOutput, type TerminalOutput } from './drawn-line.js';
import type { Keyboard } from './keyboard.js';
import { PASTE_MODE } from './paste.js';
import { readPlainLine } from './plain-line.js';
import { followResize } from './resize.js';
import { type CompleteLine, tabCompleter } from './tab.js';

export type { TerminalOutput } from './drawn-line.js';

export interface LineOptions {
  readonly keyboard: Keyboard;
  readonly output: TerminalOutput;
  readonly prompt: string;
  /** Newest first. Without it there is none. */
  readonly history?: readonly string[];
  readonly complete?: CompleteLine;
  /** Shows nothing of what is typed. */
  readonly hidden?: boolean;
}

/**
 * How a line ended: with Enter; with Ctrl-C, and whether nothing was typed until then as far as that is known; or with
 * Ctrl-D or the end of the input.
 */
export type LineEnd =
  | { readonly kind: 'entered'; readonly text: string }
  | { readonly kind: 'interrupted'; readonly empty: boolean }
  | { readonly kind: 'ended' };

export interface Line {
  /** Never rejects. The cursor then stands at the beginning of a row. */
  readonly result: Promise<LineEnd>;
  /** Ends the line as Ctrl-C does. */
  interrupt(): void;
  /** Ends the line as the end of the input does. */
  end(): void;
}

/** Shows the prompt and reads one line. */
export function editLine(options: LineOptions): Line {
  const { keyboard, output, hidden = false } = options;
  if (keyboard.isDumb) return readPlainLine(options);
  const drawn = new LineOutput(output, hidden);
  const complete = options.complete;
  // What readline draws of a hidden line is left out, the question too.
  const begin = () => output.write(PASTE_MODE.on + (hidden ? options.prompt : ''));
  const editor = createInterface({
    input: inOnePiece(
      keyboard.open(() => {
        output.write('\r');
        begin();
        drawAnew(editor);
      }),
    ),
    output: drawn,
    terminal: true,
    prompt: options.prompt,
    history: [...(options.history ?? [])],
    historySize: options.history === undefined ? 0 : 1_000,
    ...(complete === undefined ? {} : { completer: tabCompleter(() => editor, output, complete) }),
  }) as LineInterface;
  const stopFollowing = followResize(editor, drawn, output, keyboard);
  let settle: (end: LineEnd) => void = () => undefined;
  const result = new Promise<LineEnd>((resolve) => {
    settle = resolve;
  });
  let over = false;
  const finish = (end: LineEnd, farewell: string) => {
    if (over) return;
    over = true;
    stopFollowing();
    if (end.kind !== 'entered' && !editor.closed) editor.write(null, { ctrl: true, name: 'e' }); // below a wrapped line
    if (!keyboard.ended) output.write(farewell + PASTE_MODE.off);
    editor.close();
    keyboard.close(hidden);
    settle(end);
  };
  const interrupt = () =>
    finish({ kind: 'interrupted', empty: editor.line === '' }, editor.line === '' || hidden ? '\n' : '^C\n');
  const end = () => finish({ kind: 'ended' }, '\n');
  editor.on('line', (text) => finish({ kind: 'entered', text }, hidden ? '\n' : ''));
  editor.on('SIGINT', interrupt);
  editor.on('SIGTSTP', () => keyboard.suspend());
  editor.on('close', end);
  begin();
  editor.prompt();
  return { result, interrupt, end };
}
