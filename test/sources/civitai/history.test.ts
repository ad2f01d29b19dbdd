import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ListOptions, Task } from '../../../src/plugin.js';
import type { Answer, ListEnd } from '../../fakes/civitai/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type CivitaiRig, openCivitaiRig } from '../../support/civitai-rig.js';
import { idsOf, takeAll } from '../../support/listed.js';

let rig: CivitaiRig;

const open = closedAfterEach(openCivitaiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

const history = (options: ListOptions = {}): AsyncIterable<Task> => rig.source.all!(options);

/** Newest first, as they are listed. */
const add = (count: number): string[] =>
  rig.fake
    .addWorkflows(count)
    .map(({ id }) => id)
    .reverse();

const ENDS: readonly ListEnd[] = ['empty-next', 'null-next', 'without-next', 'empty-page', 'same-next'];

describe('the list of one’s own workflows', () => {
  test.each(ENDS)('is read to its end, whichever way that looks: %s', async (listEnd) => {
    rig = await open({ listEnd });
    const all = add(250);
    expect(await idsOf(history())).toEqual(all);
    expect(rig.asked().length).toBeLessThanOrEqual(4);
  });

  test.each(ENDS)('of an account without any is empty: %s', async (listEnd) => {
    rig = await open({ listEnd });
    expect(await idsOf(history())).toEqual([]);
    expect(rig.asked()).toEqual(['/workflows?take=100']);
  });

  test('asks for the next page when the last workflow of this one was taken', async () => {
    add(150);
    const tasks = history()[Symbol.asyncIterator]();
    for (let number = 0; number < 100; number += 1) await tasks.next();
    expect(rig.asked()).toHaveLength(1);
    await tasks.next();
    expect(rig.asked()).toHaveLength(2);
    await tasks.return?.();
  });

  test('has each workflow once, and those that are new in between do not move it', async () => {
    const before = add(150);
    const found: string[] = [];
    for await (const { id } of history()) {
      found.push(id);
      if (found.length === 100) rig.fake.addWorkflows(7);
    }
    expect(found).toEqual(before);
  });

  test('leaves the rating to the service unless --mature says otherwise: what it hides is told', async () => {
    const given = { blobs: [{ nsfwLevel: 'x' }, { nsfwLevel: 'pg' }] } as const;
    const made = rig.fake.addWorkflow(given);
    const [task] = await takeAll(history());
    expect(task!.count).toBe(1);
    expect(rig.warnings).toEqual([`${made.id}: 1 of 2 results: hidden as mature, which --mature shows, or lost`]);
    expect(rig.asked()).toEqual(['/workflows?take=100']);
    rig = await open({ options: { mature: true } });
    rig.fake.addWorkflow(given);
    const [whole] = await takeAll(history());
    expect(whole!.count).toBe(2);
    expect([rig.warnings, rig.asked()]).toEqual([[], ['/workflows?take=100&hideMatureContent=false']]);
  });

  test('has what runs, what failed and what made no media, without items', async () => {
    const good = rig.fake.addWorkflow();
    const running = rig.fake.addWorkflow({ pollsBeforeEnd: 100, prompt: 'a kite' });
    const failed = rig.fake.addWorkflow({ status: 'failed' });
    const expired = rig.fake.addWorkflow({ status: 'expired' });
    const other = rig.fake.addWorkflow({ kind: 'mediaHash' });
    const listed = await takeAll(history());
    expect(new Set(listed.map(({ id, absent }) => `${id} ${absent}`))).toEqual(
      new Set([
        `${running.id} pending`,
        `${good.id} undefined`,
        ...[failed.id, expired.id, other.id].map((id) => `${id} none`),
      ]),
    );
    const { items, endsPage: _last, ...facts } = listed.find(({ id }) => id === running.id)!;
    expect(facts).toEqual({
      source: 'civitai',
      id: running.id,
      createdAt: new Date(Math.floor(running.created / 1000) * 1000),
      prompt: 'a kite',
      absent: 'pending',
      count: 0,
    });
    for await (const item of items) throw new Error(`${item.id} is there already`);
    expect(rig.warnings).toEqual([]);
    expect(rig.asked()).toHaveLength(1);
  });

  test.each([
    ['blocked', { blockedReason: 'moderated' }, 'blocked (moderated)'],
    ['hidden', { nsfwLevel: 'x' }, 'hidden as mature, which --mature shows, or lost'],
  ] as const)(
    'of which all results are %s has no items today, and is looked at again',
    async (_state, blob, reason) => {
      const made = rig.fake.addWorkflow({ blobs: [blob, blob] });
      const [task] = await takeAll(history());
      expect(task).toMatchObject({ id: made.id, count: 0, final: false });
      expect(task).not.toHaveProperty('absent');
      for await (const item of task!.items) throw new Error(`${item.id} is there`);
      expect(rig.warnings).toEqual([`${made.id}: 2 of 2 results: ${reason}`]);
    },
  );

  test('marks the last workflow of a page also where it still runs, and where none on it can be fetched', async () => {
    const all = rig.fake
      .addWorkflows(150, (index) => (index < 50 ? {} : { status: 'processing' }))
      .map(({ id }) => id)
      .reverse();
    const tasks = await takeAll(history());
    expect(tasks.map(({ id }) => id)).toEqual(all);
    expect(tasks.filter(({ endsPage }) => endsPage).map(({ id, absent }) => [id, absent])).toEqual([
      [all[99], 'pending'],
      [all[149], undefined],
    ]);
    expect(await idsOf(history({ cursor: tasks[99]!.cursor }))).toEqual(all.slice(100));
  });

  test('an abort between two workflows that still run is an interruption', async () => {
    rig.fake.addWorkflows(3, () => ({ status: 'processing' }));
    const controller = new AbortController();
    const work = (async () => {
      for await (const _task of history({ signal: controller.signal })) controller.abort();
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('goes on behind its cursor, also when there are new workflows', async () => {
    const all = add(250);
    const cursor = (await takeAll(history()))[99]!.cursor!;
    expect(cursor).toMatch(/^[\x21-\x7e]{1,1000}$/u);
    rig.fake.addWorkflows(5);
    expect(await idsOf(history({ cursor }))).toEqual(all.slice(100));
  });

  test('begins anew with a cursor that the service does not take any more', async () => {
    const all = add(120);
    expect(await idsOf(history({ cursor: 'no cursor' }))).toEqual(all);
  });

  test('does not begin anew when the service is in trouble, or refuses the key', async () => {
    add(120);
    rig.fake.faults.inject({ count: 9, what: { kind: 'html', status: 502 } });
    await expect(idsOf(history({ cursor: 'abc' }))).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    rig.fake.faults.clear();
    rig.fake.rotateKey();
    await expect(idsOf(history({ cursor: 'abc' }))).rejects.toMatchObject({ code: 'E_CREDENTIALS' });
  });

  test('asks for those of a time', async () => {
    const all = add(60);
    const minutesAgo = (minutes: number) => new Date(rig.clock.now() - minutes * 60_000);
    expect(await idsOf(history({ since: minutesAgo(40), until: minutesAgo(20) }))).toEqual(all.slice(20, 41));
    expect(rig.asked()[0]).toMatch(/^\/workflows\?take=100&fromDate=2\d.*Z&toDate=2\d.*Z$/u);
  });

  test('takes a time for that in which results were made, as the items say, and not in which they were asked for', async () => {
    const minutesAgo = (minutes: number) => rig.clock.now() - minutes * 60_000;
    rig.fake.addWorkflow({ created: minutesAgo(90) });
    const slow = rig.fake.addWorkflow({ created: minutesAgo(61), duration: 120_000 });
    const quick = rig.fake.addWorkflow({ created: minutesAgo(30) });
    const since = new Date(minutesAgo(60));
    const tasks = await takeAll(history({ since }));
    expect(tasks.map(({ id, endsPage }) => [id, endsPage])).toEqual([
      [quick.id, undefined],
      [slow.id, true],
    ]);
    for await (const { createdAt } of tasks[1]!.items) expect(createdAt! > since).toBe(true);
  });

  test('ends with an error where the service brings the same page under other cursors for ever', async () => {
    add(3);
    let number = 0;
    const change = (answer: Answer): Answer => {
      number += 1;
      const page = JSON.parse(answer.body.toString('utf8'));
      return { ...answer, body: Buffer.from(JSON.stringify({ ...page, next: `c${number}` })) };
    };
    // The fake would refuse such cursors.
    let first: Answer | undefined;
    const same = (answer: Answer): Answer => {
      first ??= answer;
      return change(first);
    };
    rig.fake.faults.inject({ count: 999, what: { kind: 'changed', change: same } });
    await expect(idsOf(history())).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('does not end'),
    });
    expect(rig.asked()).toHaveLength(21);
  });

  test('an outage in the middle ends it: nothing is left out silently', async () => {
    add(150);
    rig.fake.faults.inject({ path: /cursor=/u, count: 99, what: { kind: 'html', status: 504 } });
    const found: string[] = [];
    const work = (async () => {
      for await (const { id } of history()) found.push(id);
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_UNAVAILABLE', plugin: 'civitai' });
    expect(found).toHaveLength(100);
  });

  test('changes nothing', async () => {
    add(120);
    for await (const task of history())
      for await (const item of task.items) await rig.source.locate(item, { renew: false });
    expect(rig.fake.changes()).toEqual([]);
  });
});
