import { describe, expect, jest, test } from '@jest/globals';
import type { ReportEvent } from '../../src/report/events.js';
import { linesOf, NO_PAINT } from '../../src/report/lines.js';
import { EVENTS, ITEM, openStage } from './support.js';

const summary = (facts: Partial<Extract<ReportEvent, { event: 'summary' }>>): ReportEvent => ({
  event: 'summary',
  command: 'save',
  done: 0,
  already: 0,
  failed: 0,
  bytes: 1024,
  seconds: 2.5,
  ...facts,
});

test('a terminal that can only print is written to as a pipe is: no colour, no spinner', async () => {
  jest.useFakeTimers();
  const stage = await openStage({ out: true, err: true, isDumb: true });
  for (const { event } of EVENTS) stage.reporter.emit(event);
  stage.reporter.busy('waiting');
  jest.advanceTimersByTime(2000);
  jest.useRealTimers();
  expect(stage.err.lines).toEqual([...EVENTS.flatMap(({ err = [] }) => err), '  waiting']);
  expect(stage.out.text + stage.err.text).not.toContain('\u001b');
});

describe('for a pipe', () => {
  test.each(EVENTS)('the lines of $event.event are %#', async ({ event, out = [], err = [] }) => {
    const stage = await openStage();
    stage.reporter.emit(event);
    expect(stage.out.lines).toEqual(out);
    expect(stage.err.lines).toEqual(err);
  });

  test('nothing is coloured, whatever the streams are', async () => {
    for (const out of [true, false]) {
      const stage = await openStage({ out, err: false });
      for (const { event } of EVENTS) stage.reporter.emit(event);
      expect(stage.out.text + stage.err.text).not.toContain('\u001b');
    }
  });

  test.each(EVENTS)(
    '--quiet leaves failures, warnings and what was asked for: $event.event',
    async ({ event, quiet }) => {
      const stage = await openStage({ verbosity: 'quiet' });
      stage.reporter.emit(event);
      expect(stage.out.text + stage.err.text !== '').toBe(quiet);
    },
  );

  test('the summary says only what the lines before did not', async () => {
    const said = async (event: ReportEvent) => {
      const stage = await openStage();
      stage.reporter.emit(event);
      return [...stage.err.lines, ...stage.out.lines];
    };
    expect(await said(summary({ done: 8 }))).toEqual([]);
    expect(await said(summary({ done: 9 }))).toEqual(['  9 saved (1.00 KiB, 3 s)']);
    expect(await said(summary({ command: 'fetch', done: 1, failed: 2 }))).toEqual([
      '  1 fetched (1.00 KiB, 3 s), 2 failed',
    ]);
    expect(await said(summary({ done: 1, already: 8, failed: 1 }))).toEqual([
      '  1 saved (1.00 KiB, 3 s), 8 already there, 1 failed',
    ]);
    expect(await said(summary({ command: 'fetch', done: 1, already: 9 }))).toEqual([
      '  1 fetched (1.00 KiB, 3 s), 9 already in the buffer',
    ]);
    expect(await said(summary({ done: 1, url: 'https://drive.google.com/x' }))).toEqual([
      '  https://drive.google.com/x',
    ]);
  });

  test('a wait says how long it is, and progress says nothing', async () => {
    const stage = await openStage();
    stage.reporter.emit({ event: 'waiting', reason: 'the service asks to slow down', milliseconds: 1500 });
    stage.reporter.progress({ command: 'fetch', done: 1, bytes: 1, bytesPerSecond: 1 });
    stage.reporter.pause();
    stage.reporter.resume();
    expect(stage.err.lines).toEqual(['  the service asks to slow down; next try in 2 s']);
    expect(stage.out.text).toBe('');
  });

  describe('what takes long', () => {
    test('is told once, and only if it takes long', async () => {
      jest.useFakeTimers();
      try {
        const { reporter, err } = await openStage();
        reporter.busy('short');
        jest.advanceTimersByTime(900);
        reporter.idle();
        reporter.busy('long');
        jest.advanceTimersByTime(600);
        reporter.busy('long');
        jest.advanceTimersByTime(600);
        reporter.busy('long');
        jest.advanceTimersByTime(5000);
        expect(err.lines).toEqual(['  long']);
        reporter.busy('cut off');
        await reporter.close();
        jest.advanceTimersByTime(5000);
        expect(err.lines).toEqual(['  long']);
      } finally {
        jest.useRealTimers();
      }
    });

    test('is not told with --quiet', async () => {
      jest.useFakeTimers();
      try {
        const { reporter, err } = await openStage({ verbosity: 'quiet' });
        reporter.busy('long');
        jest.advanceTimersByTime(5000);
        expect(err.text).toBe('');
      } finally {
        jest.useRealTimers();
      }
    });
  });
});

