import { describe, expect, test } from '@jest/globals';
import type { ReportEvent } from '../../src/report/events.js';
import { ITEM, openStage } from './support.js';

const FILE = {
  ...ITEM,
  role: 'media',
  name: 'picture\u001b[2J.webp',
  sink: 'local-filesystem',
  destination: '/home/me/robots',
  location: '/home/me/robots/picture.webp',
} as const;
const VERIFIED = {
  event: 'verified',
  deep: true,
  files: 8,
  missing: 0,
  damaged: 0,
  bytes: 2048,
  seconds: 1,
} as const;
const ADOPTED = {
  event: 'adopted',
  destination: '/home/me',
  items: 2,
  files: 4,
  missing: 0,
  damaged: 0,
  unknown: 0,
} as const;

const CASES: readonly (readonly [ReportEvent, string])[] = [
  [
    { event: 'checked', ...FILE, state: 'missing' },
    '  ✗ generation-ZJQ3vCqpLDxCu56ULN79OUs9: picture[2J.webp in /home/me/robots is missing',
  ],
  [
    { event: 'checked', ...FILE, id: '', state: 'damaged' },
    '  ✗ task-Qm3xVb7TnL2kRs9WpYc4ZdHa: picture[2J.webp in /home/me/robots is damaged',
  ],
  [
    { event: 'checked', ...FILE, state: 'gone' },
    '  ✗ generation-ZJQ3vCqpLDxCu56ULN79OUs9: picture[2J.webp in /home/me/robots is gone: its service has it no more',
  ],
  [VERIFIED, '  ✓ 8 files are whole (2.00 KiB, 1 s)'],
  [{ ...VERIFIED, files: 1 }, '  ✓ 1 file is whole (2.00 KiB, 1 s)'],
  [{ ...VERIFIED, deep: false }, '  ✓ 8 files are there, by their sizes (2.00 KiB, 1 s)'],
  [{ ...VERIFIED, missing: 2 }, '  ✗ 2 missing, 6 of 8 files whole (2.00 KiB, 1 s)'],
  [{ ...VERIFIED, missing: 1, damaged: 2 }, '  ✗ 1 missing, 2 damaged, 5 of 8 files whole (2.00 KiB, 1 s)'],
  [{ event: 'repaired', repaired: 0, gone: 0, failed: 0 }, '  ✓ Nothing to repair'],
  [{ event: 'repaired', repaired: 1, gone: 0, failed: 0 }, '  ✓ 1 file repaired'],
  [{ event: 'repaired', repaired: 2, gone: 1, failed: 3 }, '  ✗ 2 files repaired, 1 gone, 3 not repaired'],
  [
    { event: 'repaired', repaired: 0, gone: 0, failed: 0, partial: true },
    '  ✗ Nothing to repair, as far as it could be looked at',
  ],
  [
    { event: 'repaired', repaired: 1, gone: 0, failed: 0, partial: true },
    '  ✗ 1 file repaired, as far as it could be looked at',
  ],
  [{ event: 'forgotten', files: 4, items: 2, deleted: false }, '  ✓ Forgot 4 files of 2 items'],
  [{ event: 'forgotten', files: 1, items: 1, deleted: true }, '  ✓ 1 file of 1 item will not be fetched again'],
  [{ event: 'forgotten', files: 4, items: 2, deleted: false, dryRun: true }, '  · Would forget 4 files of 2 items'],
  [
    { event: 'forgotten', files: 1, items: 1, deleted: true, dryRun: true },
    '  · 1 file of 1 item would not be fetched again',
  ],
  [{ ...ADOPTED, dryRun: true }, '  · Would adopt 4 files of 2 items'],
  [ADOPTED, '  ✓ Adopted 4 files of 2 items'],
  [
    { ...ADOPTED, missing: 1, damaged: 2, unknown: 3 },
    '  ✓ Adopted 4 files of 2 items, 1 missing, 2 damaged, 3 without a sidecar left alone',
  ],
];

describe('what the catalog tells', () => {
  test.each(CASES)('%j', async (event, line) => {
    const stage = await openStage();
    stage.reporter.emit(event);
    expect([stage.out.lines, stage.err.lines]).toEqual([[line], []]);
  });

  test('is left out of a quiet run, but for what was found to be wrong', async () => {
    const stage = await openStage({ verbosity: 'quiet' });
    for (const [event] of CASES) stage.reporter.emit(event);
    expect(stage.out.lines).toEqual(CASES.filter(([{ event }]) => event === 'checked').map(([, line]) => line));
  });

  test('is one object a line with --json', async () => {
    const stage = await openStage({ json: true });
    stage.reporter.emit({ event: 'checked', ...FILE, state: 'missing' });
    expect(JSON.parse(stage.out.text)).toMatchObject({ v: 1, event: 'checked', ...FILE, state: 'missing' });
    expect(stage.out.text).not.toContain('\u001b');
  });
});
