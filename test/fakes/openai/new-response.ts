/** What a test says of a response; all of it may be left out. */

import type { FakeConversation } from './conversation.js';
import type { NewImage } from './images.js';
import type { FakeResponse } from './response.js';

export type ResponseStatus = 'completed' | 'failed' | 'in_progress' | 'cancelled' | 'queued' | 'incomplete';

export interface NewResponse {
  readonly id?: string;
  /** What the user wrote, in one part or in several. */
  readonly prompt?: string | readonly string[];
  /** How many, or what is said of each; one, or none where the response is not completed. */
  readonly images?: number | readonly NewImage[];
  /** What becomes of it; `queued` and `in_progress` never end. */
  readonly status?: ResponseStatus;
  /** How many times it must be asked for before it shows its end. */
  readonly pollsBeforeEnd?: number;
  /** Such a response is queued first, and it alone can be cancelled. */
  readonly background?: boolean;
  /** Unix seconds. */
  readonly created?: number;
  /** The one that this one goes on from; or any id, even one that nobody knows. */
  readonly previous?: FakeResponse | string;
  /** Whether its inputs repeat the turns before, generated pictures included. True unless said otherwise. */
  readonly repeatsTurns?: boolean;
  /** Its items become items of the conversation, which outlive it. */
  readonly conversation?: FakeConversation;
  /** The user's message has a picture, by a link to a host that is not the service's. */
  readonly inputPicture?: boolean;
  /** False for one that can never be asked for. */
  readonly store?: boolean;
  /** The chat model. */
  readonly model?: string;
  /** The settings of the image tool, beyond the usual ones. */
  readonly tool?: Readonly<Record<string, unknown>>;
  readonly instructions?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly error?: { readonly code: string; readonly message: string };
  readonly incompleteReason?: 'max_output_tokens' | 'content_filter';
  /** Further fields of the record. */
  readonly extra?: Readonly<Record<string, unknown>>;
}
