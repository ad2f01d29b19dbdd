import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { linesOf, NO_PAINT, progressText } from '../../src/report/lines.js';
import { EVENTS, openStage, type Stage, type StageOptions } from './support.js';

/** What sets a colour or a weight. */
const PAINT = /\u001b\[\d+(;\d+)*m/u;

beforeEach(() => {
  jest.useFakeTimers();
  process.env.FORCE_COLOR = '1';
});

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.reporter.close();
  delete process.env.FORCE_COLOR;
  jest.useRealTimers();
});

const stages: Stage[] = [];

async function terminal(options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage({ out: true, err: true, ...options });
  stages.push(stage);
  return stage;
}

describe('on a terminal', () => {
  test('the lines are those of a pipe, in colour', async () => {
    const stage = await terminal();
    for (const { event } of EVENTS) stage.reporter.emit(event);
    const plain = (text: string) => stripVTControlCharacters(text).split('\n').slice(0, -1);
    expect(plain(stage.out.text)).toEqual(EVENTS.flatMap(({ out = [] }) => out));
    expect(plain(stage.err.text)).toEqual(EVENTS.flatMap(({ err = [] }) => err));
    expect(stage.out.text).toMatch(PAINT);
    expect(stage.err.text).toMatch(PAINT);
  });

  test.each([
    ['NO_COLOR is set', { noColor: true }],
    ['stdout is a pipe', { out: false }],
  ])('nothing is coloured where %s, the spinner neither', async (_case, options) => {
    const stage = await terminal(options);
    for (const { event } of EVENTS) stage.reporter.emit(event);
    stage.reporter.busy('waiting');
    jest.advanceTimersByTime(2000);
    expect(stage.err.text).toContain('waiting');
    expect(stage.out.text + stage.err.text).not.toMatch(PAINT);
  });

  test('what takes long gets a spinner, on stderr, and what is short gets none', async () => {
    const { reporter, out, err } = await terminal();
    reporter.busy('short');
    jest.advanceTimersByTime(200);
    reporter.idle();
    jest.advanceTimersByTime(2000);
    expect(err.text).toBe('');
    reporter.busy('long');
    jest.advanceTimersByTime(300);
    expect(stripVTControlCharacters(err.text)).toMatch(/\S long/u);
    reporter.progress({ command: 'fetch', done: 1, total: 4, bytes: 2048, bytesPerSecond: 1024, secondsLeft: 3 });
    jest.advanceTimersByTime(300);
    expect(stripVTControlCharacters(err.text)).toContain('Fetching 1/4, 2.00 KiB, 1.00 KiB/s, 3 s left');
    expect(out.text).toBe('');
    reporter.idle();
    const { length } = err.text;
    jest.advanceTimersByTime(5000);
    expect(err.text).toHaveLength(length);
  });

  test('a line comes while a spinner turns, whole and on its own line', async () => {
    const { reporter, err } = await terminal();
    reporter.busy('long');
    jest.advanceTimersByTime(300);
    err.text = '';
    reporter.emit({ event: 'warning', text: 'take care' });
    const written = stripVTControlCharacters(err.text);
    expect(written).toMatch(/(^|\n) {2}! take care\n/u);
    expect(err.text.indexOf('\u001b[K')).toBeLessThan(err.text.indexOf('take care'));
  });

  test('nothing is drawn while a question is open', async () => {
    const { reporter, err } = await terminal();
    reporter.busy('long');
    jest.advanceTimersByTime(300);
    reporter.pause();
    const { length } = err.text;
    reporter.busy('still long');
    jest.advanceTimersByTime(5000);
    expect(err.text).toHaveLength(length);
    reporter.resume();
    reporter.busy('still long');
    jest.advanceTimersByTime(300);
    expect(stripVTControlCharacters(err.text.slice(length))).toContain('still long');
  });

  test('--quiet shows no spinner', async () => {
    const { reporter, err } = await terminal({ verbosity: 'quiet' });
    reporter.busy('long');
    reporter.emit({ event: 'waiting', reason: 'slow down', milliseconds: 5000 });
    jest.advanceTimersByTime(5000);
    expect(err.text).toBe('');
  });

  test('a wait is counted by the spinner, and drives no terminal', async () => {
    const { reporter, err } = await terminal({ noColor: true });
    reporter.emit({ event: 'waiting', reason: 'slow\u001b[2J\ndown', milliseconds: 4200 });
    jest.advanceTimersByTime(300);
    expect(err.text).toContain('next try in 5 s: slow[2J down');
    jest.advanceTimersByTime(2000);
    expect(err.text).toContain('next try in 3 s: slow[2J down');
    expect(err.text).not.toContain('\u001b[2J');
  });

  test.each([20, 40, 200])('a spinner’s line fits %d columns, and shows no secret', async (columns) => {
    const { reporter, redactor, err } = await terminal({ columns, noColor: true });
    redactor.add('hunter2hunter2');
    reporter.busy(`hunter2hunter2 ${'x'.repeat(300)}`);
    jest.advanceTimersByTime(300);
    expect(err.text).not.toContain('hunter2');
    const drawn = stripVTControlCharacters(err.text);
    expect(drawn).toContain('x…');
    expect(drawn.length).toBeLessThanOrEqual(columns);
  });

  test('closing ends the spinner', async () => {
    const stage = await terminal();
    stage.reporter.busy('long');
    jest.advanceTimersByTime(300);
    await stage.reporter.close();
    const { length } = stage.err.text;
    jest.advanceTimersByTime(5000);
    expect(stage.err.text).toHaveLength(length);
  });
});

describe('the spinner’s text', () => {
  test.each([
    [{ command: 'fetch', done: 0, bytes: 0, bytesPerSecond: 0 }, 'Fetching 0, 0 B'],
    [
      { command: 'fetch', done: 2, total: 4, bytes: 1_258_291, bytesPerSecond: 3_575_644, secondsLeft: 1.2 },
      'Fetching 2/4, 1.20 MiB, 3.41 MiB/s, 2 s left',
    ],
    [
      { command: 'save', done: 1, total: 1, bytes: 10, bytesPerSecond: 0, secondsLeft: 0 },
      'Saving 1/1, 10 B, 0 s left',
    ],
  ] as const)('%#', (progress, text) => {
    expect(progressText(progress)).toBe(text);
  });

  test('needs no line: progress and waits have none', () => {
    expect(linesOf({ event: 'progress', command: 'fetch', done: 1, bytes: 1, bytesPerSecond: 1 }, NO_PAINT)).toEqual(
      [],
    );
    expect(linesOf({ event: 'waiting', reason: 'x', milliseconds: 1 }, NO_PAINT)).toEqual([]);
  });
});
