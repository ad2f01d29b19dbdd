/** Listings to their end. */

import type { Item, Task } from '../../src/plugin.js';

export interface Listed {
  readonly task: Task;
  readonly items: readonly Item[];
}

export async function listAll(tasks: AsyncIterable<Task>): Promise<Listed[]> {
  const listed: Listed[] = [];
  for await (const task of tasks) {
    const items: Item[] = [];
    for await (const item of task.items) items.push(item);
    listed.push({ task, items });
  }
  return listed;
}

/** The tasks, and nothing of their items. */
export async function takeAll(tasks: AsyncIterable<Task>): Promise<Task[]> {
  const taken: Task[] = [];
  for await (const task of tasks) taken.push(task);
  return taken;
}

/** The ids of the tasks. */
export async function idsOf(tasks: AsyncIterable<Task>): Promise<string[]> {
  return (await takeAll(tasks)).map(({ id }) => id);
}
