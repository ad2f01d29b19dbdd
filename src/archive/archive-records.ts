/** The common record as it is read for a data set: what `readSidecar` knows, and the further facts of a generation. */

import { readSidecar } from './sidecar.js';

/** What is known of one picture and of how it was made. Text is a service's own and goes into JSON as it is. */
export interface DatasetRecord {
  readonly source: string;
  readonly task: string;
  readonly id: string;
  /** The item's number on its service's page. */
  readonly index: number;
  readonly title?: string | undefined;
  readonly prompt?: string | undefined;
  readonly negativePrompt?: string | undefined;
  readonly model?: string | undefined;
  /** Decimal text, because seeds exceed 2^53. */
  readonly seed?: string | undefined;
  readonly createdAt?: Date | undefined;
}

/** A record of this program with the file that it speaks of. */
export interface SidecarRecord extends DatasetRecord {
  readonly file: {
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
    readonly mediaType: string;
    readonly width?: number | undefined;
    readonly height?: number | undefined;
  };
}

/** `undefined` for what is no sidecar of this program. */
export function readDatasetRecord(json: string): SidecarRecord | undefined {
  const sidecar = readSidecar(json);
  const own = sidecar?.files[0];
  if (sidecar === undefined || own === undefined) return undefined;
  const fields = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const { source, task, id, index, title, prompt, createdAt } = sidecar;
  const { name, size, sha256, mediaType } = own;
  return {
    source,
    task,
    id,
    index,
    title,
    prompt,
    negativePrompt: text(fields.negativePrompt),
    model: text(fields.model),
    seed: text(fields.seed),
    createdAt,
    file: { name, size, sha256, mediaType, width: pixels(fields.width), height: pixels(fields.height) },
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pixels(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}
