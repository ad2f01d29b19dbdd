/** What a check finds, and how a format's reader says that something is wrong. */

export type FormatProblem =
  /** No byte came. */
  | 'empty'
  /** It ends before its own structure says; or nothing proves that it does not. */
  | 'truncated'
  /** It breaks the rules of its own format. */
  | 'damaged'
  /** A page, a document, a program: something else in the place of a picture. */
  | 'not-media'
  /** Nothing that this program can check. */
  | 'unknown'
  /** More pixels than the cap. */
  | 'too-large';

export type FormatVerdict =
  | {
      readonly ok: true;
      readonly mediaType: string;
      /** Pixels. */
      readonly width?: number;
      readonly height?: number;
      /** Whether a picture moves; only told of formats that have both. */
      readonly animated?: boolean;
      /** What the person may want to know of a good body: that the format itself could not prove its end. */
      readonly detail?: string;
    }
  | {
      readonly ok: false;
      readonly problem: FormatProblem;
      /** What it claims to be, where its first bytes say so. */
      readonly mediaType?: string;
      /** A short clause that goes on after the item's name: `ends inside its IDAT chunk`. Printable. */
      readonly detail: string;
    };

/** What a reader answers that came to the end of its format. */
export interface Whole {
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
  readonly animated?: boolean;
  /** Why the format does not say where it ends, as a clause; absent where it does. */
  readonly openEnd?: string;
}

/** Thrown by readers; never leaves this folder. */
export class Flaw extends Error {
  override readonly name = 'Flaw';
  constructor(
    readonly problem: FormatProblem,
    readonly detail: string,
  ) {
    super(detail);
  }
}

export function damaged(detail: string): Flaw {
  return new Flaw('damaged', detail);
}
