import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { enter, isAtPrompt, lastLine, PROMPT, usePromptTerminals, wrapped } from '../support/prompt-terminal.js';

const shell = usePromptTerminals();

describe('the line', () => {
  test('the prompt is exact, with one blank behind it', async () => {
    const terminal = await shell.open();
    expect(terminal.cursor()).toEqual({ row: 0, column: PROMPT.length });
    expect(terminal.raw()).toContain(PROMPT);
  });

  test('the prompt may change between commands', async () => {
    const terminal = await shell.open();
    terminal.type('delimiter imgur\r');
    await terminal.waitFor((screen) => lastLine(screen) === '[albaretto] [imgur] >');
  });

  test.each([
    'fetch https://x.example/y?a=b&c=d#e 0123 00123e5 1e10000',
    'save "a | b" -g=2 key=value | x \\| y > folder',
    '  blanks  around  ',
    'undefined',
    "--flag='1' $HOME ~ * `x` {a,b}",
    'ünïcödé 日本語 🦊',
  ])('%j reaches the command unchanged', async (line) => {
    const terminal = await shell.open({ cols: 200 });
    await enter(terminal, line, `got ${JSON.stringify(line)}`);
  });

  test('an empty line and one of blanks prompt again', async () => {
    const terminal = await shell.open();
    terminal.type('\r   \r');
    await terminal.waitFor((screen) => screen.filter((line) => line === PROMPT.trimEnd()).length === 3);
    expect(terminal.raw()).not.toContain('got');
  });

  test("Vorpal's own commands are gone", async () => {
    const terminal = await shell.open();
    await enter(terminal, 'help', 'got "help"');
    await enter(terminal, 'quit', 'got "quit"');
  });

  test('a fault of a command is told and the prompt comes back', async () => {
    const terminal = await shell.open();
    await enter(terminal, 'fail', 'error: it broke');
  });

  test('several pasted lines run one after the other, each behind its own prompt', async () => {
    const terminal = await shell.open();
    terminal.type('one\rtwo\rthree');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'three'));
    expect(terminal.everything()).toEqual([`${PROMPT}one`, 'got "one"', `${PROMPT}two`, 'got "two"', `${PROMPT}three`]);
  });

  test('in pasted text a tab is a blank, and control characters press no key', async () => {
    const terminal = await shell.open();
    await enter(terminal, '\u001b[200~fe\tb\u0003\u001b[Dc\u001b[201~', 'got "fe b[Dc"');
    await enter(terminal, '\u001b[200~one\r', 'got "one"');
    terminal.type('two\u001b[20');
    terminal.type('1~');
    terminal.key('left');
    terminal.type('!');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'tw!o'));
  });
});

describe('editing', () => {
  test('keys in the middle of a line change it there', async () => {
    const terminal = await shell.open();
    terminal.type('save flder');
    for (let step = 0; step < 4; step += 1) terminal.key('left');
    terminal.type('o');
    await terminal.waitFor(
      (screen) => isAtPrompt(screen, 'save folder') && terminal.cursor().column === PROMPT.length + 'save fo'.length,
    );
    terminal.key('home');
    terminal.type('X');
    terminal.key('delete');
    terminal.key('end');
    terminal.key('backspace');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'Xave folde'));
    terminal.key('ctrl-a');
    terminal.key('alt-f');
    terminal.key('ctrl-k');
    terminal.type('x');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'Xave x'));
    terminal.key('enter');
    await terminal.waitFor('got "Xave x"');
  });

  test('whole words can be jumped over and deleted', async () => {
    const terminal = await shell.open();
    terminal.type('one two three');
    terminal.key('ctrl-left');
    terminal.key('ctrl-left');
    terminal.key('ctrl-w');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'two three'));
    terminal.key('alt-d');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'three'));
    terminal.key('ctrl-e');
    terminal.key('ctrl-u');
    await terminal.waitFor((screen) => isAtPrompt(screen));
  });

  test('text that is pasted into the middle stays in the middle', async () => {
    const terminal = await shell.open();
    terminal.type('ad');
    terminal.key('left');
    terminal.type('bbbccc');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'abbbcccd'));
    terminal.key('enter');
    await terminal.waitFor('got "abbbcccd"');
  });

  test('wide characters and emoji keep the cursor where it belongs', async () => {
    const terminal = await shell.open();
    terminal.type('日本 🦊e\u0301z');
    await terminal.waitFor((screen) => isAtPrompt(screen, '日本 🦊e\u0301z'));
    expect(terminal.cursor().column).toBe(PROMPT.length + 9);
    for (const column of [8, 8, 7, 5, 4, 2]) {
      terminal.key('left');
      await terminal.waitFor(() => terminal.cursor().column === PROMPT.length + column);
    }
    terminal.type('!');
    await terminal.waitFor((screen) => isAtPrompt(screen, '日!本 🦊e\u0301z'));
    terminal.key('enter');
    await terminal.waitFor('got "日!本 🦊e\u0301z"');
  });
});

