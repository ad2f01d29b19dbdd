import assert from 'node:assert/strict';
import { isLosslessNumber, parse } from 'lossless-json';
import type { Item, Task } from '../../../src/plugin.js';
import { isSignedUrl } from '../../../src/raw.js';
import type { SourceContract } from '../source-contract.js';

/** Items are plain data: they can be kept, they hold no secret, and they drop nothing that the service said. */
export function items({ check }: SourceContract): void {
  check('items are plain data that can be copied and written down', async (trial) => {
    for (const item of (await trial.list()).items) {
      const text = JSON.stringify(item);
      assert.equal(JSON.stringify(structuredClone(item)), text);
      assert.equal(JSON.stringify(JSON.parse(text)), text);
    }
  });

  check('ids hold no path and no control characters', async (trial) => {
    const { task, items: listed } = await trial.list();
    const companions = listed.flatMap((item) => item.companions ?? []);
    for (const { id } of [task, ...listed, ...companions]) assert.match(id, /^[^/\\\u0000-\u001f\u007f]+$/u);
  });

  check('times are times', async (trial) => {
    for (const item of (await trial.list()).items) {
      for (const time of [item.createdAt, item.expiresAt]) {
        if (time !== undefined) assert.ok(time instanceof Date && !Number.isNaN(time.getTime()));
      }
    }
  });

  check('declared sizes are bytes, and seeds are decimal text', async (trial) => {
    for (const item of (await trial.list()).items) {
      if (item.size !== undefined) assert.ok(Number.isSafeInteger(item.size) && item.size >= 0);
      if (item.generation.seed !== undefined) assert.match(item.generation.seed, /^-?\d+$/u);
    }
  });

  check('no item and no task holds a signed link or a secret', async (trial) => {
    const { task, items: listed } = await trial.list();
    const { items: _items, ...facts } = task;
    const whole = JSON.stringify([facts, listed]);
    for (const secret of trial.opened.secrets ?? []) assert.ok(!whole.includes(secret), 'the credential is in an item');
    for (const text of [facts, ...listed].flatMap(textsOf)) assert.ok(!isSignedUrl(text), `${text} is signed`);
  });

  check('raw is JSON, and lists each link whose query it left out', async (trial) => {
    for (const { raw } of (await trial.list()).items) {
      const record = parse(raw.json);
      assert.ok(typeof record === 'object' && record !== null);
      assert.deepEqual([...raw.redacted].sort(), shortened(record, '').sort());
    }
  });

  check('raw keeps every field of the record, and every number as it was written', async (trial) => {
    const { items: listed } = await trial.list();
    const record = trial.opened.service?.record?.bind(trial.opened.service);
    if (record === undefined) return;
    for (const item of listed) expectSame(parse(item.raw.json), parse(record(item)), '');
  });
}

/** All strings in it, also those of the raw record. */
function textsOf(value: Partial<Item> | Partial<Task> | unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const json = (value as { json?: unknown }).json;
  const raw = typeof json === 'string' ? textsOf(parse(json)) : [];
  return [...raw, ...Object.values(value).flatMap(textsOf)];
}

/** The paths of the texts that end with the mark of a query that was left out. */
function shortened(value: unknown, path: string): string[] {
  if (typeof value === 'string') return value.endsWith('?…') ? [path] : [];
  if (typeof value !== 'object' || value === null || isLosslessNumber(value)) return [];
  const below = (name: string) => (Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`);
  return Object.entries(value).flatMap(([name, entry]) => shortened(entry, below(name)));
}

function expectSame(kept: unknown, sent: unknown, path: string): void {
  if (typeof sent === 'string' && isSignedUrl(sent)) {
    assert.equal(kept, `${sent.slice(0, sent.indexOf('?'))}?…`, path);
  } else if (isLosslessNumber(sent)) {
    assert.ok(isLosslessNumber(kept), `${path} is no number any more`);
    assert.equal(kept.value, sent.value, path);
  } else if (typeof sent === 'object' && sent !== null) {
    assert.ok(typeof kept === 'object' && kept !== null, `${path} is gone`);
    assert.deepEqual(Object.keys(kept).sort(), Object.keys(sent).sort(), `fields of ${path === '' ? 'raw' : path}`);
    for (const [name, entry] of Object.entries(sent)) {
      expectSame((kept as Record<string, unknown>)[name], entry, `${path}.${name}`);
    }
  } else assert.equal(kept, sent, path);
}