const HOSTILE = '\u001b[2J\u009b31m\u202ea\nb\rc\u200b\u0007';

/** Every event with hostile text in every field that a service, a storage or a person may fill. */
const HOSTILE_EVENTS: ReportEvent[] = (() => {
  const item = { source: 'dalle2', task: HOSTILE, id: HOSTILE, index: 1 };
  return [
    { event: 'fetched', ...item, size: 1, mediaType: HOSTILE, sha256: 'x', already: false },
    {
      event: 'saved',
      ...item,
      name: HOSTILE,
      destination: HOSTILE,
      location: HOSTILE,
      url: HOSTILE,
      size: 1,
      sha256: 'x',
      outcome: 'created',
    },
    { event: 'folder', name: HOSTILE, parent: HOSTILE, location: HOSTILE, url: HOSTILE },
    { event: 'failed', ...item, stage: 'fetch', code: 'E_FORMAT', message: HOSTILE, retryable: false },
    { event: 'would-fetch', ...item, mediaType: HOSTILE },
    { event: 'would-save', ...item, name: HOSTILE, destination: HOSTILE },
    { event: 'item', ...item, mediaType: HOSTILE, prompt: HOSTILE },
    { event: 'setting', key: HOSTILE, value: HOSTILE },
    { event: 'setting', key: 'plugins', value: [HOSTILE] },
    { event: 'notice', text: HOSTILE },
    { event: 'warning', text: HOSTILE },
    { event: 'error', code: 'E_INTERNAL', message: HOSTILE, exit: 1 },
    summary({ done: 9, url: HOSTILE }),
    { event: 'waiting', reason: HOSTILE, milliseconds: 1 },
  ];
})();

describe('text from a service', () => {
  test.each(HOSTILE_EVENTS)('drives no terminal and makes no lines of its own: %#', async (event) => {
    const stage = await openStage();
    stage.reporter.emit(event);
    const text = stage.out.text + stage.err.text;
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/u);
    expect(text.split('\n')).toHaveLength(event.event === 'summary' ? 3 : 2);
  });

  test('of a task is printable in both of its lines', () => {
    const [line] = linesOf({ event: 'task', source: 'x', id: HOSTILE, title: HOSTILE, items: 1 }, NO_PAINT);
    expect(line?.text.split('\n')).toHaveLength(2);
    expect(line?.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/u);
  });

  test('holds no secret, in any event', async () => {
    const stage = await openStage();
    stage.redactor.add('hunter2hunter2');
    const said = 'refused: hunter2hunter2, see https://h.example/a?sig=abcdef';
    stage.reporter.emit({
      event: 'failed',
      ...ITEM,
      stage: 'fetch',
      code: 'E_FORMAT',
      message: said,
      retryable: false,
    });
    stage.reporter.emit({ event: 'error', code: 'E_INTERNAL', message: said, exit: 1 });
    stage.reporter.emit({ event: 'notice', text: said });
    stage.reporter.emit({ event: 'text', text: said });
    stage.reporter.emit({ event: 'setting', key: 'proxy', value: 'http://me:hunter3hunter3@proxy:1' });
    stage.reporter.emit({ event: 'waiting', reason: said, milliseconds: 1 });
    const text = stage.out.text + stage.err.text;
    expect(text).not.toMatch(/hunter|abcdef/u);
    expect(text.match(/‹redacted›/gu)).toHaveLength(11);
  });
});