describe('history', () => {
  test('Up and Down walk through it, over two sessions', async () => {
    const first = await shell.open();
    await enter(first, 'fetch a', 'got "fetch a"');
    await enter(first, 'save b', 'got "save b"');
    first.key('ctrl-d');
    expect(await first.exit).toBe(0);

    const second = await shell.open();
    second.key('up');
    await second.waitFor((screen) => isAtPrompt(screen, 'save b'));
    second.key('up');
    await second.waitFor((screen) => isAtPrompt(screen, 'fetch a'));
    second.key('down');
    await second.waitFor((screen) => isAtPrompt(screen, 'save b'));
    second.key('down');
    await second.waitFor((screen) => isAtPrompt(screen));
    second.type('fe');
    second.key('up');
    await second.waitFor((screen) => isAtPrompt(screen, 'fetch a'));
    second.key('enter');
    await second.waitFor((screen) => screen.includes('got "fetch a"'));
  });

  test('answers to questions, secrets and lines behind a blank are not in it', async () => {
    const terminal = await shell.open();
    await enter(terminal, ' hidden line', 'got " hidden line"');
    await enter(terminal, 'text\rAda', 'answer: Ada');
    await enter(terminal, 'set SECRET', 'got "set SECRET"');
    terminal.key('up');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'text'));
    terminal.key('ctrl-c');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    terminal.key('ctrl-d');
    await terminal.exit;
    expect(await readFile(join(shell.folder(), 'config', 'history'), 'utf8')).toBe('text\n');
    expect((await stat(join(shell.folder(), 'config', 'history'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(shell.folder(), 'config'))).mode & 0o777).toBe(0o700);
  });

  test('nothing is left in the folder for temporary files', async () => {
    const terminal = await shell.open();
    await enter(terminal, 'fetch a', 'got "fetch a"');
    terminal.key('ctrl-d');
    await terminal.exit;
    expect(await readdir(shell.folder())).toEqual(['config']);
    expect(await readdir(join(shell.folder(), 'config'))).toEqual(['history']);
  });
});

describe('the Tab key', () => {
  test('completes what is common, and lists the choices when it is pressed again', async () => {
    const terminal = await shell.open();
    terminal.type('fe');
    terminal.key('tab');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'fetch'));
    terminal.key('tab');
    await terminal.waitFor((screen) => screen.includes('fetch      fetch-all') && isAtPrompt(screen, 'fetch'));
    terminal.type('-');
    terminal.key('tab');
    await terminal.waitFor(() => terminal.cursor().column === `${PROMPT}fetch-all `.length);
    terminal.key('enter');
    await terminal.waitFor('got "fetch-all "');
  });

  test('a list under a line of several rows hides none of it, and the cursor stays', async () => {
    const terminal = await shell.open({ cols: 40 });
    const right = 'z'.repeat(60);
    terminal.type(`fetch${right}`);
    terminal.key('home');
    for (let step = 0; step < 'fetch'.length; step += 1) terminal.key('right');
    terminal.key('tab');
    terminal.key('tab');
    const line = wrapped(`${PROMPT}fetch${right}`, 40);
    await terminal.waitFor(
      () => terminal.everything().join('\n') === [...line, 'fetch      fetch-all', ...line].join('\n'),
    );
    await terminal.waitFor(
      () => terminal.cursor().row === line.length + 1 && terminal.cursor().column === `${PROMPT}fetch`.length,
    );
  });

  test('completes names with wide characters and blanks', async () => {
    const terminal = await shell.open();
    terminal.type('wö');
    terminal.key('tab');
    terminal.type('!');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'wörld 🦊 !'));
  });

  test('with nothing to offer it changes nothing', async () => {
    const terminal = await shell.open();
    terminal.type('nothing');
    terminal.key('tab');
    terminal.key('tab');
    terminal.type('!');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'nothing!'));
    expect(terminal.everything()).toHaveLength(1);
  });
});
