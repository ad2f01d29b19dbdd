/** Text that became a command, a header or a line of somebody else's file, in other programs. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recordOf } from '../../src/archive/record.js';
import { fromService } from '../../src/plugin.js';
import { createWorkshop, exchange, failureOf, textOf } from '../http/support.js';
import { fetchedItem } from '../support/fetched.js';
import { readSourceFiles } from '../support/source-files.js';
import { judge } from '../transfer/formats/judge.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = readSourceFiles(ROOT, ['src', 'sources', 'sinks']);
const workshop = createWorkshop();

afterEach(() => workshop.closeAll());

describe('a command', () => {
  test('yt-dlp CVE-2023-40581, CVE-2024-22423, CVE-2025-54072, GHSA-69qj-pvh9-c5wg, CVE-2026-26331, aria2c CVE-2026-50574, rclone CVE-2026-71312: none goes through a shell', () => {
    const starters = FILES.filter(({ imports }) =>
      imports.some(({ target }) => /^(node:)?child_process$|^(execa|cross-spawn|shelljs|zx)$/u.test(target ?? '')),
    );
    // The person's own browser, with the address as one argument.
    expect(starters.map(({ path }) => path)).toEqual(['src/browser.ts']);
    for (const { path, used } of starters) {
      expect(readFileSync(`${ROOT}/${path}`, 'utf8')).not.toMatch(/\bshell\s*:|\bexec(?:File)?(?:Sync)?\s*\(/u);
      for (const name of ['exec', 'execSync', 'eval', 'Function'])
        expect([path, used.has(name)]).toEqual([path, false]);
    }
  });

  test('gallery-dl’s filters: no text is run as a program', () => {
    for (const { path, used } of FILES) {
      for (const name of ['eval', 'Function', 'vm']) expect([path, name, used.has(name)]).toEqual([path, name, false]);
    }
  });
});

describe('a header', () => {
  test.each(['a\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\rX-Evil: 1', 'a\0b', 'a\u2028b'])(
    'rclone CVE-2026-71311: %j does not become two, and nothing is sent',
    async (value) => {
      const server = await workshop.serve((_request, response) => response.end());
      const failure = await failureOf(
        workshop.client().open(exchange(`${server.origin}/`, { headers: { 'x-a': value } })),
      );
      expect(failure).toMatchObject({ code: 'E_USAGE', retryable: false });
      expect(server.requests).toEqual([]);
    },
  );

  test('rclone CVE-2026-71311: line breaks in a link stay a part of its path', async () => {
    const server = await workshop.serve((_request, response) => response.end('one'));
    const link = `${server.origin}/a\r\nX-Evil: 1\r\n\r\nGET /b HTTP/1.1`;
    expect(await textOf(await workshop.client().open(exchange(link)))).toBe('one');
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.url).not.toMatch(/[\r\n ]/u);
    expect(server.requests[0]?.headers['x-evil']).toBeUndefined();
  });
});

describe('a drawing', () => {
  test.each([
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    '<?xml version="1.0"?><!DOCTYPE svg><svg><script>alert(1)</script></svg>',
    '<!-- a comment --><svg><image href="javascript:alert(1)"/></svg>',
    '</script><img onerror=alert(1)>',
  ])('HTML gallery: %s is no picture, and is stored nowhere', (text) => {
    const body = Buffer.from(text.padEnd(600));
    expect(judge(body, { declaredSize: body.length })).toMatchObject({ ok: false, problem: 'not-media' });
  });
});

describe('a sidecar', () => {
  test('yt-dlp CVE-2026-55404: holds text as JSON and nothing else, whatever a prompt says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (prompt) => {
        const text = `${prompt}\r\n[InternetShortcut]\r\nURL=file:///c:/x.exe\r\n</script><img onerror=alert(1)>\u001b[2J`;
        const fetched = fetchedItem({ id: 'a', prompt: text });
        const record = recordOf(fetched, { media: 'a.png', companions: [] });
        const read = JSON.parse(record) as { prompt?: string };
        expect(read.prompt).toBe(text);
        // A line that begins with anything but JSON would be read by a program that reads lines.
        for (const line of record.trimEnd().split('\n')) expect(line).toMatch(/^[{}\]\s"]/u);
        expect(record).not.toMatch(/\r|\u001b/u);
      }),
      { numRuns: 40 },
    );
  });

  test('yt-dlp CVE-2026-55404: an id does not become a line of its own', () => {
    const fetched = fetchedItem({ id: 'a\n"evil": 1' });
    const named = { ...fetched, item: { ...fetched.item, title: fromService('x",\n"saved": "never') } };
    const record = JSON.parse(recordOf(named, { media: 'a.png', companions: [] })) as Record<string, unknown>;
    expect(record.evil).toBeUndefined();
    expect(record.id).toBe('a\n"evil": 1');
  });
});
