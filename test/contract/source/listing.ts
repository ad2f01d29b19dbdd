import assert from 'node:assert/strict';
import type { SourceContract } from '../source-contract.js';

/** A reference names one task; its items come in the order of the service's page, when they are asked for. */
export function listing({ check, harness }: SourceContract): void {
  const { name } = harness.descriptor;

  check('opening asks for nothing before something is taken', async (trial) => {
    trial.source.open(trial.opened.reference, {});
    await trial.settle();
    assert.equal(trial.opened.service?.requests() ?? 0, 0);
  });

  check('the task is the one that was named', async (trial) => {
    const { task, items } = await trial.list();
    assert.equal(task.source, name);
    assert.notEqual(task.id, '');
    if (task.count !== undefined) assert.equal(task.count, items.length);
    assert.ok(task.createdAt === undefined || !Number.isNaN(task.createdAt.getTime()));
  });

  check('items are numbered from 1 without gaps', async (trial) => {
    const { items } = await trial.list();
    assert.ok(items.length > 1, 'a task with several items was promised');
    assert.deepEqual(
      items.map((item) => item.index),
      items.map((_item, position) => position + 1),
    );
  });

  check('items belong to their source and task', async (trial) => {
    const { task, items } = await trial.list();
    for (const item of items) {
      assert.equal(item.source, name);
      assert.equal(item.taskId, task.id);
    }
  });

  check('ids are unique, also among companions', async (trial) => {
    const { items } = await trial.list();
    const ids = items.map((item) => item.id);
    const companions = new Set(items.flatMap((item) => (item.companions ?? []).map((companion) => companion.id)));
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.ok(!companions.has(id), `${id} is an item and a companion`);
  });

  check('a second listing has the same ids in the same order', async (trial) => {
    const [first, second] = [await trial.list(), await trial.list()];
    assert.equal(second.task.id, first.task.id);
    assert.deepEqual(
      second.items.map((item) => item.id),
      first.items.map((item) => item.id),
    );
  });

  check('no request is running once everything was listed', async (trial) => {
    await trial.list();
    await trial.expectNothingRunning();
  });
}
