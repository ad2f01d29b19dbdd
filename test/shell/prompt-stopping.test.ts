import { describe, expect, test } from '@jest/globals';
import { enter, isAtPrompt, lastLine, PROMPT, usePromptTerminals } from '../support/prompt-terminal.js';

const shell = usePromptTerminals();

describe('Ctrl-C', () => {
  test('stops the running command and the prompt comes back', async () => {
    const terminal = await shell.open();
    terminal.type('wait\r');
    await terminal.waitFor((screen) => lastLine(screen) === 'waiting');
    terminal.key('ctrl-c');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    expect(terminal.everything()).toEqual([`${PROMPT}wait`, 'waiting', 'stopped', PROMPT.trimEnd()]);
    await enter(terminal, 'next', 'got "next"');
  });

  test('forgets what was typed while the command ran, and shows none of it', async () => {
    const terminal = await shell.open();
    terminal.type('wait\r');
    await terminal.waitFor('waiting');
    terminal.type('unwanted\r');
    terminal.key('ctrl-c');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    terminal.type('x');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'x'));
    expect(terminal.raw()).not.toContain('unwanted');
  });

  test('a second one says that it is still stopping, a third ends the program with 130', async () => {
    const terminal = await shell.open();
    terminal.type('stubborn\r');
    await terminal.waitFor('begun');
    terminal.key('ctrl-c');
    await terminal.waitFor('told to stop');
    terminal.key('ctrl-c');
    await terminal.waitFor('Still stopping.');
    expect(terminal.screen().some((line) => line === PROMPT.trimEnd())).toBe(false);
    terminal.key('ctrl-c');
    expect(await terminal.exit).toBe(130);
  });

  test('clears a line that was begun, and leaves the program running', async () => {
    const terminal = await shell.open();
    terminal.type('half a line');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'half a line'));
    terminal.key('ctrl-c');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    await enter(terminal, 'next', 'got "next"');
    expect(terminal.raw()).not.toContain('again to quit');
  });

  test('leaves at an empty prompt', async () => {
    const terminal = await shell.open();
    terminal.key('ctrl-c');
    expect(await terminal.exit).toBe(0);
    expect(terminal.everything()).toEqual([PROMPT.trimEnd(), 'bye (left, hooks 0000, keypress 0)']);
  });

  test.each([
    { answer: 'n\r', leaves: false },
    { answer: '\r', leaves: false },
    { answer: '\u0003', leaves: false },
    { answer: 'y\r', leaves: true },
  ])('with something unsaved the answer $answer decides', async ({ answer, leaves }) => {
    const terminal = await shell.open();
    terminal.type('unsaved\r');
    await terminal.waitFor((screen) => screen.length > 1 && screen[1] === PROMPT.trimEnd());
    terminal.key('ctrl-c');
    await terminal.waitFor((screen) => lastLine(screen) === 'unsaved items: leave? [y/N]');
    terminal.type(answer);
    if (leaves) expect(await terminal.exit).toBe(0);
    else await enter(terminal, 'next', 'got "next"');
  });

  test('as a signal from elsewhere it does the same', async () => {
    const terminal = await shell.open();
    terminal.type('wait\r');
    await terminal.waitFor('waiting');
    terminal.signal('SIGINT');
    await terminal.waitFor((screen) => screen.includes('stopped') && isAtPrompt(screen));
    terminal.type('half');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'half'));
    terminal.signal('SIGINT');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    terminal.signal('SIGINT');
    expect(await terminal.exit).toBe(0);
  });
});

describe('leaving', () => {
  test('Ctrl-D leaves at an empty prompt', async () => {
    const terminal = await shell.open();
    terminal.key('ctrl-d');
    expect(await terminal.exit).toBe(0);
  });

  test('Ctrl-D with text deletes to the right', async () => {
    const terminal = await shell.open();
    terminal.type('abc');
    terminal.key('ctrl-d');
    terminal.key('home');
    terminal.key('ctrl-d');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'bc'));
  });

  test('a command may leave, if that is agreed to', async () => {
    const terminal = await shell.open();
    terminal.type('unsaved\rexit\r');
    await terminal.waitFor('leave? [y/N]');
    terminal.type('no\r');
    await terminal.waitFor((screen) => isAtPrompt(screen));
    terminal.type('exit\ryes\r');
    expect(await terminal.exit).toBe(0);
    expect(terminal.everything().at(-1)).toMatch(/^bye \(left/u);
  });

  test('SIGTERM stops the command and leaves without a question', async () => {
    const terminal = await shell.open();
    terminal.type('unsaved\rwait\r');
    await terminal.waitFor('waiting');
    terminal.signal('SIGTERM');
    expect(await terminal.exit).toBe(0);
    expect(terminal.everything().slice(-2)).toEqual(['stopped', expect.stringMatching(/^bye \(terminated/u)]);
  });

  test('SIGTERM at the prompt leaves, also with text in the line', async () => {
    const terminal = await shell.open();
    terminal.type('half a line');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'half a line'));
    terminal.signal('SIGTERM');
    expect(await terminal.exit).toBe(0);
    expect(terminal.everything().at(-1)).toMatch(/^bye \(terminated/u);
  });

  test('a second SIGTERM does not wait for a stubborn command', async () => {
    const terminal = await shell.open();
    terminal.type('stubborn\r');
    await terminal.waitFor('begun');
    terminal.signal('SIGTERM');
    await terminal.waitFor('told to stop');
    terminal.signal('SIGTERM');
    expect(await terminal.exit).toBe(130);
  });

  test('Ctrl-Z where no shell could continue the program does no harm', async () => {
    const terminal = await shell.open();
    terminal.type('ab');
    terminal.key('ctrl-z');
    terminal.key('left');
    terminal.type('!');
    await terminal.waitFor((screen) => isAtPrompt(screen, 'a!b'));
    await enter(terminal, '', 'got "a!b"');
  });
});
