/** Streams that remember what is written to them, and reporters that write there. */

import { createRedactor, type Redactor } from '../../src/redact.js';
import type { ReportEvent, Verbosity } from '../../src/report/events.js';
import { createReporter, type Reporter } from '../../src/report/index.js';
import { createLog } from '../../src/report/log.js';

export class TestStream {
  text = '';
  readonly columns: number;

  constructor(
    readonly isTTY: boolean,
    columns = 80,
  ) {
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  // What a spinner does to a terminal, in the terminal's own words.
  cursorTo(column: number): boolean {
    return this.write(`\u001b[${column + 1}G`);
  }

  moveCursor(_columns: number, rows: number): boolean {
    return this.write(`\u001b[${-rows}A`);
  }

  clearLine(): boolean {
    return this.write('\u001b[K');
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

export interface Stage {
  readonly out: TestStream;
  readonly err: TestStream;
  readonly redactor: Redactor;
  readonly reporter: Reporter;
}

export interface StageOptions {
  readonly json?: boolean;
  readonly verbosity?: Verbosity;
  readonly noColor?: boolean;
  readonly isDumb?: boolean;
  /** Whether each stream is a terminal. */
  readonly out?: boolean;
  readonly err?: boolean;
  readonly columns?: number;
  readonly logFile?: string;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { verbosity = 'normal', json = false, noColor = false, isDumb = false, columns = 80 } = options;
  const out = new TestStream(options.out ?? false, columns);
  const err = new TestStream(options.err ?? false, columns);
  const redactor = createRedactor();
  const log = createLog({
    verbosity,
    redactor,
    file: options.logFile,
    show: (text) => void err.write(`  ${text}\n`),
    now: () => new Date('2024-05-01T12:00:00Z'),
  });
  const reporter = await createReporter({ out, err, verbosity, redactor, log, json, noColor, isDumb });
  return { out, err, redactor, reporter };
}

export const ITEM = {
  source: 'dalle2',
  task: 'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
  id: 'generation-ZJQ3vCqpLDxCu56ULN79OUs9',
  index: 1,
} as const;

const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** One of each event, and whose line it is. */
export const EVENTS: readonly {
  readonly event: ReportEvent;
  readonly out?: string[];
  readonly err?: string[];
  readonly quiet: boolean;
}[] = [
  {
    event: { event: 'fetched', ...ITEM, size: 365_455, mediaType: 'image/webp', sha256: SHA256, already: false },
    out: ['  ✓ Fetched generation-ZJQ3vCqpLDxCu56ULN79OUs9 (356.89 KiB)'],
    quiet: false,
  },
  {
    event: { event: 'fetched', ...ITEM, size: 365_455, mediaType: 'image/webp', sha256: SHA256, already: true },
    out: ['  ✓ Already fetched generation-ZJQ3vCqpLDxCu56ULN79OUs9 (356.89 KiB)'],
    quiet: false,
  },
  ...(
    [
      ['created', 'Saved', 'to'],
      ['replaced', 'Replaced', 'in'],
      ['present', 'Already saved', 'in'],
    ] as const
  ).map(([outcome, verb, preposition]) => ({
    event: {
      event: 'saved',
      ...ITEM,
      name: `${ITEM.id}.webp`,
      destination: './robots',
      location: `/home/me/robots/${ITEM.id}.webp`,
      size: 365_455,
      sha256: SHA256,
      outcome,
    } as const,
    out: [`  ✓ ${verb} generation-ZJQ3vCqpLDxCu56ULN79OUs9.webp ${preposition} ./robots`],
    quiet: false,
  })),
  {
    event: {
      event: 'folder',
      name: 'Robots',
      parent: '1AbCdEfG',
      location: '2HiJkLmN',
      url: 'https://drive.google.com/x',
    },
    out: ["  ✓ Created a new folder 'Robots' under 1AbCdEfG"],
    quiet: false,
  },
  {
    event: { event: 'folder', name: 'Robots', parent: '1AbCdEfG', location: '2HiJkLmN', already: true },
    out: ["  ✓ Using the folder 'Robots' under 1AbCdEfG"],
    quiet: false,
  },
  {
    event: {
      event: 'failed',
      ...ITEM,
      stage: 'fetch',
      code: 'E_TIMEOUT',
      message: '[dalle2] no byte came',
      retryable: true,
    },
    err: ['  ✗ generation-ZJQ3vCqpLDxCu56ULN79OUs9: [dalle2] no byte came'],
    quiet: true,
  },
  {
    event: { event: 'failed', stage: 'save', code: 'E_NO_SPACE', message: 'the disk is full', retryable: false },
    err: ['  ✗ the disk is full'],
    quiet: true,
  },
  {
    event: { event: 'would-fetch', ...ITEM, mediaType: 'image/webp', size: 2048 },
    out: ['  · Would fetch generation-ZJQ3vCqpLDxCu56ULN79OUs9 (2.00 KiB)'],
    quiet: false,
  },
  {
    event: { event: 'would-fetch', ...ITEM },
    out: ['  · Would fetch generation-ZJQ3vCqpLDxCu56ULN79OUs9'],
    quiet: false,
  },
  {
    event: { event: 'would-save', ...ITEM, name: 'a.webp', destination: './robots' },
    out: ['  · Would save a.webp to ./robots'],
    quiet: false,
  },
  {
    event: {
      event: 'task',
      source: 'dalle2',
      id: 'task-1',
      prompt: 'a lantern',
      items: 4,
      createdAt: '2022-10-01T00:00:00.000Z',
      expiresAt: '2022-10-02T00:00:00.000Z',
    },
    out: [
      '  task-1 (dalle2: 4 items, created 2022-10-01T00:00:00.000Z, until 2022-10-02T00:00:00.000Z)',
      '    a lantern',
    ],
    quiet: true,
  },
  {
    event: { event: 'task', source: 'imgur', id: 'aB3dE5f', items: 1 },
    out: ['  aB3dE5f (imgur: 1 item)'],
    quiet: true,
  },
  {
    event: { event: 'item', ...ITEM, number: 12, size: 1024, mediaType: 'image/png', prompt: 'x'.repeat(100) },
    out: [`   12  generation-ZJQ3vCqpLDxCu56ULN79OUs9  1.00 KiB  image/png  ${'x'.repeat(71)}…`],
    quiet: true,
  },
  { event: { event: 'item', ...ITEM }, out: ['    1  generation-ZJQ3vCqpLDxCu56ULN79OUs9  '], quiet: true },
  {
    event: { event: 'plugin', kind: 'source', name: 'demo', title: 'Demo', description: 'samples', current: true },
    out: ['  * demo               Demo: samples'],
    quiet: true,
  },
  {
    event: {
      event: 'plugin',
      kind: 'sink',
      name: 'google-drive',
      title: 'Google Drive',
      description: 'y',
      current: false,
    },
    out: ['    google-drive       Google Drive: y'],
    quiet: true,
  },
  { event: { event: 'setting', key: 'source', value: 'demo' }, out: ['source = demo'], quiet: true },
  { event: { event: 'setting', key: 'plugins', value: ['a', 'b'] }, out: ['plugins = ["a","b"]'], quiet: true },
  { event: { event: 'text', text: 'one\n  two' }, out: ['one', '  two'], quiet: true },
  { event: { event: 'notice', text: 'signed in' }, err: ['  signed in'], quiet: false },
  { event: { event: 'warning', text: 'take care' }, err: ['  ! take care'], quiet: true },
  {
    event: { event: 'error', code: 'E_USAGE', message: 'no such command', exit: 2 },
    err: ['  ✗ no such command'],
    quiet: true,
  },
];
