import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { createProcessLock, type ProcessLockOptions } from '../../../src/archive/catalog/process-lock.js';
import { identityText, ownIdentity } from '../../../src/process-identity.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'albaretto-lock-'));
  folders.push(parent);
  return join(parent, 'lock');
}

function lockIn(folder: string, options: Partial<ProcessLockOptions> = {}) {
  return createProcessLock({ folder, patience: 10_000, strangerPatience: 5_000, ...options });
}

async function heldBy(folder: string, process: { host?: string; pid?: number; start?: string }): Promise<string> {
  const name = `held-${identityText({ ...(await ownIdentity()), ...process })}-00000000`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), '');
  return name;
}

test('the lock is made where there is none, and free after its use', async () => {
  const folder = freshFolder();
  const giveBack = await (await lockIn(folder)).acquire();
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^held-/u)]);
  giveBack();
  expect(readdirSync(folder)).toEqual(['free']);
  expect(readdirSync(dirname(folder))).toEqual(['lock']);
});

test('of many who want it at once one has it at a time, also when it must be made or taken over first', async () => {
  for (const leftBehind of [false, true]) {
    const folder = freshFolder();
    if (leftBehind) await heldBy(folder, { start: '00000000' });
    let inside = 0;
    let turns = 0;
    const turn = async () => {
      const giveBack = await (await lockIn(folder)).acquire();
      inside += 1;
      turns += 1;
      expect(inside).toBe(1);
      await delay(1);
      inside -= 1;
      giveBack();
    };
    await Promise.all(Array.from({ length: 20 }, turn));
    expect(turns).toBe(20);
    expect(readdirSync(folder)).toEqual(['free']);
  }
});

test('the lock of a process that lives is waited for, and never broken', async () => {
  const folder = freshFolder();
  const name = await heldBy(folder, {});
  const lock = await lockIn(folder, { patience: 100, strangerPatience: 0 });
  await expect(lock.acquire()).rejects.toMatchObject({
    code: 'E_UNAVAILABLE',
    retryable: true,
    message: `the catalog is in use by process ${process.pid}`,
  });
  expect(readdirSync(folder)).toEqual([name]);
});

test('the lock of another machine is taken over after it was seen unchanged for long', async () => {
  const folder = freshFolder();
  const name = await heldBy(folder, { host: '00000000' });
  await expect((await lockIn(folder, { patience: 100 })).acquire()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  expect(readdirSync(folder)).toEqual([name]);
  const giveBack = await (await lockIn(folder, { strangerPatience: 50 })).acquire();
  giveBack();
  expect(readdirSync(folder)).toEqual(['free']);
});

test('an empty folder, whose lock somebody deleted, is told', async () => {
  const folder = freshFolder();
  mkdirSync(folder);
  await expect((await lockIn(folder, { patience: 100 })).acquire()).rejects.toMatchObject({
    code: 'E_UNAVAILABLE',
    hint: expect.stringContaining(`delete ${folder}`),
  });
  rmSync(folder, { recursive: true });
  (await (await lockIn(folder)).acquire())();
});

test('what a killed process left of making the lock is removed by the next one that makes it', async () => {
  const folder = freshFolder();
  const own = await ownIdentity();
  const dead = `${folder}.${identityText({ ...own, start: '00000000' })}`;
  const stranger = `${folder}.${identityText({ ...own, host: '00000000' })}`;
  for (const left of [dead, stranger]) mkdirSync(left);
  (await (await lockIn(folder)).acquire())();
  expect([dead, stranger].map((left) => existsSync(left))).toEqual([false, true]);
});
