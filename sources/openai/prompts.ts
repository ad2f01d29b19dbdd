/** What the user wrote: the last message before a response, or before a picture of a conversation. */

import { AlbarettoError, type SourceContext } from '../../src/plugin.js';
import type { ListAnswer } from './answers.js';
import type { Api } from './api.js';
import { userMessageIn } from './calls.js';

/** The newest first; behind the message may stand pictures of earlier turns, megabytes of them. */
const BACKWARDS = { order: 'desc', size: 2 } as const;

/** Pages that are looked through. */
const MOST_PAGES = 20;

const NO_PROMPT: ReadonlySet<string> = new Set(['E_NOT_FOUND', 'E_BAD_ANSWER', 'E_TOO_LARGE']);

export async function promptOf(
  response: string,
  api: Api,
  context: SourceContext,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return orWithout(response, context, () => newestWords(api.inputs(response, { ...BACKWARDS, signal })));
}

/** @param picture The item that the message stands before. */
export async function promptBefore(
  picture: string,
  conversation: string,
  api: Api,
  context: SourceContext,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const list = { ...BACKWARDS, after: picture, signal };
  return orWithout(picture, context, () => newestWords(api.items(conversation, list)));
}

/** A picture is worth having without its prompt; an outage is no reason to be without it. */
async function orWithout(
  id: string,
  context: SourceContext,
  work: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError) || !NO_PROMPT.has(thrown.code)) throw thrown;
    context.warn(`the prompt of ${id} could not be read: ${thrown.message}`);
    return undefined;
  }
}

async function newestWords(pages: AsyncIterable<ListAnswer>): Promise<string | undefined> {
  let number = 0;
  for await (const { data } of pages) {
    for (const item of data) {
      const message = userMessageIn(item);
      // Without words it has no prompt: those of an earlier turn are about another picture.
      if (message !== undefined) return message.words;
    }
    number += 1;
    if (number === MOST_PAGES) break;
  }
  return undefined;
}
