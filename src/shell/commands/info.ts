import { usageError } from '../../errors.js';
import type { Item, Task } from '../../model.js';
import { type Command, DONE, type Invocation, textOption } from '../command.js';
import { FETCH_OPTIONS } from '../fetch-plan.js';
import { factsOf } from '../fetch-report.js';
import { recogniseAll } from '../references.js';

export const infoCommand: Command = {
  name: 'info',
  summary: 'show what a reference names, without fetching media',
  usage: '<reference…> [--source <name>]',
  options: { source: FETCH_OPTIONS.source! },
  async run(invocation) {
    const { session, words, options, signal } = invocation;
    if (words.length === 0) throw usageError('info needs a reference');
    const references = await recogniseAll(words, textOption(options, 'source'), session);
    try {
      for (const { source, reference } of references) {
        const opened = await session.source(source.name);
        for await (const task of opened.source.open(reference, { signal })) await show(task, invocation);
      }
    } finally {
      session.runtime.reporter.idle();
    }
    return DONE;
  },
};

async function show(task: Task, { session }: Invocation): Promise<void> {
  const { reporter } = session.runtime;
  const items: Item[] = [];
  for await (const item of task.items) items.push(item);
  reporter.emit({
    event: 'task',
    source: task.source,
    id: task.id,
    title: task.title,
    prompt: task.prompt,
    items: items.length,
    createdAt: task.createdAt?.toISOString(),
    expiresAt: task.expiresAt?.toISOString(),
  });
  for (const item of items) {
    reporter.emit({
      event: 'item',
      ...factsOf(item),
      size: item.size,
      mediaType: item.mediaType,
      // The task's own line shows the prompt that all its items share.
      prompt: item.generation.prompt === task.prompt ? undefined : item.generation.prompt,
      createdAt: item.createdAt?.toISOString(),
      expiresAt: item.expiresAt?.toISOString(),
    });
  }
}
