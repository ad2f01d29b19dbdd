import { describe, expect, test } from '@jest/globals';
import type { Recognition } from '../src/plugin.js';
import { recognise } from '../src/recognise.js';
import { createRegistry } from '../src/registry.js';
import { testSource } from './support/plugins.js';

const byPattern =
  (certain: RegExp, possible: RegExp) =>
  (typed: string): Recognition | undefined => {
    if (certain.test(typed)) return { confidence: 'certain', reference: typed.replace(/^https:\/\/[^/]+\//u, '') };
    return possible.test(typed) ? { confidence: 'possible', reference: typed } : undefined;
  };

const registry = createRegistry([
  testSource('imgur', { recognise: byPattern(/^https:\/\/imgur\.example\//u, /^(task-\d|[A-Za-z0-9]{5,7})$/u) }),
  testSource('dalle2', { recognise: byPattern(/^task-/u, /^[A-Za-z0-9]{6}$/u) }),
  testSource('counted', {
    recognise: (typed) => (/^\d+$/u.test(typed) ? { confidence: 'if-chosen', reference: `image-${typed}` } : undefined),
  }),
  testSource('strict', { recognise: byPattern(/^https:\/\/strict\.example\//u, /^strict\d+$/u) }),
]);

function read(typed: string, current = 'dalle2', forced?: string): string {
  const found = recognise(typed, registry, { current, forced });
  if ('candidates' in found) return found.candidates.map(({ source }) => source.name).join(' or ');
  return `${found.source.name} ${found.reference}`;
}

const refused = (typed: string, current?: string, forced?: string) => {
  try {
    read(typed, current, forced);
  } catch (thrown) {
    return thrown as Error & { hint: string };
  }
  throw new Error('this should have failed');
};

describe('a reference belongs to', () => {
  test('the source that is forced, before all else', () => {
    expect(read('abcdef', 'dalle2', 'imgur')).toBe('imgur abcdef');
    expect(refused('https://imgur.example/x', 'imgur', 'dalle2')).toMatchObject({
      code: 'E_USAGE',
      message: "'https://imgur.example/x' is no reference of DALLE2",
      hint: 'it takes what dalle2 takes',
    });
    expect(refused('abcdef', 'dalle2', 'nobody').message).toContain("there is no source 'nobody'");
  });

  test('the source of its prefix', () => {
    expect(read('imgur:abcdef')).toBe('imgur abcdef');
    expect(read('imgur:https://imgur.example/x')).toBe('imgur x');
    expect(refused('imgur:no-such').message).toContain('is no reference of IMGUR');
    expect(refused('imgur:').message).toContain('no reference that a source knows');
  });

  test('whoever has an address in angle brackets, as mails and Markdown write it', () => {
    expect(read('<https://imgur.example/x>')).toBe('imgur x');
    expect(read('<https://imgur.example/x>', 'dalle2', 'imgur')).toBe('imgur x');
    expect(read('imgur:<https://imgur.example/x>')).toBe('imgur x');
    expect(refused('<abcdef>').message).toContain("'<abcdef>' is no reference");
  });

  test('no source by a prefix that is none', () => {
    expect(refused('nobody:abcdef').message).toContain('no reference that a source knows');
    expect(refused('Imgur:abcdef').message).toContain('no reference that a source knows');
    expect(read('https://imgur.example/x')).toBe('imgur x');
  });

  test('the source that is certain, before the current one', () => {
    expect(read('https://imgur.example/x', 'dalle2')).toBe('imgur x');
    expect(read('task-1', 'imgur')).toBe('dalle2 task-1');
  });

  test('the current source, where several are possible', () => {
    expect(read('abcdef', 'dalle2')).toBe('dalle2 abcdef');
    expect(read('abcdef', 'imgur')).toBe('imgur abcdef');
  });

  test('the only possible source, whatever the current one is', () => {
    expect(read('strict1234', 'dalle2')).toBe('strict strict1234');
  });

  test('a source that must be chosen for it, only where it was', () => {
    expect(refused('2', 'dalle2').message).toContain("'2' is no reference that a source knows");
    expect(read('2', 'counted')).toBe('counted image-2');
    expect(read('counted:2', 'dalle2')).toBe('counted image-2');
    expect(read('2', 'dalle2', 'counted')).toBe('counted image-2');
    // The person is asked, and chooses.
    expect(read('12345', 'strict')).toBe('imgur or counted');
  });

  test('whoever the person says, where several are possible and none is current', () => {
    expect(read('abcdef', 'strict')).toBe('imgur or dalle2');
  });

  test('nobody: then it is said what the current source takes, and nothing drives the terminal', () => {
    expect(refused('not\u001b[2Jone', 'imgur')).toMatchObject({
      code: 'E_USAGE',
      plugin: 'imgur',
      message: "'not[2Jone' is no reference that a source knows",
      hint: 'IMGUR takes what imgur takes',
    });
    expect(refused('x'.repeat(500)).message.length).toBeLessThan(150);
  });
});
