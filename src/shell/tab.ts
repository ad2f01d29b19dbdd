/**
 * The Tab key: completes what can be completed, and lists what is possible when it is pressed again.
 *
 * readline's own reaction is not used: it lists whole words with their quotes where one wants the names, and after a
 * line of several rows it draws the prompt over the list.
 */

import type { AsyncCompleter } from 'node:readline';
import type { Completion } from './complete.js';
import { drawAnew, type LineInterface, type TerminalOutput } from './drawn-line.js';

export type CompleteLine = (line: string, cursor: number) => Promise<Completion>;

/** Milliseconds that completion may take: keys wait so long. */
const PATIENCE = 1_000;

/** What a list shows at most. */
const MOST_LISTED = 100;

export function tabCompleter(
  editorOf: () => LineInterface,
  output: TerminalOutput,
  complete: CompleteLine,
): AsyncCompleter {
  let unchanged: string | undefined;
  const react = async () => {
    const editor = editorOf();
    const { line, cursor } = editor;
    const completion = await patiently(complete(line, cursor));
    if (completion === undefined || editor.closed) return;
    const pressedAgain = unchanged === stateOf(editor);
    if (
      completion.choices.length > 0 &&
      !replace(editor, completion) &&
      completion.choices.length > 1 &&
      pressedAgain
    ) {
      list(editor, output, completion.choices);
    }
    unchanged = stateOf(editor);
  };
  return (_line, callback) => {
    react()
      .catch(() => undefined) // what fails here fails again, and is told, when the command runs
      .finally(() => {
        // Node 24's readline throws when it is resumed after its end.
        if (!editorOf().closed) callback(null, [[], '']);
      });
  };
}

function stateOf({ line, cursor }: LineInterface): string {
  return `${cursor} ${line}`;
}

/** Writes the completed text over what was typed of it; answers whether that changed anything. */
function replace(editor: LineInterface, { from, replacement }: Completion): boolean {
  const typed = editor.line.slice(from, editor.cursor);
  if (typed === replacement) return false;
  if (replacement.startsWith(typed)) {
    editor.write(replacement.slice(typed.length));
    return true;
  }
  for (const _character of typed) editor.write(null, { name: 'backspace' });
  editor.write(replacement);
  return true;
}

function list(editor: LineInterface, output: TerminalOutput, choices: readonly string[]): void {
  const { cursor } = editor;
  editor.write(null, { ctrl: true, name: 'e' });
  const left = choices.length - MOST_LISTED;
  const more = left > 0 ? `… and ${left} more\n` : '';
  output.write(`\n${inColumns(choices.slice(0, MOST_LISTED), output.columns || 80)}${more}`);
  editor.cursor = cursor;
  drawAnew(editor);
}

/** Column by column, as `ls` does. Columns are set by moving the cursor, so that a misjudged width shifts nothing. */
function inColumns(names: readonly string[], columns: number): string {
  const width = Math.max(...names.map(displayWidth)) + 2;
  const perRow = Math.max(1, Math.floor(columns / width));
  const rows = Math.ceil(names.length / perRow);
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    const cells = names.filter((_name, index) => index % rows === row);
    text += `${cells.map((name, index) => (index === 0 ? name : `\u001b[${index * width + 1}G${name}`)).join('')}\n`;
  }
  return text;
}

/** Cells of a terminal, judged high: everything from the Hangul block on may be two wide. */
function displayWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1), 0);
}

async function patiently<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, undefined);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
