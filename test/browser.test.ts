import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openBrowser } from '../src/browser.js';

const URL_WITH_TEETH = 'https://accounts.example.com/o?a=1&b=$(touch x)`touch y`;"\'|c#d';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-browser-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A browser that writes down its arguments and ends like this; its path holds no blank. */
function browser(name: string, exit: number): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$@" > ${path}.opened\nexit ${exit}\n`, { mode: 0o755 });
  return path;
}

const opened = (path: string) =>
  existsSync(`${path}.opened`) ? readFileSync(`${path}.opened`, 'utf8').split('\n').slice(0, -1) : undefined;

const open = (BROWSER: string, more: Record<string, string> = {}) => openBrowser(URL_WITH_TEETH, { BROWSER, ...more });

describe('$BROWSER', () => {
  test('is given the URL as one argument, and no shell sees it', async () => {
    const own = browser('own', 0);
    expect(await open(own)).toBe(true);
    expect(opened(own)).toEqual([URL_WITH_TEETH]);
  });

  test('may have arguments, and a place for the URL', async () => {
    const own = browser('own', 0);
    await open(`${own} --new-window`);
    expect(opened(own)).toEqual(['--new-window', URL_WITH_TEETH]);
    await open(`${own} --url=%s -x`);
    expect(opened(own)).toEqual([`--url=${URL_WITH_TEETH}`, '-x']);
  });

  test('may be a list: the first one that opens is enough', async () => {
    const [failing, second, third] = [browser('failing', 3), browser('second', 0), browser('third', 0)];
    expect(await open(`${join(folder, 'none')}::${failing}:${second}:${third}`)).toBe(true);
    expect(opened(failing)).toEqual([URL_WITH_TEETH]);
    expect(opened(second)).toEqual([URL_WITH_TEETH]);
    expect(opened(third)).toBeUndefined();
  });

  test.each(['none', 'false'])('%s means that none is opened', async (word) => {
    expect(await open(word, { DISPLAY: ':0' })).toBe(false);
  });

  test('that is not there or fails is told, and no other is looked for', async () => {
    expect(await open(join(folder, 'none'), { DISPLAY: ':0' })).toBe(false);
    expect(await open(browser('failing', 1), { DISPLAY: ':0' })).toBe(false);
    expect(await open(' : ', { DISPLAY: ':0' })).toBe(false);
  });

  test('that goes on running has opened', async () => {
    const path = join(folder, 'running');
    writeFileSync(path, `#!/bin/sh\necho $$ > ${path}.pid\nexec sleep 30\n`, { mode: 0o755 });
    expect(await open(path)).toBe(true);
    while (!existsSync(`${path}.pid`) || readFileSync(`${path}.pid`, 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(Number(readFileSync(`${path}.pid`, 'utf8')));
  });
});

test('without a screen there is no browser', async () => {
  if (process.platform !== 'linux') return;
  expect(await openBrowser('https://accounts.example.com/', {})).toBe(false);
});
