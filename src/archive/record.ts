/** The common record of an item: what its sidecar holds, the same for every source. */

import { parseLossless, stringifyLossless } from '../raw.js';
import { sha256Of } from '../transfer/bytes.js';
import type { Fetched } from '../transfer/fetch.js';

/** The version of the record's fields; what tells a sidecar of ours from somebody's own JSON file. */
export const RECORD_VERSION = 1;

export interface StoredName {
  readonly media: string;
  readonly companions: readonly string[];
}

/** The record as JSON text. Fields that are not known are left out; `raw` is the service's own record as it came. */
export function recordOf(fetched: Fetched, names: StoredName): string {
  const { item, bytes } = fetched;
  const { generation } = item;
  const record: Record<string, unknown> = {
    albaretto: RECORD_VERSION,
    source: item.source,
    task: item.taskId,
    id: item.id,
    index: item.index,
    title: item.title,
    taskTitle: item.taskTitle,
    prompt: generation.prompt,
    negativePrompt: generation.negativePrompt,
    model: generation.model,
    seed: generation.seed,
    kind: generation.kind,
    parent: generation.parent,
    // The bytes know better than what was asked for.
    width: fetched.width ?? generation.width,
    height: fetched.height ?? generation.height,
    steps: generation.steps,
    sampler: generation.sampler,
    guidance: generation.guidance,
    durationMs: generation.durationMs,
    cost: generation.cost,
    createdAt: item.createdAt?.toISOString(),
    file: names.media,
    mediaType: fetched.mediaType,
    size: bytes.size,
    sha256: sha256Of(bytes.digests),
    companions: companionsOf(fetched, names),
    raw: parseLossless(item.raw.json),
    redacted:
      item.raw.redacted.length === 0
        ? undefined
        : item.raw.redacted.map((path) => (path === '' ? 'raw' : `raw.${path}`)),
  };
  for (const key of Object.keys(record)) if (record[key] === undefined) delete record[key];
  return `${stringifyLossless(record)}\n`;
}

function companionsOf(fetched: Fetched, names: StoredName): unknown {
  if (fetched.companions.length === 0) return undefined;
  return fetched.companions.map(({ companion, bytes, mediaType }, index) => ({
    role: companion.role,
    file: names.companions[index],
    mediaType,
    size: bytes.size,
    sha256: sha256Of(bytes.digests),
  }));
}

/** What a JSON file says of the media beside it, when it is a record of ours for this very item. */
export function readRecord(
  json: string,
): { readonly source: string; readonly id: string; readonly file: string; readonly sha256: string } | undefined {
  try {
    const value = JSON.parse(json) as Record<string, unknown>;
    if (value === null || typeof value !== 'object' || typeof value.albaretto !== 'number') return undefined;
    const { source, id, file, sha256 } = value;
    if (typeof source !== 'string' || typeof id !== 'string' || typeof file !== 'string' || typeof sha256 !== 'string')
      return undefined;
    return { source, id, file, sha256 };
  } catch {
    return undefined;
  }
}
