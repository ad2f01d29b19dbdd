import { expect, test } from '@jest/globals';
import { enter, isAtPrompt, lastLine, PROMPT, usePromptTerminals } from '../support/prompt-terminal.js';

const shell = usePromptTerminals();
const open = () => shell.open({ env: { TERM: 'dumb' } });

test('at a terminal that can only print no control sequence is written, and Backspace erases', async () => {
  const terminal = await open();
  terminal.type('fetsh');
  terminal.key('backspace');
  terminal.key('backspace');
  await enter(terminal, 'ch', 'got "fetch"');
  expect(terminal.everything()).toEqual([`${PROMPT}fetch`, 'got "fetch"', PROMPT.trimEnd()]);
  expect(terminal.raw()).not.toContain('\u001b');
});

test('a secret is not echoed there, and mended with Backspace', async () => {
  const terminal = await open();
  terminal.type('secret\r');
  await terminal.waitFor((screen) => lastLine(screen) === 'token?');
  terminal.type('hunter2xy');
  terminal.key('backspace');
  terminal.key('backspace');
  terminal.type('\r');
  await terminal.waitFor((screen) => screen.includes('length: 7') && isAtPrompt(screen));
  expect(terminal.raw()).not.toMatch(/hunter2|\u001b/u);
  await enter(terminal, 'shown again', 'got "shown again"');
});

test('a secret that is typed over from the start is the second one, and Ctrl-C and Ctrl-D end its question', async () => {
  const terminal = await open();
  for (const [typed, answer] of [
    ['wrong\u0015right\r', 'length: 5'],
    ['half\u0003', 'length: E_INTERRUPTED'],
    ['\u0004', 'length: E_INTERRUPTED'],
  ] as const) {
    terminal.type('secret\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'token?');
    terminal.type(typed);
    await terminal.waitFor(
      (screen) => screen.at(screen.indexOf(PROMPT.trimEnd()) - 1) === answer && isAtPrompt(screen),
    );
  }
});

test('Ctrl-C takes the line back and stops a command, and Ctrl-D leaves', async () => {
  const terminal = await open();
  terminal.type('half a line');
  await terminal.waitFor('half a line');
  terminal.key('ctrl-c');
  await terminal.waitFor((screen) => isAtPrompt(screen));
  terminal.type('wait\r');
  await terminal.waitFor('waiting');
  terminal.key('ctrl-c');
  await terminal.waitFor((screen) => screen.includes('^Cstopped') && isAtPrompt(screen));
  terminal.key('ctrl-d');
  await terminal.waitFor('bye (ended, hooks');
  expect(terminal.raw()).not.toContain('got');
});

test('what is typed while a command runs waits for its end', async () => {
  const terminal = await open();
  terminal.type('text\r');
  await terminal.waitFor((screen) => lastLine(screen) === 'name?');
  terminal.type('Ada\rnext\r');
  await terminal.waitFor((screen) => screen.includes('answer: Ada') && screen.includes(`${PROMPT}got "next"`));
});
