/** What a response was made from and what it answered, item by item. */

import { LosslessNumber } from 'lossless-json';
import { type FakeImage, imageRecord } from './images.js';

export type Item =
  | {
      readonly kind: 'user';
      readonly id: string;
      readonly texts: readonly string[];
      /** The path of a picture on a host that is not the service's. */
      readonly picturePath: string | undefined;
    }
  | { readonly kind: 'reasoning'; readonly id: string }
  | { readonly kind: 'image'; readonly id: string; readonly image: FakeImage; readonly prompt: string }
  | { readonly kind: 'words'; readonly id: string; readonly text: string };

export interface ItemOptions {
  /** Where the pictures of inputs are. */
  pictureOrigin(): string;
  /** Whether records carry fields that no client knows, with numbers that JavaScript cannot hold. */
  readonly extraFields: boolean;
}

/** What `include` may name; all but one change nothing here. */
export const INCLUDABLE = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
];

/** @param include Where an input's picture is stands in the record only when it was asked for. */
export function itemRecord(options: ItemOptions, item: Item, include: readonly string[]): object {
  switch (item.kind) {
    case 'user':
      return {
        id: item.id,
        type: 'message',
        status: 'completed',
        role: 'user',
        content: userContent(options, item, include),
      };
    case 'reasoning':
      return { id: item.id, type: 'reasoning', summary: [] };
    case 'image':
      return { ...imageRecord(item.image, item.prompt), ...(options.extraFields ? { seed: BIG } : {}) };
    case 'words': {
      const content = [{ type: 'output_text', annotations: [], logprobs: [], text: item.text }];
      return { id: item.id, type: 'message', status: 'completed', role: 'assistant', content };
    }
  }
}

const BIG = new LosslessNumber('18446744073709551615');

function userContent(
  options: ItemOptions,
  { texts, picturePath }: Extract<Item, { kind: 'user' }>,
  include: readonly string[],
): object[] {
  const content: object[] = texts.map((text) => ({ type: 'input_text', text }));
  if (picturePath === undefined) return content;
  const shown = include.includes('message.input_image.image_url');
  const link = shown ? { image_url: `${options.pictureOrigin()}${picturePath}` } : {};
  return [...content, { type: 'input_image', detail: 'auto', file_id: null, ...link }];
}
