/** A layout as sources declare them: a folder a task, names known beforehand, records that are merged, an order at the end. */

import type { Item, LayoutDescriptor, LayoutDocument, SourceLayout } from '../../src/plugin.js';

/** What it was told of each task that was through: `task: id id`, with `…` where that was not all. */
export interface AlbumLayout {
  readonly descriptor: LayoutDescriptor;
  readonly finished: string[];
}

export function albumLayout(): AlbumLayout {
  const finished: string[] = [];
  const layout: SourceLayout = {
    namesAreKnown: true,
    sizeOf: (item) => item.size,
    media: (item) => ({ folder: [item.taskId], stem: item.id, extension: 'png' }),
    documents: (item) => [recordOf(item), ...(item.documents ?? []).map((one) => modelOf(one.id, one.json))],
    finish(task) {
      const ids = task.items.map(({ id }) => id);
      finished.push(`${task.id}: ${ids.join(' ')}${task.complete ? '' : ' …'}`);
      return [orderOf(task.id, ids, task.complete)];
    },
  };
  return {
    finished,
    descriptor: {
      name: 'album',
      description: 'a folder a task',
      load: async () => ({ create: () => layout }),
    },
  };
}

function recordOf(item: Item): LayoutDocument {
  const text = JSON.stringify({ id: item.id, prompt: item.generation.prompt });
  return { folder: [item.taskId], stem: item.id, suffix: '_metadata', extension: 'json', text };
}

function modelOf(id: string, text: string): LayoutDocument {
  return { folder: ['models'], stem: id, extension: 'json', text };
}

/** Of a part of the task only what is new is added to the order that is there. */
function orderOf(task: string, ids: readonly string[], complete: boolean): LayoutDocument {
  return {
    folder: [task],
    stem: 'order',
    extension: 'json',
    text: JSON.stringify(ids),
    merge(existing) {
      const known = complete ? [] : (JSON.parse(existing) as string[]);
      const text = JSON.stringify([...new Set([...known, ...ids])]);
      return text === existing ? undefined : text;
    },
  };
}
