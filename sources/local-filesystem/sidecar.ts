/** The records of this program: `<name>.json` beside a picture, told by its field `albaretto`. */

import { fromService, type Generation, type RawRecord } from '../../src/plugin.js';
import { stemOf } from './media-types.js';
import { type Fields, fieldsOf, type RecordText } from './record-text.js';
import { type CompanionFile, compact, isId, isSingleName, momentOf, type Recorded, seedOf } from './recorded.js';

/** A record and the file that it speaks of. */
export interface Sidecar extends Recorded {
  /** Of the item's own file, in the folder of the sidecar. */
  readonly file: string;
}

/** The names that the registry of plugins takes. */
const SOURCE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u;

/** Whether it claims to be a record of this program, be it a good one or not. */
export function isOurs(record: RecordText): boolean {
  const version = record.number(fieldsOf(record.value).albaretto);
  return version !== undefined && Number(version) >= 1;
}

/** `undefined` for what is no whole record of this program. Newer ones are read as far as their fields are the same. */
export function readSidecar(record: RecordText): Sidecar | undefined {
  const fields = fieldsOf(record.value);
  const [source, taskId, id] = [fields.source, fields.task, fields.id].map((value) => record.text(value));
  const own = fileOf(fields, record);
  const raw = record.record(fields.raw ?? null);
  if (!isOurs(record) || own === undefined || raw === undefined) return undefined;
  if (source === undefined || !SOURCE.test(source)) return undefined;
  if (taskId === undefined || id === undefined || !isId(taskId) || !isId(id)) return undefined;
  const index = record.whole(fields.index);
  return compact<Sidecar>({
    source,
    taskId,
    id,
    index: index === 0 ? undefined : index,
    title: record.string(fields.title),
    taskTitle: record.string(fields.taskTitle),
    generation: generationOf(fields, record),
    createdAt: momentOf(record.text(fields.createdAt)),
    mediaType: record.text(fields.mediaType),
    size: own.size,
    sha256: own.sha256,
    raw: { json: raw.json, redacted: redactedOf(fields.redacted, raw) },
    companions: companionsOf(fields.companions, record),
    file: own.name,
  });
}

function generationOf(fields: Fields, record: RecordText): Generation {
  const untrusted = (value: unknown) => {
    const text = record.string(value);
    return text === undefined ? undefined : fromService(text);
  };
  return compact<Generation>({
    prompt: untrusted(fields.prompt),
    negativePrompt: untrusted(fields.negativePrompt),
    model: untrusted(fields.model),
    seed: seedOf(record.text(fields.seed) ?? record.number(fields.seed)),
    kind: untrusted(fields.kind),
    parent: record.text(fields.parent),
    width: record.whole(fields.width),
    height: record.whole(fields.height),
    steps: record.whole(fields.steps),
    sampler: untrusted(fields.sampler),
    guidance: finite(record.number(fields.guidance)),
    durationMs: notNegative(finite(record.number(fields.durationMs))),
    cost: record.text(fields.cost),
  });
}

function finite(number: string | undefined): number | undefined {
  const value = Number(number);
  return number === undefined || !Number.isFinite(value) ? undefined : value;
}

function notNegative(number: number | undefined): number | undefined {
  return number !== undefined && number >= 0 ? number : undefined;
}

/** What the sidecar lists, and what was found just now: somebody may have put a signed link into it. */
function redactedOf(listed: unknown, raw: RawRecord): readonly string[] {
  const paths = (Array.isArray(listed) ? listed : []).flatMap((path: unknown) => {
    if (path === 'raw') return [''];
    return typeof path === 'string' && path.startsWith('raw.') ? [path.slice('raw.'.length)] : [];
  });
  return [...new Set([...paths, ...raw.redacted])];
}

/** A companion is known by its file's name, which was made from its id. */
function companionsOf(value: unknown, record: RecordText): readonly CompanionFile[] {
  return (Array.isArray(value) ? value : []).flatMap((entry: unknown) => {
    const file = fileOf(fieldsOf(entry), record);
    const role = record.text(fieldsOf(entry).role);
    if (file === undefined || role === undefined || !isId(role)) return [];
    const id = stemOf(file.name);
    return isId(id) ? [{ ...file, id, role }] : [];
  });
}

function fileOf(fields: Fields, record: RecordText) {
  const [name, sha256] = [record.text(fields.file), record.text(fields.sha256)?.toLowerCase()];
  const size = record.whole(fields.size);
  if (name === undefined || !isSingleName(name) || size === undefined) return undefined;
  return sha256 !== undefined && /^[0-9a-f]{64}$/u.test(sha256) ? { name, size, sha256 } : undefined;
}
