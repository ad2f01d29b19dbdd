/** Typed references to sources; the person is asked where several would fit. */

import { AlbarettoError, usageError } from '../errors.js';
import { printable } from '../printable.js';
import { type Recognised, recognise } from '../recognise.js';
import type { Session } from '../session.js';

/**
 * A folder of this machine is answered by its whole path.
 * @throws E_USAGE for one that no source knows, or that several do and nobody is there to choose.
 */
export async function recogniseAll(
  words: readonly string[],
  forced: string | undefined,
  session: Session,
): Promise<Recognised[]> {
  const { registry } = session.runtime;
  const recognised: Recognised[] = [];
  for (const word of words) {
    const found = recognise(word, registry, { forced, current: session.sourceName });
    recognised.push(placed('candidates' in found ? await choose(word, found.candidates, session) : found, session));
  }
  return recognised;
}

/** What is recorded of a folder must lead to it in a later run too, which may begin in another one. */
function placed({ source, reference }: Recognised, { runtime }: Session): Recognised {
  return { source, reference: source.capabilities.folders === true ? runtime.resolvePath(reference) : reference };
}

async function choose(word: string, candidates: readonly Recognised[], session: Session): Promise<Recognised> {
  const names = candidates.map((candidate) => candidate.source.name);
  const shown = printable(word, 80);
  const answer = await answered(`'${shown}' could belong to ${names.join(', ')}. Which one? `, session);
  const chosen = candidates.find((candidate) => candidate.source.name === answer);
  if (chosen !== undefined) return chosen;
  throw usageError(`'${shown}' could belong to ${names.join(', ')}`, `say which: ${names[0]}:${shown}`);
}

/** `undefined` where nobody is there: not being asked is no matter of credentials here. */
async function answered(question: string, { runtime: { ask } }: Session): Promise<string | undefined> {
  if (!ask.interactive) return undefined;
  try {
    return (await ask.text(question)).trim();
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.code === 'E_CREDENTIALS') return undefined;
    throw thrown;
  }
}
