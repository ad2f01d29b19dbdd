/** What the edited line is drawn on, and how readline is told that the screen is not as it left it. */

import type { Interface } from 'node:readline';
import { Writable } from 'node:stream';

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

/** Draws the line in the row where the cursor is now, because something else was on the screen in between. */
export function drawAnew(editor: LineInterface): void {
  editor.prevRows = 0;
  editor.prompt(true);
}
