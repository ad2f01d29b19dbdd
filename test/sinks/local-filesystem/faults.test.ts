import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { isTemporaryName } from '../../../sinks/local-filesystem/temporary-name.js';
import { AlbarettoError, type Receipt, type Store } from '../../../src/plugin.js';
import { diskWith, diskWithoutLinks, systemError } from './disks.js';
import { fileOf, freshFolder, openStore } from './fixture.js';

const OLD = 'the file that was there';
const NEW = 'the file that comes, which is a little longer';

interface Scenario {
  /** What lies in the destination before. */
  readonly before: Readonly<Record<string, string>>;
  /** Puts the new file. */
  put(store: Store): Promise<Receipt>;
  /** What lies there when nothing failed, or when it was tried again. */
  readonly after: Readonly<Record<string, string>>;
  readonly disk?: Disk;
}

const createdAt = new Date('2022-09-01T12:34:56Z');
const NAME = 'aB3dE5f.webp';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a new file': {
    before: {},
    put: (store) => store.put(fileOf(NEW, { createdAt }), {}),
    after: { [NAME]: NEW },
  },
  'the same file again': {
    before: { [NAME]: NEW },
    put: (store) => store.put(fileOf(NEW), {}),
    after: { [NAME]: NEW },
  },
  'another file under the same name': {
    before: { [NAME]: OLD },
    put: (store) => store.put(fileOf(NEW), {}),
    after: { [NAME]: OLD, 'aB3dE5f-2.webp': NEW },
  },
  'a file that replaces one': {
    before: { [NAME]: OLD },
    put: (store) => store.put(fileOf(NEW, { onDifferent: 'replace' }), {}),
    after: { [NAME]: NEW },
  },
  'a file that replaces a damaged one': {
    before: { [NAME]: OLD },
    put: (store) => store.put(fileOf(NEW, { replaces: async (existing) => existing.size === OLD.length }), {}),
    after: { [NAME]: NEW },
  },
  'a file in a folder below': {
    before: {},
    put: async (store) => (await store.folder('Robots', {})).put(fileOf(NEW), {}),
    after: { [join('Robots', NAME)]: NEW },
  },
  'a new file where there are no hard links': {
    before: {},
    put: (store) => store.put(fileOf(NEW), {}),
    after: { [NAME]: NEW },
    disk: diskWithoutLinks,
  },
};

/** Instead of the call, or after it did what it should: an answer that was lost. */
type Moment = 'instead' | 'after';

describe.each(Object.entries(SCENARIOS))('%s', (_what, scenario) => {
  test.each<[string, Moment]>([
    ['EIO', 'instead'],
    ['ENOSPC', 'instead'],
    ['EACCES', 'instead'],
    ['EMFILE', 'instead'],
    ['EIO', 'after'],
  ])(
    'whichever call fails with %s (%s it), nothing is broken, left over or lost, and the next try works',
    async (errno, moment) => {
      const calls = await callsOf(scenario);
      expect(calls).toBeGreaterThan(8);
      for (let failing = 1; failing <= calls; failing++) await expectSurvival(scenario, failing, errno, moment);
    },
  );
});

async function expectSurvival(scenario: Scenario, failing: number, errno: string, moment: Moment): Promise<void> {
  const folder = await prepared(scenario);
  const fault = faultAt(failing, errno, moment, scenario.disk);
  let store: Store | undefined;
  let thrown: unknown;
  let receipt: Receipt | undefined;
  try {
    store = await openStore(folder, fault.disk);
    receipt = await scenario.put(store);
  } catch (error) {
    thrown = error;
  }
  const place = `call ${failing} (${fault.failed})`;
  if (receipt !== undefined)
    expect([place, await filesIn(folder)]).toEqual([place, expect.objectContaining(scenario.after)]);
  else expect([place, thrown instanceof AlbarettoError && thrown.plugin]).toEqual([place, 'local-filesystem']);

  const files = await filesIn(folder);
  const left = Object.keys(files).filter((name) => isTemporaryName(name.slice(name.lastIndexOf('/') + 1)));
  if (fault.failed !== 'unlink') expect([place, left]).toEqual([place, []]);
  for (const name of left) delete files[name];
  // Whole files only, and nothing that was there is lost unless the new file has taken its place.
  for (const content of Object.values(files)) expect([OLD, NEW]).toContain(content);
  for (const [name, content] of Object.entries(scenario.before)) {
    expect([place, [content, scenario.after[name]]]).toEqual([place, expect.arrayContaining([files[name]])]);
  }

  const again = await scenario.put(await openStore(folder, scenario.disk ?? nodeDisk));
  expect(again.size).toBe(NEW.length);
  await store?.close?.();
  const settled = await filesIn(folder);
  for (const name of left) if (name.includes('/')) delete settled[name];
  expect([place, settled]).toEqual([place, scenario.after]);
}

async function prepared(scenario: Scenario): Promise<string> {
  const folder = join(await freshFolder(), 'not', 'there', 'yet');
  for (const [name, content] of Object.entries(scenario.before)) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

async function callsOf(scenario: Scenario): Promise<number> {
  const folder = await prepared(scenario);
  const fault = faultAt(Number.POSITIVE_INFINITY, 'EIO', 'instead', scenario.disk);
  await scenario.put(await openStore(folder, fault.disk));
  expect(await filesIn(folder)).toEqual(scenario.after);
  return fault.calls;
}

function faultAt(failing: number, errno: string, moment: Moment, disk = nodeDisk) {
  const fault = { calls: 0, failed: 'none', disk };
  fault.disk = diskWith(async (call, perform) => {
    fault.calls += 1;
    if (fault.calls !== failing) return perform();
    fault.failed = call;
    // A close that fails has closed all the same; and a file that was opened in vain must not stay open.
    if (moment === 'after' || call.endsWith('.close')) {
      const result = await perform();
      if (call === 'create' || call === 'open') await (result as { close(): Promise<void> }).close();
    }
    throw systemError(errno);
  }, disk);
  return fault;
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(async ({ name, parentPath }) => {
    const path = join(parentPath, name);
    return [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}
