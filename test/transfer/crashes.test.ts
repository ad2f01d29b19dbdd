import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { AlbarettoError } from '../../src/errors.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { openHolding } from '../../src/transfer/holding.js';
import { bundleProgram } from '../support/bundle.js';
import { below, freshFolder } from './folders.js';
import { isWhole } from './unsaved.js';

let bundle: string;
let program: string;
const running = new Set<ChildProcessByStdio<null, Readable, null>>();

beforeAll(async () => {
  bundle = mkdtempSync(join(tmpdir(), 'albaretto-unsaved-'));
  program = await bundleProgram('test/transfer/unsaved-program.ts', bundle);
});
afterAll(() => rmSync(bundle, { recursive: true, force: true }));
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

interface Session {
  readonly lines: Interface;
  readonly said: string[];
  /** Kills it and waits until it is gone and everything that it said was heard. */
  kill(): Promise<void>;
}

function start(...args: readonly string[]): Session {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  return {
    lines,
    said,
    async kill() {
      child.kill('SIGKILL');
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
      running.delete(child);
      expect([code, signal]).toEqual([null, 'SIGKILL']);
    },
  };
}

type State = 'keeping' | 'kept' | 'releasing' | 'released';

/** Everything that dead processes left, taken over by this one. */
async function takeAll(folder: string) {
  const holding = openHolding({ folder, memory: 1_000_000, now: Date.now });
  const items: Fetched[] = [];
  const told: AlbarettoError[] = [];
  await (await holding.leftovers())?.take(
    async (fetched) => void items.push(await holding.keep(fetched)),
    (error) => told.push(error),
  );
  return { holding, items, told };
}

test('of sessions that are killed at any moment, whatever they do, each item is there whole, once, or was never kept', async () => {
  const folder = freshFolder();
  const states = new Map<string, State>();
  for (let kill = 0; kill < 20; kill += 1) {
    const session = start(folder);
    // Some right at their beginning, while they take over; the others anywhere in what they do, however fast they are.
    const lines = kill % 4 === 0 ? 1 : 2 + Math.floor(Math.random() * 40);
    while (session.said.length < lines) await once(session.lines, 'line');
    await delay(Math.random() * 5);
    await session.kill();
    for (const line of session.said) {
      const [state, id] = line.split(' ') as [State | 'begins' | 'told', string];
      expect([line, state]).not.toEqual([line, 'told']);
      if (state !== 'begins' && state !== 'told') states.set(id, state);
    }
  }
  expect([...states.values()].filter((state) => state === 'released').length).toBeGreaterThan(10);

  const { holding, items, told } = await takeAll(folder);
  expect(told).toEqual([]);
  const ids = items.map(({ item }) => item.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [id, state] of states) {
    if (state === 'kept') expect([id, ids]).toEqual([id, expect.arrayContaining([id])]);
    // The one that was being kept or released when the kill came may be there; it is whole then.
    if (state === 'released') expect(ids).not.toContain(id);
  }
  for (const fetched of items) {
    expect([fetched.item.id, await isWhole(fetched)]).toEqual([fetched.item.id, true]);
    await holding.release(fetched);
  }
  await holding.close();
  expect(below(join(folder, 'unsaved'))).toEqual([]);
});

test('what a session keeps that runs is nobody else’s until it is killed', async () => {
  const folder = freshFolder();
  const session = start(folder, 'stay');
  while (!session.said.some((line) => line.startsWith('kept '))) await once(session.lines, 'line');
  const holding = openHolding({ folder, memory: 1_000_000, now: () => Date.now() + 30 * 86_400_000 });
  const before = below(folder);
  expect(await holding.leftovers()).toBeUndefined();
  expect(below(folder)).toEqual(before);
  await session.kill();
  const { items, holding: taker } = await takeAll(folder);
  expect(items).toHaveLength(1);
  await taker.release(items[0]!);
  await taker.close();
});
