import { readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

/** What a module brings with it when it is loaded: the files that it imports, and those that these import. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  for (const [, name] of text.matchAll(/^(?:import|export)(?! type)[^;]*? from '(\.[^']+)'/gmu)) {
    loadedWith(resolve(dirname(path), name!.replace(/\.js$/u, '.ts')), seen);
  }
  return seen;
}

const SOURCES = readdirSync('sources', { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

test.each(SOURCES)('the descriptor of %s is loaded without its body', (name) => {
  const loaded = [...loadedWith(resolve('sources', name, 'index.ts'))];
  const own = loaded.filter((path) => path.startsWith(resolve('sources', name)));
  expect(own).toContain(resolve('sources', name, 'index.ts'));
  expect(own).not.toContain(resolve('sources', name, 'client.ts'));
  expect(own.some((path) => path.endsWith('.png'))).toBe(false);
  expect([...loadedWith(resolve('sources', name, 'client.ts'))].length).toBeGreaterThan(1);
});
