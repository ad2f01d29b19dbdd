/**
 * CWE-150: text of a service that drove the terminal of whoever read it. The cases are those of upstash/context7 #3152,
 * resend-cli #240, JSONbored/loopover #6396 and gfargo/coco #1204.
 */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createServiceHttp } from '../../src/http/service.js';
import type { AlbarettoError } from '../../src/plugin.js';
import { createRedactor } from '../../src/redact.js';
import type { ReportEvent } from '../../src/report/events.js';
import { openStage } from '../report/support.js';

/** C0 but the end of a line, DEL, C1, and what turns or hides text. */
const DRIVES = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

const ATTACKS: Readonly<Record<string, string>> = {
  'OSC 52: the clipboard is written': '\u001b]52;c;cm0gLXJmIH4=\u0007',
  'OSC 52 in C1': '\u009d52;c;cm0gLXJmIH4=\u009c',
  'OSC 8: a link that shows another one':
    '\u001b]8;;https://evil.example\u001b\\https://good.example\u001b]8;;\u001b\\',
  'OSC 0: the title of the window': '\u001b]0;root@server\u0007',
  'OSC 1337: a file is downloaded': '\u001b]1337;File=name=eA==;inline=1:AAAA\u0007',
  'the screen is cleared': '\u001b[2J\u001b[3J\u001b[H',
  'the line before is overwritten': '\r\u001b[1A\u001b[2K  ✓ Saved everything',
  'the terminal is asked for an answer, which it types': '\u001b[6n\u001b[c\u001bP$q"p\u001b\\',
  'the keyboard is bound anew': '\u001bP+q436f\u001b\\\u001b[>1u',
  'C1 alone': '\u009b2J\u0085\u008d',
  'backspaces over what was said': 'no\b\b yes',
  'a line of its own': 'x\n  ✓ Saved everything\nx',
  'text that runs backwards': '\u202egnp.exe\u202c',
  'text that hides': 'a\u200b\u2060\ufeffb',
};

const textAttack = fc.oneof(fc.constantFrom(...Object.values(ATTACKS)), fc.string({ unit: 'binary' }));

/** Every place of an event where a service, a storage or a person may put text. */
function eventsWith(text: string): readonly ReportEvent[] {
  const item = { source: 'dalle2', task: text, id: text, index: 1 };
  return [
    { event: 'fetched', ...item, size: 1, mediaType: text, sha256: 'x', already: false },
    {
      event: 'saved',
      ...item,
      name: text,
      destination: text,
      location: text,
      size: 1,
      sha256: 'x',
      outcome: 'created',
    },
    { event: 'failed', ...item, stage: 'fetch', code: 'E_FORMAT', message: text, retryable: false },
    { event: 'would-save', ...item, name: text, destination: text },
    { event: 'item', ...item, mediaType: text, prompt: text },
    { event: 'setting', key: text, value: text },
    { event: 'notice', text },
    { event: 'warning', text },
    { event: 'error', code: 'E_INTERNAL', message: text, exit: 1 },
  ];
}

describe.each(Object.entries(ATTACKS))('%s', (_attack, text) => {
  test('not from any event, on a terminal or in a pipe', async () => {
    for (const isTerminal of [true, false]) {
      const stage = await openStage({ out: isTerminal, err: isTerminal, noColor: true });
      const events = eventsWith(text);
      for (const event of events) stage.reporter.emit(event);
      const lines = [...stage.out.lines, ...stage.err.lines];
      expect(lines).toHaveLength(events.length);
      for (const line of lines) expect(line).not.toMatch(DRIVES);
    }
  });

  test('not from the words with which a service refuses, nor from the log of them', async () => {
    const answer = {
      status: 400,
      headers: {},
      url: 'https://api.example.com/',
      body: (async function* () {
        yield Buffer.from(JSON.stringify({ error: { message: text } }));
      })(),
      discard: () => undefined,
    };
    const http = createServiceHttp({
      client: { open: async () => answer, close: () => undefined },
      plugin: 'test',
      baseUrl: 'https://api.example.com',
      maxBytes: 10_000,
      retry: { sleep: async () => undefined },
      now: Date.now,
    });
    const explain = () => ({ message: text, hint: text });
    const request = { url: '/', what: 'reading it', explain };
    const failure = (await http.json(request).catch((thrown: unknown) => thrown)) as AlbarettoError;
    const stage = await openStage({ verbosity: 'debug', noColor: true });
    stage.reporter.emit({ event: 'error', code: failure.code, message: failure.describe(), exit: 5 });
    stage.reporter.log.debug(text);
    expect([...stage.err.lines].length).toBe(2);
    for (const line of stage.err.lines) expect(line).not.toMatch(DRIVES);
  });
});

test('no text at all brings to a terminal what drives it, and --json stays the same value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(textAttack, { minLength: 1, maxLength: 3 }), async (parts) => {
      const text = parts.join('');
      const plain = await openStage({ noColor: true });
      const json = await openStage({ json: true });
      for (const event of eventsWith(text)) {
        plain.reporter.emit(event);
        json.reporter.emit(event);
      }
      for (const line of [...plain.out.lines, ...plain.err.lines]) expect(line).not.toMatch(DRIVES);
      const told = [...json.out.lines, ...json.err.lines];
      for (const line of told) expect(line).not.toMatch(DRIVES);
      const notice = told.map((line) => JSON.parse(line) as { event: string; text?: string }).find(isNotice);
      // Two attacks together may read like a URL with a password, which is taken out of it.
      expect(notice?.text).toBe(wellFormed(createRedactor().clean(text)));
    }),
    { numRuns: 60 },
  );
});

const isNotice = ({ event }: { event: string }) => event === 'notice';

/** Halves of surrogate pairs are no characters; UTF-8 has none of them. */
const wellFormed = (text: string) => Buffer.from(text).toString();
