/**
 * One line at a terminal that says it can do nothing but print (`TERM=dumb`: the shells inside editors, some consoles).
 *
 * The terminal's driver echoes and edits what is typed there and hands it over line by line. Only a line that is not to
 * be shown is read key by key, because the driver would echo it; readline knows no Backspace at such a terminal.
 */

import type { Line, LineEnd, LineOptions } from './line-editor.js';

/** As `editLine`. Ctrl-C reaches the program as a signal, and what was typed before it is thrown away unseen. */
export function readPlainLine({ keyboard, output, prompt, hidden = false }: LineOptions): Line {
  const show = () => output.write(prompt);
  const keys = keyboard.open(show, hidden);
  let settle: (end: LineEnd) => void = () => undefined;
  const result = new Promise<LineEnd>((resolve) => {
    settle = resolve;
  });
  let text = '';
  let over = false;
  const finish = (end: LineEnd, isEchoed = false) => {
    if (over) return;
    over = true;
    if (!keyboard.ended && !isEchoed) output.write('\n');
    keyboard.close(hidden);
    settle(end);
  };
  const interrupt = () => finish({ kind: 'interrupted', empty: false });
  const end = () => finish({ kind: 'ended' });
  const erase = () => {
    text = [...text].slice(0, -1).join('');
  };
  const meanings: Readonly<Record<string, () => void>> = {
    '\r': () => finish({ kind: 'entered', text }, !hidden),
    '\n': () => finish({ kind: 'entered', text }, !hidden),
    '\u0003': interrupt,
    '\u0004': () => text === '' && end(),
    '\u001a': () => keyboard.suspend(),
    '\u007f': erase,
    '\b': erase,
    '\u0015': () => {
      text = '';
    },
  };
  show();
  keys.on('data', (key: string) => {
    if (over) return;
    const meaning = meanings[key];
    if (meaning === undefined) text += key;
    else meaning();
  });
  keys.on('end', end);
  return { result, interrupt, end };
}
