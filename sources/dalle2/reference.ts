import { pastedAddress, type Recognition } from '../../src/plugin.js';

/**
 * Ids are a prefix and letters and digits, 24 of them wherever one was seen; nothing promises that number, so any from 6
 * to 64 is taken. A share link names a generation without its prefix.
 */
const PREFIXED = /^(task|generation)-[A-Za-z0-9]{6,64}$/u;
const BARE = /^[A-Za-z0-9]{6,64}$/u;
const SHARED = /^\/s\/([A-Za-z0-9]{6,64})\/?$/u;

export function recognise(reference: string): Recognition | undefined {
  if (PREFIXED.test(reference)) return { confidence: 'certain', reference };
  if (BARE.test(reference)) return { confidence: 'possible', reference: `task-${reference}` };
  const url = pastedAddress(reference);
  if (url?.hostname !== 'labs.openai.com') return undefined;
  const shared = SHARED.exec(url.pathname)?.[1];
  return shared === undefined ? undefined : { confidence: 'certain', reference: `generation-${shared}` };
}
