/** One prediction: how it comes to its end, and how its data vanish an hour later. */

import { FakeFile, inventFile, type NewFile } from './files.js';
import { pathSecret } from './ids.js';
import type { NewPrediction, PredictionStatus } from './new-prediction.js';
import { inventOutput } from './outputs.js';

/** How long the data of a prediction stay that a program made. */
export const RETENTION = 3_600_000;
/** Between the request and the start of the work. */
const QUEUE_TIME = 877;

export class FakePrediction {
  readonly id: string;
  readonly source: 'api' | 'web';
  readonly created: number;
  readonly input: Readonly<Record<string, unknown>>;
  /** JSON in which files stand for their links, once it has succeeded. */
  readonly output: unknown;
  /** The files of the output in their order, without that of the input. */
  readonly outputFiles: readonly FakeFile[];
  readonly inputFile: FakeFile | undefined;
  /** How often it was asked for by its id. */
  polls = 0;
  #end: PredictionStatus;
  #endedAt: number | undefined;
  readonly #pollsBeforeEnd: number;

  constructor(
    number: number,
    readonly given: NewPrediction & { readonly id: string; readonly version: string },
    private readonly now: () => number,
  ) {
    this.id = given.id;
    this.source = given.source ?? 'api';
    this.created = given.created ?? now();
    this.#end = given.status ?? 'succeeded';
    this.#pollsBeforeEnd = given.pollsBeforeEnd ?? 0;
    if (this.#pollsBeforeEnd === 0 && given.endsAt === undefined && isEnd(this.#end)) {
      this.#endedAt = this.created + QUEUE_TIME + (given.seconds ?? 2.4) * 1000;
    }
    const files: FakeFile[] = [];
    const secret = pathSecret(number);
    this.output = createOutput(number, given, (file) => {
      files.push(new FakeFile(`/xezq/${secret}/${file.name}`, file));
      return files.at(-1)!;
    });
    this.outputFiles = files;
    this.inputFile = given.inputPicture
      ? new FakeFile(`/pbxt/${secret}/source.png`, inventFile('source', 'png', number * 100 + 90, 3_000))
      : undefined;
    this.input = given.input ?? {
      prompt: given.prompt ?? `a tin robot watering ferns, number ${number}`,
      seed: number,
    };
  }

  get files(): readonly FakeFile[] {
    return this.inputFile === undefined ? this.outputFiles : [...this.outputFiles, this.inputFile];
  }

  /** What it shows at this moment. */
  get status(): PredictionStatus {
    if (this.endedAt !== undefined || !isEnd(this.#end)) return this.#end;
    if (this.given.endsAt !== undefined) return this.now() < this.created + QUEUE_TIME ? 'starting' : 'processing';
    return this.polls * 2 <= this.#pollsBeforeEnd ? 'starting' : 'processing';
  }

  get startedAt(): number | undefined {
    return this.status === 'starting' ? undefined : this.created + QUEUE_TIME;
  }

  /** Milliseconds since the epoch; undefined while it has not ended. */
  get endedAt(): number | undefined {
    const { endsAt } = this.given;
    if (endsAt !== undefined && this.now() >= endsAt && isEnd(this.#end)) this.#endedAt ??= endsAt;
    return this.#endedAt;
  }

  get dataRemoved(): boolean {
    return this.source === 'api' && this.endedAt !== undefined && this.now() >= this.endedAt + RETENTION;
  }

  poll(): void {
    this.polls += 1;
    const byPolls = this.given.endsAt === undefined && this.polls > this.#pollsBeforeEnd;
    if (byPolls && isEnd(this.#end)) this.#endedAt ??= this.now();
  }

  cancel(): void {
    if (this.endedAt !== undefined) return;
    this.#end = 'canceled';
    this.#endedAt = this.now();
  }

  /** Whether the media host has this file now. */
  shows(file: FakeFile): boolean {
    if (this.dataRemoved || file.inline) return false;
    return file === this.inputFile || this.status === 'succeeded';
  }
}

function isEnd(status: PredictionStatus): boolean {
  return status !== 'starting' && status !== 'processing';
}

function createOutput(number: number, given: NewPrediction, add: (file: NewFile) => FakeFile): unknown {
  const { output = 'list', count = 1, format = 'webp', fileBytes = 6_000 } = given;
  if (typeof output === 'function') return output(add);
  return inventOutput({ kind: output, count, format, fileBytes, seed: number * 100 }, add);
}
