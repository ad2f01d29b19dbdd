/** Models, and where they are asked for and told of. */

import type { Item } from '../../../src/plugin.js';

export const MODEL = '0123456789abcdef0123456789abcdef';
export const LORA = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
export const LORA_2 = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
export const EMBEDDING = 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee';

export const modelPath = (id: string) => `/models/metadata-items/${id}`;

/** Kind and id of each document of an item, in their order. */
export const kinds = (item: Item) => item.documents!.map(({ kind, id }) => `${kind} ${id}`);
