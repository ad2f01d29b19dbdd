/**
 * Draws the edited line anew when the window becomes wider or narrower.
 *
 * Terminals differ: most wrap what they show anew, so that the line then takes more or fewer rows; some (xterm, the
 * Linux console, xterm.js for the line with the cursor) cut it off instead. Which rows belong to the line can only be
 * told by asking where the cursor came to stand. node's own answer to a resize takes it that nothing moved, which leaves
 * pieces of the line behind or deletes rows that belong to the output above.
 */

import type { LineInterface, LineOutput, TerminalOutput } from './drawn-line.js';
import type { Keyboard } from './keyboard.js';

const ASK_FOR_CURSOR = '\u001b[6n';

interface Position {
  readonly rows: number;
  readonly cols: number;
}

/** Follows the output's `resize` events; answers what ends that. */
export function followResize(
  editor: LineInterface,
  drawn: LineOutput,
  output: TerminalOutput,
  keyboard: Keyboard,
): () => void {
  let stopped = false;
  let busy = false;
  const follow = async () => {
    while (!stopped && drawn.columns !== output.columns) {
      const before = editor.getCursorPos();
      drawn.columns = output.columns;
      const after = editor.getCursorPos();
      editor.pause(); // a key that is drawn now would be drawn in the wrong row
      const rows = await rowsAbove(before, after, drawn.columns || 80, () => {
        output.write(ASK_FOR_CURSOR);
        return keyboard.cursorColumn();
      });
      if (stopped) return;
      editor.prevRows = rows;
      editor.prompt(true);
    }
  };
  const onResize = () => {
    if (busy) return;
    busy = true;
    void follow().finally(() => {
      busy = false;
    });
  };
  output.on('resize', onResize);
  return () => {
    stopped = true;
    output.removeListener('resize', onResize);
  };
}

/**
 * How many rows above the cursor the line begins now. Where that cannot be told it is the smaller number: a piece of the
 * line left behind is ugly, a deleted row of somebody's output is lost.
 */
async function rowsAbove(
  before: Position,
  after: Position,
  columns: number,
  askColumn: () => Promise<number | undefined>,
): Promise<number> {
  if (before.rows === after.rows) return after.rows;
  const column = await askColumn();
  const cutOff = Math.min(before.cols, columns - 1);
  if (cutOff !== after.cols) {
    if (column === after.cols) return after.rows;
    if (column === cutOff) return before.rows;
  }
  return Math.min(before.rows, after.rows);
}
