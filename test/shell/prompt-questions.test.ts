import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { enter, isAtPrompt, lastLine, PROMPT, usePromptTerminals } from '../support/prompt-terminal.js';

const shell = usePromptTerminals();

describe('while a command runs', () => {
  test('its output has the screen to itself, and no prompt is shown', async () => {
    const terminal = await shell.open();
    await enter(terminal, 'rows 40', 'row 40');
    const rows = Array.from({ length: 40 }, (_value, index) => `row ${index + 1}`);
    expect(terminal.everything()).toEqual([`${PROMPT}rows 40`, ...rows, PROMPT.trimEnd()]);
  });

  test('a question is asked and answered', async () => {
    const terminal = await shell.open();
    terminal.type('text\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'name?');
    terminal.type('Aa');
    terminal.key('left');
    terminal.type('d');
    await enter(terminal, '', 'answer: Ada');
  });

  test('two questions at once are asked one after the other', async () => {
    const terminal = await shell.open();
    terminal.type('both\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'first?');
    terminal.type('1\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'second?');
    await enter(terminal, '2', 'answers: 1, 2');
  });

  test('a secret is not shown, and what is pasted behind it is no command', async () => {
    const terminal = await shell.open();
    terminal.type('secret\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'token?');
    terminal.type('hunter2x');
    terminal.key('backspace');
    terminal.type('\rrest of the token\r');
    await terminal.waitFor((screen) => screen.includes('length: 7') && isAtPrompt(screen));
    await enter(terminal, 'next', 'got "next"');
    expect(terminal.raw()).not.toMatch(/hunter2|rest of/u);
    terminal.key('ctrl-d');
    await terminal.exit;
    expect(await readFile(join(shell.folder(), 'config', 'history'), 'utf8')).toBe('secret\nnext\n');
  });

  test('the second half of a pasted line end is no answer to the question that the line asks', async () => {
    const terminal = await shell.open();
    terminal.type('\u001b[200~text\r\nAda\u001b[201~');
    await terminal.waitFor((screen) => lastLine(screen) === 'name? Ada');
    await enter(terminal, '', 'answer: Ada');
  });

  test('the question for a secret is there again when the program was stopped and goes on', async () => {
    const terminal = await shell.open();
    terminal.type('secret\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'token?');
    terminal.type('hunter');
    terminal.signal('SIGSTOP');
    terminal.signal('SIGCONT');
    await terminal.waitFor(() => terminal.raw().split('token? ').length === 3);
    expect(lastLine(terminal.screen())).toBe('token?');
    terminal.type('2\r');
    await terminal.waitFor((screen) => screen.includes('length: 7') && isAtPrompt(screen));
  });

  test.each([
    { typed: 'y\r', answer: 'true' },
    { typed: 'no\r', answer: 'false' },
    { typed: '\r', answer: 'true' },
    { typed: '\u0004', answer: 'true' },
    { typed: 'what?\rN\r', answer: 'false' },
  ])('a question for yes or no takes $typed as $answer', async ({ typed, answer }) => {
    const terminal = await shell.open();
    terminal.type('confirm\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'sure? [Y/n]');
    terminal.type(typed);
    await terminal.waitFor((screen) => screen.includes(`answer: ${answer}`) && screen.includes('aborted: false'));
  });

  test('Ctrl-C at a question interrupts it and its command', async () => {
    const terminal = await shell.open();
    terminal.type('confirm\r');
    await terminal.waitFor('sure? [Y/n]');
    terminal.key('ctrl-c');
    await terminal.waitFor(
      (screen) => screen.includes('answer: E_INTERRUPTED') && screen.includes('aborted: true') && isAtPrompt(screen),
    );
  });

  test.each(['text', 'secret'])('Ctrl-D at the question of %s ends it', async (command) => {
    const terminal = await shell.open();
    terminal.type(`${command}\r`);
    await terminal.waitFor('?');
    terminal.key('ctrl-d');
    await terminal.waitFor((screen) => screen.some((line) => line.endsWith(': E_INTERRUPTED')) && isAtPrompt(screen));
  });
});
