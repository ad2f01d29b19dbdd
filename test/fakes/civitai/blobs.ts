/** The files that workflows made, and how long they are kept. */

import { apng, gif, jpeg, mp3, mp4, png, webp } from '../../support/pictures.js';

export type NsfwLevel = 'pg' | 'pg13' | 'r' | 'x' | 'xxx' | 'na';
export type BlobFormat = 'jpeg' | 'png' | 'apng' | 'webp' | 'gif' | 'mp4' | 'mp3' | 'glb';

export interface NewBlob {
  /** 26 letters and digits and the ending unless said otherwise. */
  readonly id?: string;
  readonly format?: BlobFormat;
  /** `pg` unless said otherwise; null for a blob that nobody rated. */
  readonly nsfwLevel?: NsfwLevel | null;
  /** What moderation says; such a blob has no link. */
  readonly blockedReason?: string;
  /** False for one that got lost. */
  readonly available?: boolean;
  /** The file itself, in place of a made-up one. */
  readonly bytes?: Buffer;
  /** About how large a made-up picture or video is; 4,000 bytes unless said otherwise. */
  readonly size?: number;
}

export interface FakeBlob {
  readonly id: string;
  readonly type: 'image' | 'video' | 'audio' | 'model3d';
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** The small picture that `previewUrl` leads to. */
  readonly preview: Buffer;
  readonly nsfwLevel: NsfwLevel | null;
  readonly blockedReason: string | null;
  readonly workflowId: string;
  readonly jobId: string;
  readonly intact: boolean;
  /** Milliseconds since the epoch; undefined as long as the workflow has not ended. */
  made: number | undefined;
  /** When the blob is thrown away. */
  keptUntil: number;
}

export interface BlobStore {
  add(given: NewBlob, format: BlobFormat, workflowId: string, jobId: string): FakeBlob;
  /** Also those that are gone. */
  find(id: string): FakeBlob | undefined;
  /** Whether the blob can be had at this moment. */
  isAvailable(blob: FakeBlob): boolean;
  /** Begins the time that a blob is kept, or begins it anew. */
  keep(blob: FakeBlob, since: number): void;
}

export const RETENTION = 30 * 24 * 3_600_000;

const FORMATS = {
  jpeg: ['image', 'image/jpeg', jpeg],
  png: ['image', 'image/png', (seed: number, size: number) => png(side(size), side(size), seed)],
  apng: ['image', 'image/png', (seed: number, size: number) => apng(side(size / 3), side(size / 3), seed)],
  webp: ['image', 'image/webp', webp],
  gif: ['image', 'image/gif', gif],
  mp4: ['video', 'video/mp4', mp4],
  mp3: ['audio', 'audio/mpeg', (seed: number) => mp3(10 + (seed % 50))],
  glb: ['model3d', 'model/gltf-binary', (seed: number) => Buffer.from(`glTF\x02\0\0\0 made up, ${seed}`, 'latin1')],
} as const;

export function createBlobStore(now: () => number): BlobStore {
  const blobs = new Map<string, FakeBlob>();
  return {
    add(given, format, workflowId, jobId) {
      const blob = createBlob({ format, ...given }, blobs.size + 1, workflowId, jobId);
      blobs.set(blob.id, blob);
      return blob;
    },
    find: (id) => blobs.get(id),
    isAvailable: (blob) =>
      blob.intact && blob.blockedReason === null && blob.made !== undefined && now() < blob.keptUntil,
    keep(blob, since) {
      blob.made ??= since;
      blob.keptUntil = since + RETENTION;
    },
  };
}

function createBlob(
  given: NewBlob & { format: BlobFormat },
  number: number,
  workflowId: string,
  jobId: string,
): FakeBlob {
  const [type, mediaType, make] = FORMATS[given.format];
  let bytes = given.bytes;
  return {
    id: given.id ?? `${inventId(number)}.${given.format === 'apng' ? 'png' : given.format}`,
    type,
    mediaType,
    get bytes() {
      bytes ??= make(number, given.size ?? 4_000);
      return bytes;
    },
    get preview() {
      return jpeg(number + 500_000, 900);
    },
    nsfwLevel: given.nsfwLevel === undefined ? 'pg' : given.nsfwLevel,
    blockedReason: given.blockedReason ?? null,
    workflowId,
    jobId,
    intact: given.available ?? true,
    made: undefined,
    keptUntil: Number.POSITIVE_INFINITY,
  };
}

/** The side of a picture of noise of so many bytes. */
function side(size: number): number {
  return Math.max(1, Math.round(Math.sqrt(size / 3)));
}

const ID_LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 26 letters and digits, others for each number. */
function inventId(number: number): string {
  let state = BigInt(number);
  let id = '';
  for (let position = 0; position < 26; position += 1) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    id += ID_LETTERS[Number(state >> 59n)];
  }
  return id;
}
