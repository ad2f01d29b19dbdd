import assert from 'node:assert/strict';
import type { SourceContract } from '../source-contract.js';
import type { Listed } from './trial.js';

/** The whole history: newest first, each task once, and no page before it is needed. */
export function history({ check, harness }: SourceContract): void {
  if (!harness.descriptor.capabilities.all) return;
  const pages = harness.historyPages ?? 1;

  check('the history asks for nothing before something is taken', async (trial) => {
    trial.history();
    await trial.settle();
    assert.equal(trial.opened.service?.requests() ?? 0, 0);
  });

  check('the history has each task once, newest first', async (trial) => {
    const listed = await trial.ends(trial.listAll(trial.history()));
    const ids = listed.map(({ task }) => task.id);
    assert.ok(listed.some(isThere), 'there is no history');
    assert.equal(new Set(ids).size, ids.length);
    const times = listed.flatMap(({ task }) => (task.createdAt === undefined ? [] : [task.createdAt.getTime()]));
    assert.deepEqual(
      times,
      [...times].sort((older, newer) => newer - older),
    );
  });

  check('the items of the history are those of the tasks themselves', async (trial) => {
    const { task, items } = await trial.list();
    const listed = await trial.ends(trial.listAll(trial.history()));
    const same = listed.filter(isThere).find((other) => other.task.id === task.id);
    assert.ok(same, 'the task is missing in the history');
    assert.deepEqual(
      same.items.map(({ id, index }) => ({ id, index })),
      items.map(({ id, index }) => ({ id, index })),
    );
  });

  check('what is absent is in the history, without items', async (trial) => {
    const listed = await trial.ends(trial.listAll(trial.history()));
    const absent = listed.filter((other) => !isThere(other));
    for (const { task, items } of absent) {
      assert.equal(task.source, harness.descriptor.name);
      assert.notEqual(task.id, '');
      assert.equal(task.count, 0, `${task.id} is ${task.absent} and does not say that it has no items`);
      assert.deepEqual(items, [], `${task.id} is ${task.absent} and has items`);
    }
    const kinds = new Set(absent.map(({ task }) => task.absent));
    assert.deepEqual([...kinds].sort(), [...new Set(harness.absent)].sort());
  });

  check('where pages end is told at their last task, whatever that is', async (trial) => {
    const tasks = (await trial.ends(trial.listAll(trial.history()))).map(({ task }) => task);
    if (tasks.some(({ endsPage }) => endsPage)) assert.equal(tasks.at(-1)?.endsPage, true);
  });

  if (pages < 2) return;

  check('no page of the history is asked for before it is needed', async (trial) => {
    const tasks = trial.history()[Symbol.asyncIterator]();
    const first = await trial.ends(tasks.next());
    assert.equal(first.done, false);
    await trial.settle();
    assert.equal(trial.service.requests(), harness.firstPageRequests ?? 1);
    while ((await trial.ends(tasks.next())).done !== true);
    assert.ok(trial.service.requests() >= pages, `${trial.service.requests()} requests for ${pages} pages`);
  });

  check('whoever stops taking leaves no request running, and no more are made', async (trial) => {
    for await (const _task of trial.history()) break;
    const made = trial.service.requests();
    await trial.settle();
    assert.equal(trial.service.requests(), made);
    await trial.expectNothingRunning();
  });
}

/** A task that the history has with its items: what is still being made, or deleted, is none. */
function isThere({ task }: Listed): boolean {
  return task.absent === undefined;
}
