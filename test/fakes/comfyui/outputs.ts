/** What the nodes of a prompt write: their entries in the records, and the files behind them. */

import { createHash } from 'node:crypto';
import { LosslessNumber } from 'lossless-json';
import { animatedWebp, flac, mp4, png } from '../../support/pictures.js';
import { type EmbeddedTexts, pngWithTexts, webpWithTexts } from './embedded.js';
import { type FakeFile, type FolderName, type Folders, guessMediaType } from './folders.js';

export type OutputKind =
  | 'image'
  /** Under `images`, with a sibling `animated`. */
  | 'animated-webp'
  /** The server's own video node: under `images`, too. */
  | 'video'
  /** VideoHelperSuite: an mp4 under `gifs`, with a PNG beside it. */
  | 'gif'
  | 'audio'
  /** A picture in the temp folder, which the server empties. */
  | 'preview'
  /** No file but a text. */
  | 'text'
  /** A 3D model, named by a bare string. */
  | 'model'
  /** A picture under a key of the node's own. */
  | 'custom';

export interface NewOutput {
  /** `image` unless said otherwise. */
  readonly kind?: OutputKind;
  /** How many files of this kind the node writes; 1 unless said otherwise. */
  readonly count?: number;
  readonly subfolder?: string;
  /** In place of a counted name. */
  readonly filename?: string;
  /** The file itself, in place of a made-up one; without the graphs inside. */
  readonly bytes?: Buffer;
  /** What a text node shows. */
  readonly text?: string;
}

interface Form {
  readonly classType: string;
  readonly key: string;
  readonly folder: FolderName;
  readonly subfolder: string;
  /** The name for a number of five digits. */
  name(number: string): string;
  make(seed: number, texts: EmbeddedTexts): Buffer;
}

const PNG_SIDE = 40;
const picture = (seed: number, texts: EmbeddedTexts) => pngWithTexts(png(PNG_SIDE, PNG_SIDE, seed), texts);
const video = (seed: number) => mp4(seed, 6_000);
const saved = { key: 'images', folder: 'output', subfolder: '' } as const;

const FORMS: Readonly<Record<Exclude<OutputKind, 'text'>, Form>> = {
  image: { ...saved, classType: 'SaveImage', name: (number) => `ComfyUI_${number}_.png`, make: picture },
  'animated-webp': {
    ...saved,
    classType: 'SaveAnimatedWEBP',
    name: (number) => `ComfyUI_${number}_.webp`,
    make: (seed, texts) => webpWithTexts(animatedWebp(seed, 6_000), texts),
  },
  video: {
    ...saved,
    classType: 'SaveVideo',
    subfolder: 'video',
    name: (number) => `ComfyUI_${number}_.mp4`,
    make: video,
  },
  gif: {
    ...saved,
    classType: 'VHS_VideoCombine',
    key: 'gifs',
    name: (number) => `AnimateDiff_${number}.mp4`,
    make: video,
  },
  audio: {
    ...saved,
    classType: 'SaveAudio',
    key: 'audio',
    subfolder: 'audio',
    name: (number) => `ComfyUI_${number}_.flac`,
    make: () => flac(),
  },
  preview: {
    ...saved,
    classType: 'PreviewImage',
    folder: 'temp',
    name: (number) => `ComfyUI_temp_qhxzc_${number}_.png`,
    make: (seed) => png(PNG_SIDE, PNG_SIDE, seed),
  },
  model: {
    ...saved,
    classType: 'Preview3D',
    key: 'result',
    subfolder: 'mesh',
    name: (number) => `ComfyUI_${number}_.glb`,
    make: (seed) => Buffer.from(`glTF\x02\0\0\0 made up, ${seed}`, 'latin1'),
  },
  custom: {
    ...saved,
    classType: 'ImageComparer',
    key: 'a_images',
    name: (number) => `pair_${number}_.png`,
    make: picture,
  },
};

export interface WrittenOutputs {
  /** What one node shows, by its keys. */
  readonly entries: Readonly<Record<string, unknown>>;
  readonly files: readonly FakeFile[];
}

export interface OutputContext {
  readonly folders: Folders;
  readonly seed: number;
  readonly promptId: string;
  readonly modified: number;
  /** The graphs that go into the pictures. */
  texts(): EmbeddedTexts;
}

export function classTypeOf({ kind = 'image' }: NewOutput): string {
  return kind === 'text' ? 'PreviewAny' : FORMS[kind].classType;
}

/** Puts the files of one node into their folders. */
export function writeOutput(output: NewOutput, context: OutputContext): WrittenOutputs {
  const kind = output.kind ?? 'image';
  if (kind === 'text') return { entries: { text: [output.text ?? 'a line of text'] }, files: [] };
  const form = FORMS[kind];
  const files = Array.from({ length: output.count ?? 1 }, (_, index) => {
    const file = createFile(output, form, { ...context, seed: context.seed + index });
    context.folders.put(file);
    return file;
  });
  // The picture beside a video exists, although no entry of its own leads to it.
  if (kind === 'gif') for (const file of files) context.folders.put(companion(file, context));
  return { entries: entriesOf(kind, form, files), files };
}

function entriesOf(kind: OutputKind, form: Form, files: readonly FakeFile[]): Record<string, unknown> {
  if (kind === 'model') return { result: files.flatMap((file) => [`${file.subfolder}/${file.filename}`, null]) };
  const entries = files.map((file) => ({
    filename: file.filename,
    subfolder: file.subfolder,
    type: file.folder,
    ...(kind === 'gif' ? gifFields(file) : {}),
  }));
  const animated = kind === 'animated-webp' || kind === 'video' ? { animated: [true] } : {};
  return { [form.key]: entries, ...animated };
}

function gifFields({ filename }: FakeFile): object {
  return {
    format: 'video/h264-mp4',
    frame_rate: new LosslessNumber('8.0'),
    workflow: filename.replace(/\.mp4$/u, '.png'),
    fullpath: `/opt/comfyui/output/${filename}`,
  };
}

function companion(file: FakeFile, context: OutputContext): FakeFile {
  const filename = file.filename.replace(/\.mp4$/u, '.png');
  const make = () => picture(context.seed + 70, context.texts());
  return lazyFile({ ...file, filename, mediaType: 'image/png' }, make);
}

function createFile(output: NewOutput, form: Form, context: OutputContext): FakeFile {
  const subfolder = output.subfolder ?? form.subfolder;
  const pattern = form.name('#');
  const number = String(context.folders.count(form.folder, `${subfolder}/${pattern}`)).padStart(5, '0');
  const filename = output.filename ?? form.name(number);
  const place = { folder: form.folder, subfolder, filename, mediaType: guessMediaType(filename) };
  const identity = output.bytes ?? `${context.promptId} ${context.seed} ${number} ${pattern}`;
  return lazyFile(
    { ...place, cloudName: cloudName(identity, filename), modified: context.modified },
    () => output.bytes ?? form.make(context.seed, context.texts()),
  );
}

/** Made-up files are named after what makes them distinct, so that ten thousand of them need not be encoded for a list. */
function cloudName(identity: string | Buffer, filename: string): string {
  return `${createHash('sha256').update(identity).digest('hex')}${/\.[^.]+$/u.exec(filename)?.[0] ?? ''}`;
}

function lazyFile(facts: Omit<FakeFile, 'bytes'>, make: () => Buffer): FakeFile {
  let bytes: Buffer | undefined;
  return {
    ...facts,
    get bytes() {
      bytes ??= make();
      return bytes;
    },
  };
}
