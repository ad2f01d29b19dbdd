/** One response: how it comes to its end, and how it is gone thirty days after it was made. */

import { inventId } from './ids.js';
import { FakeImage, type NewImage } from './images.js';
import type { Item } from './items.js';
import type { NewResponse, ResponseStatus } from './new-response.js';

/** How long a response can be asked for, in seconds. */
export const RETENTION = 30 * 24 * 3_600;

export class FakeResponse {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly images: readonly FakeImage[];
  /** The user's own message, without the turns before. */
  readonly message: Extract<Item, { kind: 'user' }>;
  /** How often it was asked for. */
  polls = 0;
  #end: ResponseStatus;
  /** Unix seconds; undefined while it has not ended. */
  #endedAt: number | undefined;
  readonly #pollsBeforeEnd: number;
  readonly #output: readonly Item[];

  constructor(
    readonly number: number,
    readonly given: NewResponse,
    private readonly now: () => number,
  ) {
    this.id = given.id ?? inventId('resp', number);
    this.created = given.created ?? seconds(now());
    this.#end = given.status ?? 'completed';
    this.#pollsBeforeEnd = given.pollsBeforeEnd ?? 0;
    if (this.#pollsBeforeEnd === 0 && isEnd(this.#end)) this.#endedAt = this.created + 42;
    const { prompt = `a tin robot watering ferns, number ${number}` } = given;
    const texts = typeof prompt === 'string' ? [prompt] : prompt;
    const picturePath = given.inputPicture ? `/inputs/${number}.png` : undefined;
    this.message = { kind: 'user', id: inventId('msg', number, 1), texts, picturePath };
    this.images = newImages(given).map((image, index) => new FakeImage(number, index, image));
    this.#output = createOutput(number, this.images, texts.join(' '), this.#end === 'completed');
  }

  /** What it shows at this moment. */
  get status(): ResponseStatus {
    if (this.#endedAt !== undefined || !isEnd(this.#end)) return this.#end;
    return this.given.background && this.polls * 2 <= this.#pollsBeforeEnd ? 'queued' : 'in_progress';
  }

  get completedAt(): number | undefined {
    return this.status === 'completed' ? this.#endedAt : undefined;
  }

  /** Empty while it has not ended, and for good where it was cancelled. */
  get output(): readonly Item[] {
    return this.#endedAt === undefined || this.#end === 'cancelled' ? [] : this.#output;
  }

  /** In their order in time: the turns before, as far as they are known, and the message. */
  get input(): readonly Item[] {
    const { previous, repeatsTurns = true } = this.given;
    if (!(previous instanceof FakeResponse) || !repeatsTurns) return [this.message];
    return [...previous.input, ...previous.output, this.message];
  }

  /** Whether it can be asked for. */
  get isKept(): boolean {
    return this.given.store !== false && this.now() < (this.created + RETENTION) * 1000;
  }

  poll(): void {
    this.polls += 1;
    if (this.polls > this.#pollsBeforeEnd && isEnd(this.#end)) this.#endedAt ??= seconds(this.now());
  }

  cancel(): void {
    if (this.#endedAt !== undefined) return;
    this.#end = 'cancelled';
    this.#endedAt = seconds(this.now());
  }
}

function isEnd(status: ResponseStatus): boolean {
  return status !== 'queued' && status !== 'in_progress';
}

function newImages({ images, status = 'completed' }: NewResponse): readonly NewImage[] {
  if (typeof images === 'object') return images;
  return new Array<NewImage>(images ?? (status === 'completed' ? 1 : 0)).fill({});
}

function createOutput(number: number, images: readonly FakeImage[], prompt: string, hasWords: boolean): Item[] {
  const calls = images.map((image): Item => ({ kind: 'image', id: image.id, image, prompt }));
  if (!hasWords) return calls;
  const text = calls.length === 0 ? 'There is nothing to draw here.' : 'Here it is.';
  const words: Item = { kind: 'words', id: inventId('msg', number, 2), text };
  return [{ kind: 'reasoning', id: inventId('rs', number) }, ...calls, words];
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
