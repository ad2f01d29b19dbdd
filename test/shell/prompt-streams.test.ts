import { PassThrough } from 'node:stream';
import { expect, jest, test } from '@jest/globals';
import { openPrompt, type PromptOptions } from '../../src/shell/prompt.js';
import { openQuestions } from '../../src/shell/questions.js';

function openStreams({ isTTY = true } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: jest.fn() });
  const output = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 80 });
  return { input, output };
}

function optionsFor(streams: ReturnType<typeof openStreams>, changes: Partial<PromptOptions>): PromptOptions {
  return {
    ...streams,
    delimiter: () => 'here > ',
    execute: async () => undefined,
    complete: async (_line, cursor) => ({ from: cursor, replacement: '', choices: [] }),
    history: { entries: () => [], add: () => undefined, flush: async () => undefined },
    mayLeave: async () => true,
    onError: (thrown) => {
      throw thrown;
    },
    abandon: () => undefined,
    ...changes,
  };
}

test('a prompt leaves nothing attached to the process behind', async () => {
  const streams = openStreams();
  const state = () => ({
    signals: ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGCONT'].map((name) => process.listenerCount(name)),
    keys: process.stdin.listenerCount('keypress'),
    resize: streams.output.listenerCount('resize'),
    globals: Object.getOwnPropertyNames(globalThis).filter((name) => name !== '__vorpal'),
  });
  const before = state();
  const lines: string[] = [];
  const execute = async (line: string) => {
    lines.push(line);
    prompt.leave();
  };
  const prompt = await openPrompt(optionsFor(streams, { execute }));
  streams.input.write('fetch 0123\r');
  expect(await prompt.run()).toBe('left');
  expect(lines).toEqual(['fetch 0123']);
  expect(streams.output.read()).toContain('here > ');
  expect(streams.input.setRawMode.mock.calls).toEqual([[true], [false]]);
  expect(state()).toEqual(before);
});

test.each([
  ['marked as pasted', '\u001b[200~', '\u001b[201~'],
  ['sent as keys', '', ''],
])('a long line that is pasted is drawn a few times, not once a character: %s', async (_case, begin, end) => {
  const streams = openStreams();
  const drawings = jest.spyOn(streams.output, 'write');
  const lines: string[] = [];
  const execute = async (line: string) => {
    lines.push(line);
    prompt.leave();
  };
  const prompt = await openPrompt(optionsFor(streams, { execute }));
  const over = prompt.run();
  const long = 'a long line, 日本語 🦊, '.repeat(200);
  const typed = Buffer.from(`${begin}${long}${end}${long}\u0001one \r`);
  // As the system hands over what a terminal sends.
  for (let at = 0; at < typed.length; at += 4095) streams.input.write(typed.subarray(at, at + 4095));
  expect(await over).toBe('left');
  expect(lines).toEqual([`one ${long}${long}`]);
  expect(drawings.mock.calls.length).toBeLessThan(100);
});

test('an input that ends at the prompt ends the shell without a question', async () => {
  const streams = openStreams();
  const mayLeave = jest.fn(async () => false);
  const prompt = await openPrompt(optionsFor(streams, { mayLeave }));
  const over = prompt.run();
  streams.input.end();
  expect(await over).toBe('ended');
  expect(mayLeave).not.toHaveBeenCalled();
});

test('an input that ends in the middle of a line does not run what was typed of it', async () => {
  const streams = openStreams();
  const execute = jest.fn(async () => undefined);
  const prompt = await openPrompt(optionsFor(streams, { execute }));
  const over = prompt.run();
  streams.input.end('save half');
  expect(await over).toBe('ended');
  expect(execute).not.toHaveBeenCalled();
});

test('a question outside a prompt is interrupted by the end of the input, whatever was typed', async () => {
  const streams = openStreams();
  const answer = openQuestions(streams).text('name?');
  streams.input.end('Ad');
  await expect(answer).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
});

test('a completion that comes after the end of its line changes nothing', async () => {
  const streams = openStreams();
  const completes = new Promise<void>((resolve) => {
    streams.output.once('completes', resolve);
  });
  let answer: (completion: { from: number; replacement: string; choices: string[] }) => void = () => undefined;
  const complete = () => {
    streams.output.emit('completes');
    return new Promise<{ from: number; replacement: string; choices: string[] }>((resolve) => {
      answer = resolve;
    });
  };
  const prompt = await openPrompt(optionsFor(streams, { complete }));
  const over = prompt.run();
  streams.input.write('fe\t');
  await completes;
  process.emit('SIGTERM');
  expect(await over).toBe('terminated');
  answer({ from: 0, replacement: 'fetch ', choices: ['fetch'] });
  await new Promise(setImmediate);
  expect(streams.output.read()).not.toContain('fetch');
});

test('an input that ends while a command runs, at a question or not, stops the command', async () => {
  const streams = openStreams();
  const seen: unknown[] = [];
  const execute = async (_line: string, signal: AbortSignal) => {
    streams.input.end();
    seen.push(await prompt.ask.text('name?').catch((thrown) => thrown.code), signal.aborted);
  };
  const prompt = await openPrompt(optionsFor(streams, { execute }));
  streams.input.write('go\r');
  expect(await prompt.run()).toBe('ended');
  expect(seen).toEqual(['E_INTERRUPTED', true]);
});

test('a fault in the question whether to leave is told, and locks nobody in', async () => {
  const streams = openStreams();
  const faults: unknown[] = [];
  const mayLeave = () => Promise.reject(new Error('no such buffer'));
  const prompt = await openPrompt(optionsFor(streams, { mayLeave, onError: (thrown) => faults.push(thrown) }));
  streams.input.write('\u0004');
  expect(await prompt.run()).toBe('left');
  expect(faults).toEqual([expect.objectContaining({ message: 'no such buffer' })]);
});

test('questions outside a prompt take the terminal only while they wait', async () => {
  const streams = openStreams();
  const questions = openQuestions(streams);
  const name = questions.text('name?');
  streams.input.write('Ada\r');
  expect(await name).toBe('Ada');
  expect(streams.input.setRawMode.mock.calls).toEqual([[true], [false]]);
  expect(streams.input.isPaused()).toBe(true);
  const secret = questions.secret('token?');
  streams.input.write('hunter2\r');
  expect(await secret).toBe('hunter2');
  expect(streams.output.read()).not.toContain('hunter2');
});

test('where nobody can answer, a question for yes or no has its fallback, and others are errors', async () => {
  const questions = openQuestions(openStreams({ isTTY: false }));
  expect(questions.interactive).toBe(false);
  expect(await questions.confirm('sure?', true)).toBe(true);
  await expect(questions.text('name?')).rejects.toMatchObject({ code: 'E_CREDENTIALS' });
  await expect(questions.secret('token?')).rejects.toMatchObject({ code: 'E_CREDENTIALS' });
});

test('questions that wait are interrupted with the one that is open', async () => {
  const questions = openQuestions(openStreams());
  const both = Promise.allSettled([questions.text('first?'), questions.text('second?')]);
  await Promise.resolve();
  questions.interrupt();
  const interrupted = expect.objectContaining({
    status: 'rejected',
    reason: expect.objectContaining({ code: 'E_INTERRUPTED' }),
  });
  expect(await both).toEqual([interrupted, interrupted]);
});
