import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReportEvent } from '../../src/report/events.js';
import { EVENTS, ITEM, openStage, type TestStream } from './support.js';

const parsed = (stream: TestStream) => stream.lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('--json', () => {
  test.each(EVENTS)('writes $event.event as one line with v, time and its own fields: %#', async ({ event }) => {
    const stage = await openStage({ json: true });
    stage.reporter.emit(event);
    expect(stage.out.lines).toHaveLength(1);
    const [line] = parsed(stage.out);
    expect(line).toEqual({ v: 1, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u), ...event });
    expect(stage.err.text).toBe('');
  });

  test('writes nothing else to stdout, on a terminal too', async () => {
    const stage = await openStage({ json: true, out: true, err: true });
    const { reporter } = stage;
    for (const { event } of EVENTS) reporter.emit(event);
    reporter.busy('waiting for task-1');
    reporter.progress({ command: 'fetch', done: 1, total: 2, bytes: 1, bytesPerSecond: 1 });
    reporter.log.debug('a request');
    reporter.pause();
    reporter.resume();
    reporter.idle();
    await reporter.close();
    expect(parsed(stage.out)).toHaveLength(EVENTS.length + 2);
    expect(stage.out.text + stage.err.text).not.toContain('\u001b');
  });

  test('keeps what a service said, and is harmless on a terminal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const stage = await openStage({ json: true });
        stage.reporter.emit({ event: 'item', ...ITEM, prompt: `\u009b${text}\u202e\u001b` });
        expect(stage.out.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/u);
        expect(stage.out.lines).toHaveLength(1);
        expect(parsed(stage.out)[0]?.prompt).toBe(stage.redactor.clean(`\u009b${text}\u202e\u001b`));
      }),
    );
  });

  test('holds no secret in any field', async () => {
    const stage = await openStage({ json: true });
    stage.redactor.add('hunter2"hunter2');
    const events: ReportEvent[] = [
      { event: 'failed', ...ITEM, stage: 'fetch', code: 'E_FORMAT', message: 'x hunter2"hunter2', retryable: false },
      { event: 'setting', key: 'proxy', value: ['http://me:hunter2@proxy:1', 'hunter2"hunter2'] },
      { event: 'folder', name: 'n', parent: 'p', location: 'l', url: 'https://h.example/?token=hunter2' },
    ];
    for (const event of events) stage.reporter.emit(event);
    expect(stage.out.text).not.toContain('hunter2');
    expect(parsed(stage.out)).toHaveLength(3);
  });

  test('shows progress at most once a second', async () => {
    jest.useFakeTimers({ now: Date.parse('2024-05-01T12:00:00Z') });
    try {
      const stage = await openStage({ json: true });
      for (let step = 0; step < 25; step += 1) {
        stage.reporter.progress({ command: 'save', done: step, total: 25, bytes: step, bytesPerSecond: 10 });
        jest.advanceTimersByTime(100);
      }
      expect(parsed(stage.out).map(({ event, done, time }) => [event, done, time])).toEqual([
        ['progress', 0, '2024-05-01T12:00:00.000Z'],
        ['progress', 10, '2024-05-01T12:00:01.000Z'],
        ['progress', 20, '2024-05-01T12:00:02.000Z'],
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('tells what takes long once', async () => {
    const stage = await openStage({ json: true });
    stage.reporter.busy('waiting');
    stage.reporter.busy('waiting');
    stage.reporter.idle();
    stage.reporter.busy('waiting');
    expect(parsed(stage.out).map(({ event, text }) => [event, text])).toEqual([
      ['notice', 'waiting'],
      ['notice', 'waiting'],
    ]);
  });

  test('--quiet leaves failures, warnings and what was asked for', async () => {
    const stage = await openStage({ json: true, verbosity: 'quiet' });
    for (const { event } of EVENTS) stage.reporter.emit(event);
    stage.reporter.busy('waiting');
    stage.reporter.progress({ command: 'fetch', done: 1, bytes: 1, bytesPerSecond: 1 });
    const expected = EVENTS.filter(({ quiet }) => quiet).map(({ event }) => event.event);
    expect(parsed(stage.out).map(({ event }) => event)).toEqual(expected);
  });

  test('-v and --debug go to stderr', async () => {
    const stage = await openStage({ json: true, verbosity: 'debug' });
    stage.reporter.log.info('a step');
    stage.reporter.log.debug('a request');
    expect(stage.err.lines).toEqual(['  a step', '  a request']);
    expect(stage.out.text).toBe('');
  });
});
