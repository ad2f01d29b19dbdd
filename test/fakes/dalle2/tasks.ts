/** The tasks that the fake service knows, and the pictures that belong to them. */

import { png, webp } from '../../support/pictures.js';

export type TaskKind = 'text2im' | 'variations' | 'inpainting';
export type TaskStatus = 'pending' | 'succeeded' | 'rejected' | 'failed';

export interface NewTask {
  readonly kind?: TaskKind;
  /** Variations have none. */
  readonly caption?: string;
  /** How many pictures; 4, or 3 for variations and edits. */
  readonly count?: number;
  /** What becomes of it; `pending` never ends. */
  readonly status?: TaskStatus;
  /** How many times the task itself must be asked for before it shows its end. */
  readonly pollsBeforeEnd?: number;
  /** Unix seconds. Several tasks may share one. */
  readonly created?: number;
  readonly id?: string;
  readonly generationIds?: readonly string[];
  /** The second picture's id is the first one's with the case of every letter turned. */
  readonly caseTwins?: boolean;
  readonly parentGenerationId?: string;
  readonly isPublic?: boolean;
  /** About how large the pictures are; 6,000 bytes unless said otherwise. */
  readonly pictureBytes?: number;
  /** The pictures themselves, in place of made-up ones. */
  readonly pictures?: readonly Buffer[];
  /** What a rejected or failed task says of itself. */
  readonly statusInformation?: Readonly<Record<string, unknown>>;
  /** Further fields of the task's own record. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface FakeGeneration {
  readonly id: string;
  readonly task: FakeTask;
  /** What `image_path` leads to. */
  readonly picture: Buffer;
  /** What `/download` answers: another file, a PNG. */
  readonly watermarked: Buffer;
  isPublic: boolean;
}

export interface FakeTask {
  readonly id: string;
  readonly promptId: string;
  readonly kind: TaskKind;
  readonly created: number;
  readonly caption: string | undefined;
  readonly parentGenerationId: string | undefined;
  readonly statusInformation: Readonly<Record<string, unknown>>;
  readonly extra: Readonly<Record<string, unknown>>;
  /** What the task shows at this moment. */
  readonly status: TaskStatus;
  /** How often the task itself was asked for. */
  polls: number;
  readonly generations: readonly FakeGeneration[];
  /** The pictures that a variation or an edit was made from, by the names that they have on the blob host. */
  readonly promptPictures: ReadonlyMap<'image' | 'masked_image', Buffer>;
}

export interface TaskStore {
  /** Newest first; of tasks with one `created`, the one that was added last comes first. */
  readonly tasks: readonly FakeTask[];
  add(task?: NewTask): FakeTask;
  remove(id: string): void;
  task(id: string): FakeTask | undefined;
  generation(id: string): FakeGeneration | undefined;
}

const REJECTION = {
  type: 'error',
  message: 'Your task failed as a result of our safety system.',
  code: 'task_failed_text_safety_system',
};

export function createTaskStore(now: () => number): TaskStore {
  let tasks: FakeTask[] = [];
  const generations = new Map<string, FakeGeneration>();
  let count = 0;
  return {
    get tasks() {
      return tasks;
    },
    add(given = {}) {
      count += 1;
      const task = createTask(count, given, Math.floor(now() / 1000));
      const position = tasks.findIndex((other) => other.created <= task.created);
      tasks = position < 0 ? [...tasks, task] : tasks.toSpliced(position, 0, task);
      for (const generation of task.generations) generations.set(generation.id, generation);
      return task;
    },
    remove(id) {
      for (const generation of tasks.find((task) => task.id === id)?.generations ?? [])
        generations.delete(generation.id);
      tasks = tasks.filter((task) => task.id !== id);
    },
    task: (id) => tasks.find((task) => task.id === id),
    generation: (id) => generations.get(id),
  };
}

function createTask(number: number, given: NewTask, now: number): FakeTask {
  const kind = given.kind ?? 'text2im';
  const end = given.status ?? 'succeeded';
  const polls = given.pollsBeforeEnd ?? 0;
  const task: FakeTask & { generations: FakeGeneration[] } = {
    id: given.id ?? `task-${inventId(number, 0)}`,
    promptId: `prompt-${inventId(number, 1)}`,
    kind,
    created: given.created ?? now,
    caption: kind === 'variations' ? undefined : (given.caption ?? `a tin robot watering ferns, number ${number}`),
    parentGenerationId: given.parentGenerationId,
    statusInformation: given.statusInformation ?? (end === 'rejected' ? REJECTION : {}),
    extra: given.extra ?? {},
    get status() {
      return this.polls > polls || polls === 0 ? end : 'pending';
    },
    polls: 0,
    generations: [],
    promptPictures: new Map(promptPictures(kind, number)),
  };
  if (end === 'succeeded') task.generations.push(...createGenerations(task, number, given));
  return task;
}

function createGenerations(task: FakeTask, number: number, given: NewTask): FakeGeneration[] {
  const count =
    given.generationIds?.length ?? given.pictures?.length ?? given.count ?? (task.kind === 'text2im' ? 4 : 3);
  return Array.from({ length: count }, (_, index) => {
    const seed = number * 100 + index;
    const invented = `generation-${inventId(number, 10 + index)}`;
    const twin = given.caseTwins && index === 1 ? `generation-${turnCase(inventId(number, 10))}` : invented;
    let picture = given.pictures?.[index];
    let watermarked: Buffer | undefined;
    return {
      id: given.generationIds?.[index] ?? twin,
      task,
      get picture() {
        picture ??= webp(seed, given.pictureBytes ?? 6_000);
        return picture;
      },
      get watermarked() {
        watermarked ??= png(40, 40, seed + 50);
        return watermarked;
      },
      isPublic: given.isPublic ?? false,
    };
  });
}

function promptPictures(kind: TaskKind, number: number): ['image' | 'masked_image', Buffer][] {
  if (kind === 'text2im') return [];
  const source: ['image', Buffer] = ['image', webp(number * 100 + 90, 3_000)];
  return kind === 'variations' ? [source] : [source, ['masked_image', webp(number * 100 + 91, 3_000)]];
}

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 24 letters and digits, others for each pair of numbers; the first is a letter, so that turning the case tells. */
function inventId(number: number, part: number): string {
  let state = BigInt(number) * 1_000n + BigInt(part) + 1n;
  let id = '';
  for (let position = 0; position < 24; position += 1) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    id += ID_LETTERS[Number(state >> 40n) % (position === 0 ? 52 : 62)];
  }
  return id;
}

function turnCase(text: string): string {
  return text.replace(/[a-z]/giu, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}
