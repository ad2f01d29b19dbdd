import { describe, expect, test } from '@jest/globals';
import { enter, isAtPrompt, lastLine, PROMPT, usePromptTerminals, wrapped } from '../support/prompt-terminal.js';

const shell = usePromptTerminals();

describe.each([
  { cols: 80, rows: 24 },
  { cols: 40, rows: 24 },
  { cols: 200, rows: 50 },
])('in a window of $cols columns', ({ cols, rows }) => {
  const text = Array.from({ length: 45 }, (_value, index) => `w${String(index).padStart(2, '0')}`).join(' ');

  test('a long line is wrapped, edited and run right', async () => {
    const terminal = await shell.open({ cols, rows });
    await enter(terminal, 'above', 'got "above"');
    terminal.type(text);
    const shown = (line: string) => [`${PROMPT}above`, 'got "above"', ...wrapped(`${PROMPT}${line}`, cols)];
    await terminal.waitFor(() => terminal.everything().join('\n') === shown(text).join('\n'));
    terminal.key('home');
    await terminal.waitFor(() => terminal.cursor().row === 2 && terminal.cursor().column === PROMPT.length);
    terminal.type('x y ');
    await terminal.waitFor(() => terminal.everything().join('\n') === shown(`x y ${text}`).join('\n'));
    terminal.key('end');
    terminal.key('ctrl-w');
    terminal.key('backspace');
    const edited = `x y ${text.slice(0, -4)}`;
    await terminal.waitFor(() => terminal.everything().join('\n') === shown(edited).join('\n'));
    terminal.key('enter');
    const whole = `got ${JSON.stringify(edited)}`;
    await terminal.waitFor((screen) => isAtPrompt(screen) && screen.join('').includes(whole));
  });

  test('a line that fills the row to its end goes on in the next one', async () => {
    const terminal = await shell.open({ cols, rows });
    const full = 'x'.repeat(cols - PROMPT.length);
    terminal.type(full);
    await terminal.waitFor(() => terminal.cursor().row === 1 && terminal.cursor().column === 0);
    terminal.key('backspace');
    terminal.type('日本');
    await terminal.waitFor((screen) => screen[1] === '日本');
    terminal.key('left');
    terminal.key('left');
    terminal.type('!');
    await terminal.waitFor((screen) => screen[0] === `${PROMPT}${full.slice(1)}!` && screen[1] === '日本');
  });

  test('a wrapped line is left behind whole by Ctrl-C', async () => {
    const terminal = await shell.open({ cols, rows });
    terminal.type(text);
    await terminal.waitFor((screen) => screen.join('').endsWith('w44'));
    terminal.key('home');
    await terminal.waitFor(() => terminal.cursor().row === 0 && terminal.cursor().column === PROMPT.length);
    terminal.key('ctrl-c');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    expect(terminal.everything()).toEqual([...wrapped(`${PROMPT}${text}^C`, cols), PROMPT.trimEnd()]);
  });
});

describe('a window that changes its size', () => {
  const text = 'fetch task-0001 task-0002 task-0003 task-0004 task-0005 task-0006 task-0007 task-0008';

  describe.each([
    { name: 'wraps its rows anew', reflows: true, reports: true },
    { name: 'cuts its rows off', reflows: false, reports: true },
    { name: 'says nothing of its cursor', reflows: false, reports: false },
  ])('and $name', ({ reflows, reports }) => {
    test.each([
      { from: 80, to: 40 },
      { from: 80, to: 50 },
      { from: 40, to: 120 },
      { from: 200, to: 60 },
    ])('from $from to $to columns the line is whole, and what stood above it stays', async ({ from, to }) => {
      const terminal = await shell.open({ cols: from, reflows, reports });
      await enter(terminal, 'above', 'got "above"');
      terminal.type(text);
      await terminal.waitFor((screen) => screen.join('').endsWith('task-0008'));
      terminal.key('left');
      await terminal.waitFor(() => terminal.cursor().column === ((PROMPT + text).length - 1) % from);
      const shown = terminal.raw().length;
      terminal.resize(to, 24);
      const line = wrapped(`${PROMPT}${text}`, to);
      const isDrawn = () => terminal.raw().slice(shown).includes(PROMPT);
      const isWhole = (screen: readonly string[]) => lastLine(screen, line.length) === line.join('');
      await terminal.waitFor(
        (screen) => isDrawn() && isWhole(screen) && terminal.cursor().column === ((PROMPT + text).length - 1) % to,
      );
      terminal.type('9');
      await terminal.waitFor((screen) => lastLine(screen, line.length).endsWith('task-00098'));
      const everything = terminal.everything();
      expect(everything.slice(0, 2)).toEqual([`${PROMPT}above`, 'got "above"']);
      // From 80 to 40 the cursor's column is the same whether the rows were wrapped anew or not: a piece may stay above.
      const isCertain = reports ? !(reflows && from === 80 && to === 40) : from > to;
      if (isCertain) expect(everything).toHaveLength(2 + line.length);
    });
  });
});
