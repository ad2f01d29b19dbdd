/** Sidecars as they are found in a folder: the common record, read by a program that did not write it a moment ago. */

import { fromService, type Untrusted } from '../model.js';

/** A file that a sidecar speaks of; it lies, or should lie, in the same folder. */
export interface SidecarFile {
  readonly role: 'media' | 'companion';
  /** One name: it leads nowhere else. */
  readonly name: string;
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly mediaType: string;
}

export interface Sidecar {
  readonly source: string;
  readonly task: string;
  readonly id: string;
  /** The item's number on its service's page. */
  readonly index: number;
  readonly title?: Untrusted | undefined;
  readonly prompt?: Untrusted | undefined;
  readonly createdAt?: Date | undefined;
  /** The item's own file first. */
  readonly files: readonly SidecarFile[];
}

type Fields = Readonly<Record<string, unknown>>;

/** `undefined` for what is no sidecar of this program. Newer ones are read as far as their fields are the same. */
export function readSidecar(json: string): Sidecar | undefined {
  const fields = parse(json);
  if (fields === undefined || typeof fields.albaretto !== 'number' || fields.albaretto < 1) return undefined;
  const [source, task, id, index] = [text(fields.source), text(fields.task), text(fields.id), whole(fields.index)];
  const own = fileOf('media', fields);
  if (source === undefined || task === undefined || id === undefined || index === undefined || own === undefined)
    return undefined;
  return {
    source,
    task,
    id,
    index,
    title: untrusted(fields.title),
    prompt: untrusted(fields.prompt),
    createdAt: moment(fields.createdAt),
    files: [own, ...companionsOf(fields.companions)],
  };
}

function parse(json: string): Fields | undefined {
  try {
    return object(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function companionsOf(value: unknown): readonly SidecarFile[] {
  const entries = Array.isArray(value) ? value : [];
  return entries.flatMap((entry) => fileOf('companion', object(entry) ?? {}) ?? []);
}

function fileOf(role: SidecarFile['role'], fields: Fields): SidecarFile | undefined {
  const [name, size, sha256] = [text(fields.file), whole(fields.size), text(fields.sha256)?.toLowerCase()];
  if (name === undefined || !isSingleName(name) || size === undefined) return undefined;
  if (sha256 === undefined || !/^[0-9a-f]{64}$/u.test(sha256)) return undefined;
  return { role, name, size, sha256, mediaType: text(fields.mediaType) ?? 'application/octet-stream' };
}

/** The sidecar may be anybody's: a name in it may not lead out of its folder. */
function isSingleName(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/\\\0]/u.test(name) && Buffer.byteLength(name) <= 255;
}

function object(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function untrusted(value: unknown): Untrusted | undefined {
  return typeof value === 'string' ? fromService(value) : undefined;
}

function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function moment(value: unknown): Date | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
