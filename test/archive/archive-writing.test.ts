import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isTemporaryName, ownerOf } from '../../sinks/local-filesystem/temporary-name.js';
import { writeNew, writeReplacing } from '../../src/archive/archive-writing.js';
import { ownIdentity } from '../../src/process-identity.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'albaretto-writing-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(at(name), 'utf8');

async function* parts(count: number, part: string, seen: string[][] = []): AsyncGenerator<string> {
  for (let number = 0; number < count; number += 1) {
    seen.push(readdirSync(folder));
    yield part;
  }
}

describe('a file that replaces another one', () => {
  test('has its name only when all of it is there', async () => {
    writeFileSync(at('m.jsonl'), 'before');
    const seen: string[][] = [];
    await writeReplacing(at('m.jsonl'), parts(20, 'x'.repeat(100_000), seen));
    expect(text('m.jsonl')).toBe('x'.repeat(2_000_000));
    for (const names of seen) {
      expect(names).toHaveLength(2);
      const temporary = names.find((name) => name !== 'm.jsonl')!;
      expect(isTemporaryName(temporary)).toBe(true);
      expect(ownerOf(temporary)).toEqual(await ownIdentity());
    }
    expect(readdirSync(folder)).toEqual(['m.jsonl']);
  });

  test('is as readable as any other file of the person', async () => {
    await writeReplacing(at('m.jsonl'), parts(1, 'x'));
    writeFileSync(at('other'), 'x');
    expect(statSync(at('m.jsonl')).mode).toBe(statSync(at('other')).mode);
  });

  test('takes the place of a link, and not of what that leads to', async () => {
    writeFileSync(at('target'), 'mine');
    symlinkSync(at('target'), at('m.jsonl'));
    await writeReplacing(at('m.jsonl'), parts(1, 'x'));
    expect([text('target'), text('m.jsonl')]).toEqual(['mine', 'x']);
  });

  test('is not begun, or given up, without a trace', async () => {
    writeFileSync(at('m.jsonl'), 'before');
    async function* failing(): AsyncGenerator<string> {
      yield 'half';
      throw new RangeError('no more');
    }
    await expect(writeReplacing(at('m.jsonl'), failing())).rejects.toThrow(RangeError);
    mkdirSync(at('folder'));
    await expect(writeReplacing(at('folder'), parts(1, 'x'))).rejects.toMatchObject({
      code: 'E_DESTINATION',
      reach: 'run',
    });
    await expect(writeReplacing(at('none/m.jsonl'), parts(1, 'x'))).rejects.toMatchObject({ code: 'E_DESTINATION' });
    await expect(writeReplacing(at('n'.repeat(300)), parts(1, 'x'))).rejects.toMatchObject({
      code: 'E_DESTINATION',
      message: expect.stringContaining('ENAMETOOLONG'),
    });
    expect(readdirSync(folder).sort()).toEqual(['folder', 'm.jsonl']);
    expect(text('m.jsonl')).toBe('before');
  });
});

describe('a file that replaces nothing', () => {
  test('is written where its name is free', async () => {
    expect(await writeNew(at('a.txt'), 'ünï')).toBe(true);
    expect(text('a.txt')).toBe('ünï');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  test.each(['file', 'folder', 'link', 'link to nothing'])('leaves a %s of its name as it is', async (kind) => {
    writeFileSync(at('target'), 'mine');
    if (kind === 'file') writeFileSync(at('a.txt'), 'mine');
    else if (kind === 'folder') mkdirSync(at('a.txt'));
    else symlinkSync(at(kind === 'link' ? 'target' : 'nothing'), at('a.txt'));
    expect(await writeNew(at('a.txt'), 'theirs')).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'target']);
    expect(text('target')).toBe('mine');
    if (kind === 'file') expect(text('a.txt')).toBe('mine');
  });

  test('is one of several writers’ at the same time, and whole', async () => {
    const texts = Array.from({ length: 20 }, (_, number) => String(number).repeat(10_000));
    const written = await Promise.all(texts.map((own) => writeNew(at('a.txt'), own)));
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(text('a.txt')).toBe(texts[written.indexOf(true)]);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });
});
