/** What models answer: every model has a form of its own, so an output may be any JSON with files anywhere in it. */

import { type FakeFile, type FileFormat, inventFile, type NewFile } from './files.js';

export type OutputKind =
  /** A list of links, even for one picture. */
  | 'list'
  /** One link. */
  | 'single'
  /** An object with links at several depths, words between them, and a link that is no file of the service. */
  | 'nested'
  | 'video'
  | 'sound'
  /** Words, as a language model or a captioner answers. */
  | 'text'
  /** The pieces in which a language model answers: a list of words that are no links. */
  | 'tokens'
  | 'number'
  | 'data-uri'
  | 'null';

/** Puts a file on the media host; it may stand anywhere in the output, where the record has its link. */
export type AddFile = (file: NewFile) => FakeFile;

export interface OutputOptions {
  readonly kind: OutputKind;
  /** How many pictures a list holds. */
  readonly count: number;
  readonly format: FileFormat;
  readonly fileBytes: number;
  readonly seed: number;
}

/** JSON in which files stand for their links. */
export function inventOutput({ kind, count, format, fileBytes, seed }: OutputOptions, add: AddFile): unknown {
  const invent = (stem: string, index = 0, form = format) => inventFile(stem, form, seed + index, fileBytes);
  switch (kind) {
    case 'list':
      return Array.from({ length: count }, (_, index) => add(invent(`out-${index}`, index)));
    case 'single':
      return add(invent('output'));
    case 'nested':
      return {
        image: add(invent('image')),
        mask: add(invent('mask', 1, 'png')),
        layers: [
          { label: 'sky', files: { full: add(invent('layer-0', 2)) } },
          { label: 'sea', files: null },
        ],
        license: 'https://example.com/license.png',
      };
    case 'video':
      return add(invent('output', 0, 'mp4'));
    case 'sound':
      return add(invent('output', 0, 'wav'));
    case 'text':
      return 'a red kite over https://replicate.delivery in words only';
    case 'tokens':
      return ['A', ' red', ' kite', '.'];
    case 'number':
      return 0.25;
    case 'data-uri':
      return [add({ ...invent('inline', 0, 'png'), inline: true })];
    case 'null':
      return null;
  }
}
