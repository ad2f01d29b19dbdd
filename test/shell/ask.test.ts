import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { AlbarettoError } from '../../src/errors.js';
import { createLineAsk, createRefusingAsk, type LineAskOptions } from '../../src/shell/ask.js';

/** A person who is a pipe. */
function piped(signal = new AbortController().signal) {
  const input = new PassThrough();
  const output = {
    text: '',
    write(text: string) {
      this.text += text;
    },
  };
  const streams = { input, output } as unknown as Pick<LineAskOptions, 'input' | 'output'>;
  return { ask: createLineAsk({ ...streams, signal }), input, output };
}

const codeOf = (work: Promise<unknown>) => work.then(String, (thrown: AlbarettoError) => thrown.code);

/** Long enough for whatever is waiting to have begun. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a question to a pipe', () => {
  test('is answered by its next line, and shown beside the results', async () => {
    const { ask, input, output } = piped();
    input.write('one\r\ntwo\n');
    expect(ask.interactive).toBe(true);
    expect(await ask.text('first: ')).toBe('one');
    expect(await ask.secret('second: ')).toBe('two');
    expect(output.text).toBe('first: \nsecond: \n');
  });

  test('waits for a line that comes later, and takes the last one without its end', async () => {
    const { ask, input } = piped();
    const answer = ask.text('? ');
    await aMoment();
    input.end('late');
    expect(await answer).toBe('late');
  });

  test('at the end of the input is answered by nobody, however often it is asked', async () => {
    const { ask, input } = piped();
    input.end();
    for (let round = 0; round < 3; round += 1) expect(await codeOf(ask.secret('token: '))).toBe('E_CREDENTIALS');
    expect(await ask.confirm('sure?', true)).toBe(true);
    expect(await ask.confirm('sure?', false)).toBe(false);
  });

  test.each([
    ['y', false, true],
    ['Yes', false, true],
    ['n', true, false],
    ['whatever', true, false],
    ['', true, true],
    ['  ', false, false],
  ])('of yes or no, the line %j where %s is the fallback, is %s', async (line, fallback, answer) => {
    const { ask, input, output } = piped();
    input.write(`${line}\n`);
    expect(await ask.confirm('sure?', fallback)).toBe(answer);
    expect(output.text).toBe(`sure? (${fallback ? 'Y/n' : 'y/N'}) \n`);
  });

  test('of an input that fails is answered by nobody', async () => {
    const { ask, input } = piped();
    const answer = codeOf(ask.text('? '));
    await aMoment();
    input.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    expect(await answer).toBe('E_CREDENTIALS');
  });
});

describe('an abort', () => {
  test('ends a question that waits, and one that is asked later', async () => {
    const controller = new AbortController();
    const { ask } = piped(controller.signal);
    const answer = codeOf(ask.text('? '));
    await aMoment();
    controller.abort();
    expect(await answer).toBe('E_INTERRUPTED');
    expect(await codeOf(ask.text('? '))).toBe('E_INTERRUPTED');
    expect(await codeOf(ask.confirm('sure?', true))).toBe('E_INTERRUPTED');
  });

  test('of the question’s own takes it back: the next line answers the next question', async () => {
    const { ask, input } = piped();
    const own = new AbortController();
    const taken = codeOf(ask.text('first: ', { signal: own.signal }));
    await aMoment();
    own.abort();
    expect(await taken).toBe('E_INTERRUPTED');
    const next = ask.text('second: ');
    input.write('one\ntwo\n');
    expect(await next).toBe('one');
    expect(await ask.text('third: ')).toBe('two');
  });

  test('leaves no listener behind a question that was answered', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = ((...words: Parameters<typeof add>) => {
      listeners += 1;
      add(...words);
    }) as typeof signal.addEventListener;
    signal.removeEventListener = ((...words: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...words);
    }) as typeof signal.removeEventListener;
    const { ask, input } = piped(signal);
    input.write('a\n'.repeat(20));
    for (let round = 0; round < 20; round += 1) await ask.text('? ');
    expect(listeners).toBe(0);
  });
});

test('where nobody can be asked, nobody is: the answer is the fallback or a failure', async () => {
  const ask = createRefusingAsk();
  expect(ask.interactive).toBe(false);
  expect(await ask.confirm('sure?', true)).toBe(true);
  expect(await ask.confirm('sure?', false)).toBe(false);
  expect(await codeOf(ask.text('? '))).toBe('E_CREDENTIALS');
  expect(await codeOf(ask.secret('? '))).toBe('E_CREDENTIALS');
});
