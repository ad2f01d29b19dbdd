import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'lossless-json';
import { readRecord, recordOf } from '../../src/archive/record.js';
import { fromService } from '../../src/model.js';
import { parseLossless } from '../../src/raw.js';
import { sha256Of } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { fetchedItem } from '../support/fetched.js';

const NAMES = { media: 'g1.png', companions: [] };
const recordedOf = (fetched: Fetched, names = NAMES) => JSON.parse(recordOf(fetched, names)) as Record<string, unknown>;

describe('the record of an item', () => {
  test('holds what is known of it, and nothing that is not', () => {
    const fetched = fetchedItem({ id: 'g1', prompt: 'a tin robot', createdAt: new Date('2022-09-28T12:00:00Z') });
    expect(recordedOf(fetched)).toEqual({
      albaretto: 1,
      source: 'dalle2',
      task: 'task-1',
      id: 'g1',
      index: 1,
      prompt: 'a tin robot',
      createdAt: '2022-09-28T12:00:00.000Z',
      file: 'g1.png',
      mediaType: 'image/png',
      size: fetched.bytes.size,
      sha256: sha256Of(fetched.bytes.digests),
      raw: { id: 'g1' },
    });
  });

  test('holds every generation field', () => {
    const fetched = fetchedItem({ id: 'g1' });
    const generation = {
      prompt: fromService('a'),
      negativePrompt: fromService('b'),
      model: fromService('c'),
      seed: '18446744073709551615',
      kind: fromService('text2im'),
      parent: 'g0',
      steps: 28,
      sampler: fromService('euler'),
      guidance: 7.5,
      durationMs: 4_200,
      cost: '0.04 USD',
    };
    const whole = { ...fetched, item: { ...fetched.item, title: fromService('t'), generation } };
    expect(recordedOf(whole)).toMatchObject({ title: 't', ...generation });
  });

  test('takes the size from the bytes, whatever the service says of it', () => {
    const fetched = fetchedItem({ id: 'g1' });
    const told = { ...fetched.item, generation: { width: 640, height: 480 } };
    expect(recordedOf({ ...fetched, width: 1, height: 2, item: told })).toMatchObject({ width: 1, height: 2 });
    const { width: _width, height: _height, ...unknown } = fetched;
    expect(recordedOf({ ...unknown, item: told })).toMatchObject({ width: 640, height: 480 });
  });

  test('takes the size from the bytes where the service says none', () => {
    expect(recordedOf({ ...fetchedItem(), width: 1024, height: 768 })).toMatchObject({ width: 1024, height: 768 });
  });

  test('keeps the service’s numbers as they were written, big ones and decimals', () => {
    const raw = parseLossless('{"seed":18446744073709551615,"scale":7.0,"weight":1E+2,"nested":[{"x":-0.10}]}');
    const json = recordOf(fetchedItem({ raw }), NAMES);
    for (const number of ['18446744073709551615', '7.0', '1E+2', '-0.10']) expect(json).toContain(number);
    expect(parse(json)).toBeDefined();
  });

  test('says which parts of the raw record were shortened, and holds no signed query', () => {
    const raw = { a: { image_path: 'https://x.org/p.webp?se=1&sig=abc%2B' }, b: [{ url: 'https://x.org/q?token=t' }] };
    const json = recordOf(fetchedItem({ raw }), NAMES);
    expect(JSON.parse(json).redacted).toEqual(['raw.a.image_path', 'raw.b[0].url']);
    expect(json).not.toMatch(/sig=|token=/u);
  });

  test('names the companions beside it, each with its role, size and digest', () => {
    const fetched = fetchedItem({ id: 'g1', companions: ['p1-source'] });
    const [companion] = fetched.companions;
    expect(recordedOf(fetched, { media: 'g1.png', companions: ['p1-source-2.png'] } as never)).toMatchObject({
      companions: [
        {
          role: 'source',
          file: 'p1-source-2.png',
          mediaType: 'image/png',
          size: companion!.bytes.size,
          sha256: sha256Of(companion!.bytes.digests),
        },
      ],
    });
  });

  test('is JSON in lines that end with a line break, whatever the service says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const keeps = (prompt: string, key: string, value: string) => {
      const json = recordOf(fetchedItem({ id: 'g1', prompt, raw: { [key]: value } }), NAMES);
      expect(json.endsWith('}\n')).toBe(true);
      const record = JSON.parse(json) as { prompt: string; raw: Record<string, unknown> };
      expect(record.prompt).toBe(prompt);
      expect(Object.keys(record.raw)).toEqual([key]);
      expect(readRecord(json)).toMatchObject({ source: 'dalle2', id: 'g1', file: 'g1.png' });
    };
    fc.assert(fc.property(text, fc.oneof(text, fc.constantFrom('__proto__', 'constructor')), text, keeps));
  });

  test('is the same for the same item', () => {
    const fetched = fetchedItem({ id: 'g1', prompt: 'a' });
    expect(recordOf(fetched, NAMES)).toBe(recordOf(fetched, NAMES));
  });
});

describe('a JSON file beside a picture', () => {
  const record = { albaretto: 1, source: 'dalle2', id: 'g1', file: 'g1.png', sha256: 'ab' };

  test('is told to be a record of ours', () => {
    expect(readRecord(JSON.stringify(record))).toEqual({ source: 'dalle2', id: 'g1', file: 'g1.png', sha256: 'ab' });
    expect(readRecord(JSON.stringify({ ...record, albaretto: 2, more: true }))).toMatchObject({ id: 'g1' });
  });

  test.each([
    ['somebody’s own JSON', JSON.stringify({ id: 'g1', source: 'dalle2' })],
    ['a record without its item', JSON.stringify({ ...record, id: undefined })],
    ['a record with a number for an id', JSON.stringify({ ...record, id: 1 })],
    ['null', 'null'],
    ['a list', '[]'],
    ['text', '"albaretto"'],
    ['half a record', JSON.stringify(record).slice(0, -3)],
    ['nothing', ''],
    ['a picture', '\u0089PNG\r\n'],
  ])('%s is none', (_name, json) => {
    expect(readRecord(json)).toBeUndefined();
  });
});
