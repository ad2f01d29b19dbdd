/** Waiting for a sign-in to come back: by the browser, by a pasted address, or not at all. */

import { AlbarettoError, linkedAbort, type SinkContext, untilAborted } from '../../src/plugin.js';
import { credentialsError } from './failures.js';
import type { Loopback } from './loopback.js';
import { SHOWN_ON_THE_PAGE } from './oauth-failures.js';
import { type RedirectAnswer, readPasted } from './redirect.js';

/** Milliseconds that a person has; enough to sign in with a second factor, or to walk to another computer. */
const PATIENCE = 10 * 60_000;
const PASTES = 5;

export interface Waiting {
  readonly url: string;
  readonly state: string;
  readonly loopback: Loopback;
  /** Whether a browser may be opened. */
  readonly browser: boolean;
  readonly signal: AbortSignal | undefined;
}

/** @throws E_CREDENTIALS when nobody can answer or nobody did, `E_INTERRUPTED` at an abort. */
export async function waitForRedirect(context: SinkContext, waiting: Waiting): Promise<RedirectAnswer> {
  const opened = await openBrowser(context, waiting);
  if (typeof opened === 'object') return opened;
  if (!opened && !context.ask.interactive) {
    context.warn(`to sign in to Google, open ${waiting.url}`);
    throw nobodyAnswers();
  }
  if (opened) context.progress("waiting for you to sign in on Google's page in the browser");
  // The loser of the race is told to stop: a question that is left open would swallow the person's next line.
  const own = linkedAbort(waiting.signal);
  const ways = [waiting.loopback.answer, limit(context, own.signal)];
  if (!opened) ways.push(pasted(context, waiting, own.signal));
  try {
    return await untilAborted(Promise.race(ways), waiting.signal);
  } finally {
    own.abort();
    own.release();
    for (const way of ways) way.catch(() => undefined);
  }
}

/** Whether a browser shows the page, or at once the answer, when that comes before the browser is known to run. */
async function openBrowser(
  context: SinkContext,
  { browser, url, loopback, signal }: Waiting,
): Promise<boolean | RedirectAnswer> {
  if (!browser) return false;
  return untilAborted(Promise.race([loopback.answer, context.openBrowser(url)]), signal);
}

async function limit(context: SinkContext, signal: AbortSignal): Promise<never> {
  await context.sleep(PATIENCE, signal);
  throw credentialsError(
    'nobody signed in to Google within 10 minutes',
    `try again; if Google's page showed an error (${SHOWN_ON_THE_PAGE.join(', ')}), the README says what each one means`,
  );
}

async function pasted(context: SinkContext, waiting: Waiting, signal: AbortSignal): Promise<RedirectAnswer> {
  const task = waiting.url.includes('trigger_onepick') ? 'sign in, and choose the folder there' : 'sign in';
  let question = `Open this address in a browser and ${task}:\n\n  ${waiting.url}\n\nThe browser then goes to an address on 127.0.0.1; if that page cannot be reached, paste its whole address here: `;
  for (let tries = 0; tries < PASTES; tries += 1) {
    const reading = readPasted(await askFor(context, question, signal), waiting.state);
    if (reading.kind === 'code' || reading.kind === 'refused') return reading;
    question =
      reading.kind === 'foreign'
        ? 'That address belongs to another sign-in. Paste the one that the latest sign-in ended at: '
        : 'That is not the whole address; it begins with http:// and holds state= and code=. Paste it again: ';
  }
  throw credentialsError('no address of this sign-in was pasted', "run 'login google-drive' again");
}

/** The end of the input is told as missing credentials: here it means that nobody came. */
async function askFor(context: SinkContext, question: string, signal: AbortSignal): Promise<string> {
  try {
    return await context.ask.text(question, { signal });
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.code === 'E_CREDENTIALS') throw nobodyAnswers();
    throw thrown;
  }
}

function nobodyAnswers(): AlbarettoError {
  return credentialsError(
    'signing in to Google takes a person, and nobody can answer here',
    "run 'albaretto google-drive credentials.json' in a terminal once and sign in there; later runs need nobody",
  );
}
