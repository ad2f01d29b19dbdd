/** The rows of an emulated screen: cells, widths, and what happens to them when the window changes its width. */

export interface Row {
  /** A cell a column; the second one of a wide character is `''`. */
  cells: string[];
  /** Whether the text goes on in the next row because this one was full. */
  wraps: boolean;
}

export interface Position {
  readonly row: number;
  readonly column: number;
}

const COMBINING = /^(?:\p{M}|[\u200b-\u200d]|[\ufe00-\ufe0f])$/u;
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

/** Cells that a character takes. */
export function widthOf(character: string): 0 | 1 | 2 {
  if (COMBINING.test(character)) return 0;
  const code = character.codePointAt(0) ?? 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

export function emptyRow(cols: number): Row {
  return { cells: filled([], cols), wraps: false };
}

/** Without trailing blanks. */
export function textOf(row: Row | undefined): string {
  return row?.cells.join('').trimEnd() ?? '';
}

/** As xterm does it: what is too long is gone, what is short is filled. */
export function cutRows(rows: readonly Row[], cols: number): Row[] {
  return rows.map(({ cells }) => ({ cells: filled(cells, cols), wraps: false }));
}

/** As most terminals do it: what was one line is wrapped anew, and the cursor stays at its character. */
export function wrapRows(rows: readonly Row[], cursor: Position, cols: number): { rows: Row[]; cursor: Position } {
  const result: Row[] = [];
  let moved: Position = { row: 0, column: 0 };
  let line: string[] = [];
  let cursorAt: number | undefined;
  for (const [index, { cells, wraps }] of rows.entries()) {
    if (index === cursor.row) cursorAt = line.length + cursor.column;
    line.push(...cells);
    if (wraps) continue;
    if (cursorAt !== undefined) {
      moved = { row: result.length + Math.floor(cursorAt / cols), column: cursorAt % cols };
    }
    result.push(...wrapLine(line, cols));
    while (cursorAt !== undefined && result.length <= moved.row) result.push(emptyRow(cols));
    line = [];
    cursorAt = undefined;
  }
  return { rows: result, cursor: moved };
}

function wrapLine(line: readonly string[], cols: number): Row[] {
  const rest = line.slice(0, line.findLastIndex((cell) => cell !== ' ') + 1);
  const rows: Row[] = [];
  do {
    // A wide character goes to the next row as a whole.
    const cells = rest.splice(0, rest[cols] === '' ? cols - 1 : cols);
    rows.push({ cells: filled(cells, cols), wraps: rest.length > 0 });
  } while (rest.length > 0);
  return rows;
}

function filled(cells: readonly string[], cols: number): string[] {
  return [...cells.slice(0, cols), ...Array.from({ length: Math.max(0, cols - cells.length) }, () => ' ')];
}
