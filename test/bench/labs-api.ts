/** Just enough of the DALL·E Labs API for `fetch --all`: the history, page by page. The faithful fake is in test/fakes. */

import type { GalleryItem } from './gallery.js';

const FEWEST = 4;
const MOST = 10;
const LONGEST_PAGE = 50;
const NEWEST = 1_690_000_000;

/**
 * The answer to `GET /api/labs/tasks`; tasks have 4 to 10 generations, turn by turn.
 * @param linkTo Where an item's bytes are.
 */
export function createHistory(items: readonly GalleryItem[], linkTo: (item: GalleryItem) => string) {
  const starts = [0];
  for (let next = taskLength(0); next < items.length; next += taskLength(starts.length - 1)) starts.push(next);
  return (query: URLSearchParams): string => {
    const limit = Math.min(Number(query.get('limit') ?? LONGEST_PAGE), LONGEST_PAGE);
    const page = Number(query.get('page') ?? 1);
    const offset = (page - 1) * limit;
    return JSON.stringify({
      object: 'list',
      data: starts.slice(offset, offset + limit).map((start, index) => {
        const number = offset + index;
        return taskRecord(number, items.slice(start, start + taskLength(number)), linkTo);
      }),
      page,
      limit,
      total_pages: Math.ceil(starts.length / limit),
    });
  };
}

function taskLength(number: number): number {
  return FEWEST + (number % (MOST - FEWEST + 1));
}

function taskRecord(number: number, items: readonly GalleryItem[], linkTo: (item: GalleryItem) => string): object {
  const id = `task-${String(number).padStart(24, '0')}`;
  const created = NEWEST - number * 60;
  const promptId = id.replace('task-', 'prompt-');
  return {
    object: 'task',
    id,
    created,
    task_type: 'text2im',
    status: 'succeeded',
    status_information: {},
    prompt_id: promptId,
    prompt: {
      id: promptId,
      object: 'prompt',
      created,
      prompt_type: 'CaptionPrompt',
      prompt: { caption: `a tin robot watering ferns, number ${number}` },
      parent_generation_id: null,
    },
    generations: {
      object: 'list',
      data: items.map((item) => ({
        id: item.id,
        object: 'generation',
        created: created + 15,
        generation_type: 'ImageGeneration',
        generation: { image_path: linkTo(item) },
        task_id: id,
        prompt_id: promptId,
        is_public: false,
      })),
    },
  };
}
