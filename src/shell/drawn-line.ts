/** What the edited line is drawn on, and how readline is told that the screen is not as it left it. */

import type { Interface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

/** The output of a terminal: `process.stdout` or `process.stderr`. */
export type TerminalOutput = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

/**
 * node's Interface with what its types leave out. These are plain members since Node 0.12, read at each drawing; setting
 * them is the only way to say that something else was drawn in between.
 */
export interface LineInterface extends Interface {
  /** How many rows above the cursor's the drawn line begins. */
  prevRows: number;
  /** Where the next key goes, in the line's UTF-16 units. */
  cursor: number;
  readonly closed: boolean;
}

/** UTF-16 units. */
const LONGEST_CHARACTER = 2;

/**
 * Passes on what readline draws, or nothing of a hidden line. Its width is set by `followResize` alone and it has no
 * `resize` event, so that readline does not draw before it is known where the line now stands.
 */
export class LineOutput extends Writable {
  columns: number | undefined;

  constructor(output: TerminalOutput, hidden: boolean) {
    super({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        if (!hidden) output.write(chunk);
        done();
      },
    });
    this.columns = output.columns;
  }
}

/**
 * Hands text that the keyboard takes for one key to readline as one. readline itself would take it apart again, and for
 * each character measure the whole line.
 */
export function inOnePiece(keys: Readable): Readable {
  const emit = keys.emit.bind(keys);
  keys.emit = (event: string | symbol, ...values: unknown[]) => {
    const [text] = values;
    const isPiece = event === 'data' && typeof text === 'string' && text.length > LONGEST_CHARACTER;
    return isPiece ? emit('keypress', text, {}) : emit(event, ...values);
  };
  return keys;
}

/** Draws the line in the row where the cursor is now, because something else was on the screen in between. */
export function drawAnew(editor: LineInterface): void {
  editor.prevRows = 0;
  editor.prompt(true);
}
