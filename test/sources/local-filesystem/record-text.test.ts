import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecordText } from '../../../sources/local-filesystem/record-text.js';
import { rawRecord } from '../../../src/plugin.js';
import { parseLossless } from '../../../src/raw.js';

describe('a record', () => {
  test('keeps every number as it was written, also in what looks like none', () => {
    const json =
      '{"a":18446744073709551615,"b":7.0,"c":-0,"d":1e999,"e":-1.50E-007,"f":"12","g":"say \\"5\\" \\\\","h":[0.10,[],{"1":2}],"i":null}';
    const record = RecordText.read(` ${json.replaceAll(',"', ' ,\n\t"')}\n`)!;
    expect(record.record(record.value)).toEqual({ json, redacted: [] });
    const fields = record.value as Record<string, unknown>;
    expect([record.number(fields.a), record.number(fields.f), record.text(fields.f)]).toEqual([
      '18446744073709551615',
      undefined,
      '12',
    ]);
    expect([record.text(fields.a), record.string(fields.a), record.whole(fields.a)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('is told from a text that holds the very marks that it works with', () => {
    for (const text of ['\ue000', '\ue0001', '\\ue0001', '\\uE0001', '\ue000\ue001\ue002']) {
      const json = `{"a":1,"b":"${text}"}`;
      const record = RecordText.read(json)!;
      expect(JSON.parse(record.record(record.value)!.json)).toEqual(JSON.parse(json));
      expect(record.text((record.value as { b: unknown }).b)).toBe((JSON.parse(json) as { b: string }).b);
    }
  });

  test('of any kind is the same as the program itself would have kept it', () => {
    const spaces = fc.constantFrom(undefined, 1, '\t', ' \n');
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), spaces, (value, space) => {
        const json = JSON.stringify(value, undefined, space);
        const record = RecordText.read(json)!;
        expect(record.record(record.value)).toEqual(rawRecord(parseLossless(json)));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    '',
    '{',
    '[1,]',
    '01',
    '1.',
    '-',
    '+1',
    '.5',
    '1e',
    'NaN',
    '{"a":1}{"a":2}',
    '"\u0001"',
    '{"a":0x1}',
    '1 2',
    '"a',
  ])('%j is none', (text) => expect(RecordText.read(text)).toBeUndefined());

  test('with a byte order mark is one', () => expect(RecordText.read('\ufeff{"a":1}')).toBeDefined());

  test('without the queries of signed links lists where they stood', () => {
    const record = RecordText.read(
      '{"a":["see https://x.invalid/p?sig=1&n=2 there"],"b":{"c":"http://y.invalid?token=z"}}',
    )!;
    expect(record.record(record.value)).toEqual({
      json: '{"a":["see https://x.invalid/p?… there"],"b":{"c":"http://y.invalid?…"}}',
      redacted: ['a[0]', 'b.c'],
    });
  });

  test('deeper than any real one is refused, and not walked', () => {
    const record = RecordText.read(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(record?.record(record.value)).toBeUndefined();
  });

  test('of 8 MB is read in a time that grows with its length alone', () => {
    const json = JSON.stringify({ list: Array.from({ length: 400_000 }, (_, number) => [number, `\\"${number}`]) });
    const before = process.cpuUsage();
    const record = RecordText.read(json)!;
    const { user } = process.cpuUsage(before);
    // About a second; looking at each character once for every other one would take hours.
    expect(user / 1_000).toBeLessThan(10_000);
    expect((record.value as { list: unknown[] }).list).toHaveLength(400_000);
  });
});
