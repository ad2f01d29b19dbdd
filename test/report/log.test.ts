import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRedactor } from '../../src/redact.js';
import { createLog } from '../../src/report/log.js';
import { openStage } from './support.js';

let folder: string;
let umask: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-log-'));
  umask = process.umask(0o022);
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

describe('the log file', () => {
  test('holds everything, is 0600 under any umask, and holds no secret', async () => {
    for (const mask of [0o022, 0o000]) {
      process.umask(mask);
      const logFile = join(folder, `log-${mask}`);
      const { reporter, redactor, err } = await openStage({ logFile });
      redactor.add('hunter2hunter2');
      reporter.log.info('signed in with hunter2hunter2');
      reporter.log.debug('GET https://h.example/a?sig=abcdef 200\nline two\u001b[2J');
      await reporter.close();
      expect(readFileSync(logFile, 'utf8')).toBe(
        '2024-05-01T12:00:00.000Z info signed in with ‹redacted›\n' +
          '2024-05-01T12:00:00.000Z debug GET https://h.example/a?sig=‹redacted› 200 line two[2J\n',
      );
      expect((statSync(logFile).mode & 0o777).toString(8)).toBe('600');
      expect(err.text).toBe('');
    }
  });

  test('is appended to', async () => {
    const logFile = join(folder, 'log');
    writeFileSync(logFile, 'before\n');
    for (const text of ['one', 'two']) {
      const { reporter } = await openStage({ logFile });
      reporter.log.info(text);
      await reporter.close();
    }
    expect(
      readFileSync(logFile, 'utf8')
        .split('\n')
        .map((line) => line.split(' ').at(-1)),
    ).toEqual(['before', 'one', 'two', '']);
  });

  test('takes what comes after its end without a failure', async () => {
    const logFile = join(folder, 'log');
    const { reporter } = await openStage({ logFile });
    await reporter.close();
    reporter.log.info('late');
    await reporter.close();
    expect(readFileSync(logFile, 'utf8')).toBe('');
  });

  test('that cannot be opened is told with its path', () => {
    mkdirSync(join(folder, 'log'));
    for (const file of [join(folder, 'log'), join(folder, 'none', 'log')]) {
      const open = () =>
        createLog({
          verbosity: 'normal',
          redactor: createRedactor(),
          file,
          show: () => undefined,
          now: () => new Date(),
        });
      expect(open).toThrow(expect.objectContaining({ code: 'E_DESTINATION', message: expect.stringContaining(file) }));
    }
  });

  test('that is full is told of once, and ends no run', () => {
    if (!existsSync('/dev/full')) return; // a system without such a device
    const shown: string[] = [];
    const log = createLog({
      verbosity: 'normal',
      redactor: createRedactor(),
      file: '/dev/full',
      show: (text) => shown.push(text),
      now: () => new Date(),
    });
    log.info('one');
    log.debug('two');
    log.close();
    expect(shown).toEqual(['the log file ends here: it cannot be written (ENOSPC)']);
  });
});

describe('on the screen', () => {
  test.each([
    ['quiet', []],
    ['normal', []],
    ['verbose', ['  a step']],
    ['debug', ['  a step', '  a request']],
  ] as const)('%s shows %j', async (verbosity, lines) => {
    const { reporter, out, err } = await openStage({ verbosity });
    reporter.log.info('a step');
    reporter.log.debug('a request');
    expect(err.lines).toEqual(lines);
    expect(out.text).toBe('');
  });

  test('a line is printable and holds no secret', async () => {
    const { reporter, redactor, err } = await openStage({ verbosity: 'debug' });
    redactor.add('hunter2hunter2');
    reporter.log.debug('hunter2\u200bhunter2 \u001b[31m');
    expect(err.text).toBe('  ‹redacted› [31m\n');
  });
});
