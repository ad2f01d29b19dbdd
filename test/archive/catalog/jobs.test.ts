import { expect, test } from '@jest/globals';
import type { Claim } from '../../../src/archive/catalog/catalog.js';
import { openDatabase } from '../../../src/archive/catalog/database.js';
import { ownIdentity } from '../../../src/process-identity.js';
import { freshPath, later, NOON, open, someRun } from './support.js';

const MINUTE = 60_000;

async function claimedBy(path: string, process: { host?: string; pid?: number; start?: string }): Promise<void> {
  const identity = { ...(await ownIdentity()), ...process };
  const database = await openDatabase(path);
  await database.write((sql) =>
    sql.run('UPDATE claims SET host = ?, pid = ?, process_start = ?', identity.host, identity.pid, identity.start),
  );
  await database.close();
}

async function release(claim: Claim): Promise<void> {
  if (claim.kind === 'claimed') await claim.release();
}

test('a job is claimed once, and again when it was released', async () => {
  const catalog = await open(undefined, { now: () => later(1).getTime() });
  const claim = await catalog.claimJob('job');
  expect(claim.kind).toBe('claimed');
  expect(await catalog.claimJob('job')).toEqual({
    kind: 'held',
    holder: { pid: process.pid, since: later(1), here: true },
  });
  expect((await catalog.claimJob('another job')).kind).toBe('claimed');
  await release(claim);
  const second = await catalog.claimJob('job');
  expect(second.kind).toBe('claimed');
  await release(claim);
  expect((await catalog.claimJob('job')).kind).toBe('held');
});

test('of many who claim a job at once one has it', async () => {
  const path = freshPath();
  const catalogs = [await open(path), await open(path), await open(path)];
  const claims = await Promise.all(catalogs.flatMap((catalog) => [catalog.claimJob('job'), catalog.claimJob('job')]));
  expect(claims.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
});

test('the claim of a process that ended counts no more', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.claimJob('job');
  await claimedBy(path, { start: '00000000' });
  expect((await catalog.claimJob('job')).kind).toBe('claimed');
});

test('the claim of another machine counts for a quarter of an hour', async () => {
  const path = freshPath();
  const clock = { now: NOON.getTime() };
  const catalog = await open(path, { now: () => clock.now });
  await catalog.claimJob('job');
  await claimedBy(path, { host: '00000000' });
  clock.now += 14 * MINUTE;
  expect(await catalog.claimJob('job')).toMatchObject({ kind: 'held', holder: { here: false } });
  clock.now += 2 * MINUTE;
  expect((await catalog.claimJob('job')).kind).toBe('claimed');
});

test('progress of a run is a sign that its claim still counts', async () => {
  const path = freshPath();
  const clock = { now: NOON.getTime() };
  const catalog = await open(path, { now: () => clock.now });
  await catalog.claimJob('job');
  const run = await catalog.beginRun(someRun());
  clock.now += 14 * MINUTE;
  await catalog.advanceRun(run, { saved: 1, present: 0, failed: 0, bytes: 1 });
  await claimedBy(path, { host: '00000000' });
  clock.now += 14 * MINUTE;
  expect((await catalog.claimJob('job')).kind).toBe('held');
});

test('who waits gets the job when it is released, and is told once who has it', async () => {
  const catalog = await open();
  const first = await catalog.claimJob('job');
  let told = 0;
  let waiting = true;
  const second = catalog
    .claimJob('job', {
      wait: true,
      onHeld: ({ pid }) => {
        told += 1;
        expect(pid).toBe(process.pid);
        void release(first);
      },
    })
    .finally(() => {
      waiting = false;
    });
  expect(waiting).toBe(true);
  expect((await second).kind).toBe('claimed');
  expect(told).toBe(1);
});

test('waiting ends when it is interrupted', async () => {
  const catalog = await open();
  await catalog.claimJob('job');
  const controller = new AbortController();
  const waiting = catalog.claimJob('job', { wait: true, signal: controller.signal, onHeld: () => controller.abort() });
  await expect(waiting).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
});
