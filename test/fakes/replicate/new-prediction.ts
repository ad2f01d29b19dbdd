/** What a test says of a prediction; all of it may be left out. */

import type { FileFormat } from './files.js';
import type { AddFile, OutputKind } from './outputs.js';

export type PredictionStatus = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted';

export interface NewPrediction {
  readonly id?: string;
  /** `web` ones were made on the site and are kept; `api` unless said otherwise. */
  readonly source?: 'api' | 'web';
  /** What becomes of it; `starting` and `processing` never end. */
  readonly status?: PredictionStatus;
  /** How many times it must be asked for by its id before it shows its end; first it is starting, then processing. */
  readonly pollsBeforeEnd?: number;
  /** By the clock, in milliseconds since the epoch, in place of polls: for clients that watch the list. */
  readonly endsAt?: number;
  /** Milliseconds since the epoch. Several predictions may share one. */
  readonly created?: number;
  /** How long it took, where it has ended already; 2.4 unless said otherwise. */
  readonly seconds?: number;
  readonly model?: string;
  /** 64 hexadecimal digits, or `hidden` for the official models. */
  readonly version?: string;
  readonly prompt?: string;
  /** The whole input, in place of one with the prompt. */
  readonly input?: Readonly<Record<string, unknown>>;
  /** The input has a link to a picture of the media host, which is no output. */
  readonly inputPicture?: boolean;
  /** `list` unless said otherwise; or any JSON that a test makes, with files wherever it puts them. */
  readonly output?: OutputKind | ((add: AddFile) => unknown);
  /** How many pictures an output of the kind `list` has; 1 unless said otherwise. */
  readonly count?: number;
  /** Of pictures; `webp` unless said otherwise. */
  readonly format?: FileFormat;
  /** About how large files are; 6,000 bytes unless said otherwise. */
  readonly fileBytes?: number;
  /** The files are at `subdomain.replicate.delivery`, where the fake stands under names. */
  readonly subdomain?: string;
  readonly error?: string;
  readonly logs?: string;
  /** Further fields of the record. */
  readonly extra?: Readonly<Record<string, unknown>>;
}
