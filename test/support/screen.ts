/**
 * What a person sees of a terminal: a small emulator of an xterm for the sequences that command-line programs use.
 *
 * A sequence that it does not know throws, so that a test never passes on a screen that a real terminal would not show.
 */

import { cutRows, emptyRow, type Position, type Row, textOf, widthOf, wrapRows } from './screen-rows.js';

export interface ScreenOptions {
  readonly cols: number;
  readonly rows: number;
  /** On a resize most terminals wrap their rows anew (`true`); xterm cuts them off or leaves room. */
  readonly reflows?: boolean;
  /** Receives what the terminal answers to `CSI 6 n`. */
  reply?(text: string): void;
}

export class Screen {
  #options: ScreenOptions;
  #cols: number;
  #height: number;
  /** Rows that scrolled off the top come first. */
  #rows: Row[] = [];
  #row = 0;
  #column = 0;
  /** The last column is written: the next character goes to the next row. */
  #full = false;
  #saved: Position = { row: 0, column: 0 };
  #rest = '';

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#cols = options.cols;
    this.#height = options.rows;
    this.#rows = Array.from({ length: options.rows }, () => emptyRow(options.cols));
  }

  /** The visible rows without trailing blanks. */
  lines(): string[] {
    return this.#rows.slice(-this.#height).map(textOf);
  }

  /** Everything since the start, also what scrolled away, without trailing empty rows. */
  everything(): string[] {
    const lines = this.#rows.map(textOf);
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** Counted from 0 in the visible rows. */
  cursor(): Position {
    return { row: this.#row - this.#top(), column: this.#column };
  }

  write(text: string): void {
    let left = this.#rest + text;
    this.#rest = '';
    while (left !== '') {
      if (left.startsWith('\u001b')) {
        const taken = this.#escape(left);
        if (taken === 0) {
          this.#rest = left;
          return;
        }
        left = left.slice(taken);
      } else {
        const character = String.fromCodePoint(left.codePointAt(0) ?? 0);
        this.#put(character);
        left = left.slice(character.length);
      }
    }
  }

  resize(cols: number, rows: number): void {
    const content = this.#withoutUnusedRows();
    if (this.#options.reflows === true) {
      const wrapped = wrapRows(content, { row: this.#row, column: this.#column }, cols);
      this.#rows = wrapped.rows;
      this.#row = wrapped.cursor.row;
      this.#column = wrapped.cursor.column;
    } else this.#rows = cutRows(content, cols);
    this.#cols = cols;
    this.#height = rows;
    while (this.#rows.length < rows) this.#rows.push(emptyRow(cols));
    this.#column = Math.min(this.#column, cols - 1);
    this.#full = false;
  }

  #top(): number {
    return this.#rows.length - this.#height;
  }

  #withoutUnusedRows(): Row[] {
    const content = [...this.#rows];
    while (content.length > this.#row + 1 && textOf(content.at(-1)) === '') content.pop();
    return content;
  }

  #put(character: string): void {
    switch (character) {
      case '\r':
        this.#column = 0;
        this.#full = false;
        return;
      case '\n':
        this.#feed();
        return;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        this.#full = false;
        return;
      case '\t':
        this.#column = Math.min(this.#cols - 1, (Math.floor(this.#column / 8) + 1) * 8);
        return;
      case '\u0007':
        return;
      default:
        if (character < ' ') throw new Error(`the screen knows no control character ${JSON.stringify(character)}`);
        this.#print(character);
    }
  }

  #print(character: string): void {
    const width = widthOf(character);
    if (width === 0) {
      const cells = this.#current().cells;
      const at = this.#full ? this.#column : this.#column - 1;
      cells[at] = `${cells[at] ?? ''}${character}`;
      return;
    }
    if (this.#full || this.#column + width > this.#cols) {
      this.#current().wraps = true;
      this.#feed();
      this.#column = 0;
      this.#full = false;
    }
    this.#current().cells.splice(this.#column, width, character, ...(width === 2 ? [''] : []));
    this.#full = this.#column + width === this.#cols;
    this.#column = Math.min(this.#cols - 1, this.#column + width);
  }

  #current(): Row {
    const row = this.#rows[this.#row];
    if (row === undefined) throw new Error('the cursor left the screen');
    return row;
  }

  #feed(): void {
    this.#row += 1;
    this.#full = false;
    if (this.#row === this.#rows.length) this.#rows.push(emptyRow(this.#cols));
  }

  /** Answers how many characters the sequence takes; 0 where it is not complete yet. */
  #escape(text: string): number {
    const title = /^\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/u.exec(text);
    if (title !== null) return title[0].length;
    const sequence = /^\u001b\[([?>=]?)([\d;]*)([@-~])/u.exec(text);
    if (sequence !== null) {
      const [all, mode = '', parameters = '', final = ''] = sequence;
      this.#control(mode, parameters.split(';').map(Number), final);
      return all.length;
    }
    if (/^\u001b(?:\[[?>=]?[\d;]*)?$|^\u001b\][^\u0007\u001b]*\u001b?$/u.test(text)) return 0;
    if (text.startsWith('\u001b7')) this.#saved = { row: this.#row, column: this.#column };
    else if (text.startsWith('\u001b8')) this.#moveTo(this.#saved.row, this.#saved.column);
    else throw new Error(`the screen knows no sequence ${JSON.stringify(text.slice(0, 8))}`);
    return 2;
  }

  #control(mode: string, [first = 0, second = 0]: readonly number[], final: string): void {
    const count = Math.max(1, first);
    const sequences: Readonly<Record<string, () => void>> = {
      m: () => undefined,
      '?h': () => undefined,
      '?l': () => undefined,
      A: () => this.#moveTo(this.#row - count, this.#column),
      B: () => this.#moveTo(this.#row + count, this.#column),
      C: () => this.#moveTo(this.#row, this.#column + count),
      D: () => this.#moveTo(this.#row, this.#column - count),
      G: () => this.#moveTo(this.#row, count - 1),
      H: () => this.#moveTo(this.#top() + count - 1, Math.max(1, second) - 1),
      J: () => this.#eraseDisplay(first),
      K: () => this.#eraseRow(this.#current(), first),
      n: () => this.#options.reply?.(`\u001b[${this.#row - this.#top() + 1};${this.#column + 1}R`),
    };
    const act = sequences[mode + final];
    if (act === undefined) throw new Error(`the screen knows no sequence CSI ${mode} ${first} ${final}`);
    act();
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.min(this.#rows.length - 1, Math.max(this.#top(), row));
    this.#column = Math.min(this.#cols - 1, Math.max(0, column));
    this.#full = false;
  }

  #eraseDisplay(part: number): void {
    this.#eraseRow(this.#current(), part);
    for (const [index, row] of this.#rows.entries()) {
      if (index < this.#top()) continue;
      if (part === 2 || (part === 0 ? index > this.#row : index < this.#row)) this.#eraseRow(row, 2);
    }
  }

  #eraseRow(row: Row, part: number): void {
    const [from, to] = part === 0 ? [this.#column, this.#cols] : part === 1 ? [0, this.#column + 1] : [0, this.#cols];
    row.cells.fill(' ', from, to);
    if (part !== 1) row.wraps = false;
  }
}
