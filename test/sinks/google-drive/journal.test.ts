import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createJournal, type JournalEntry } from '../../../src/archive/journal.js';
import type { Store } from '../../../src/plugin.js';
import { type Put, surround } from '../../../src/transfer/store.js';
import { until } from '../../http/support.js';
import { picture } from './files.js';
import { failure, useGoogle } from './support.js';

const world = useGoogle();
const uploads = () => world.google.requestsTo('POST', /^\/upload/u);

/** The next run of the program, with the journal of the last one. */
async function run(folder: string): Promise<{ store: Store; put: Put }> {
  const { sink, context } = await world.signedIn({ scope: 'drive' });
  const store = await sink.open(folder, {});
  const journal = createJournal(join(world.folder, 'journal.jsonl'));
  const retry = { sleep: context.sleep, random: () => 1 };
  return { store, put: surround(store, { plugin: 'google-drive', journal, retry, now: context.now }) };
}

function lastEntry(): JournalEntry {
  return JSON.parse(readFileSync(join(world.folder, 'journal.jsonl'), 'utf8').trim().split('\n').at(-1)!);
}

describe('a run that ends while a file is created', () => {
  test.each([
    ['with an id that took the place of one in the trash', 'the same'],
    ['beside other bytes of the same item', 'another'],
  ])('(%s) is continued with the id of that create', async (_how, content) => {
    const folder = world.google.addFolder({ name: 'Pictures' });
    const before = await (await run(folder.id)).put(picture({ content: 'the same' }), {});
    const isTrashed = content === 'the same';
    if (isTrashed) Object.assign(world.google.file(before.location) ?? {}, { explicitlyTrashed: true });
    const creates = isTrashed ? 2 : 1;
    const [ended, done] = [new AbortController(), uploads().length];
    world.google.faults.inject({ method: 'POST', path: /upload/u, hit: creates, stall: 'before' });
    const saving = (await run(folder.id)).put(picture({ content }), { signal: ended.signal });
    await until(() => uploads().length === done + creates);
    ended.abort();
    await failure(saving, 'E_INTERRUPTED');
    const begun = lastEntry();
    expect(begun).toMatchObject({ state: 'begun' });
    expect(begun.reservation).not.toBe(before.location);
    const receipt = await (await run(folder.id)).put(picture({ content }), {});
    expect(receipt.location).toBe(begun.reservation);
    expect(lastEntry()).toMatchObject({ state: 'done', reservation: receipt.location });
  });
});
