/** A process of its own that uses a catalog, or its lock, until it is done or killed. */

import { readFileSync, writeFileSync } from 'node:fs';
import { openCatalog } from '../../../src/archive/catalog/catalog.js';
import { openDatabase } from '../../../src/archive/catalog/database.js';
import { createProcessLock } from '../../../src/archive/catalog/process-lock.js';
import { batchOf } from './batches.js';

const [mode, path = '', ...rest] = process.argv.slice(2);

/** Records batch after batch, and says the number of each that is committed. */
async function record(writer: string, from: number, count: number): Promise<void> {
  const catalog = await openCatalog(path);
  for (let batch = from; batch < from + count; batch += 1) {
    await catalog.record(batchOf(writer, batch));
    process.stdout.write(`${batch}\n`);
  }
  await catalog.close();
}

/** Ends in the middle of a transaction, when a part of it is in the file already. */
async function tear(): Promise<void> {
  const database = await openDatabase(path);
  await database.write((sql) => {
    sql.run('PRAGMA cache_size = 2');
    sql.run("UPDATE files SET prompt = 'torn', words = hex(randomblob(2000))");
    process.kill(process.pid, 'SIGKILL');
  });
}

/** Adds to a number in a file, which loses additions unless the lock keeps others out. */
async function count(file: string, times: number): Promise<void> {
  const lock = await createProcessLock({ folder: path, patience: 20_000, strangerPatience: 20_000 });
  for (let turn = 0; turn < times; turn += 1) {
    const giveBack = await lock.acquire();
    writeFileSync(file, `${Number(readFileSync(file, 'utf8')) + 1}`);
    giveBack();
  }
}

/** Ends with the lock in its hands. */
async function dieHolding(): Promise<void> {
  const lock = await createProcessLock({ folder: path, patience: 20_000, strangerPatience: 20_000 });
  await lock.acquire();
  process.kill(process.pid, 'SIGKILL');
}

/** Claims a job, begins a run of it and stays. */
async function stay(job: string): Promise<void> {
  const catalog = await openCatalog(path);
  const { kind } = await catalog.claimJob(job);
  const run = await catalog.beginRun({ job, command: 'fetch something', startedAt: new Date() });
  await catalog.advanceRun(run, { cursor: 'page-3', saved: 1, present: 0, failed: 0, bytes: 1 });
  process.stdout.write(`${kind}\n`);
  setInterval(() => undefined, 1000);
}

if (mode === 'record') await record(rest[0] ?? '', Number(rest[1]), Number(rest[2]));
else if (mode === 'tear') await tear();
else if (mode === 'hold') await dieHolding();
else if (mode === 'count') await count(rest[0] ?? '', Number(rest[1]));
else await stay(rest[0] ?? '');
