import { pastedAddress, type Recognition } from '../../src/plugin.js';

/** All that were ever seen are 26 lower-case letters and digits: https://replicate.com/docs/reference/http#predictions.get */
const ID = /^[a-z0-9]{26}$/u;

/** The page of a prediction, and its address in the API. */
const PATHS: Readonly<Record<string, RegExp>> = {
  'replicate.com': /^\/p\/([a-z0-9]{26})\/?$/u,
  'www.replicate.com': /^\/p\/([a-z0-9]{26})\/?$/u,
  'api.replicate.com': /^\/v1\/predictions\/([a-z0-9]{26})(?:\/(?:cancel)?)?$/u,
};

export function recognise(reference: string): Recognition | undefined {
  if (ID.test(reference)) return { confidence: 'certain', reference };
  const url = pastedAddress(reference);
  const path = url === undefined || !Object.hasOwn(PATHS, url.hostname) ? undefined : PATHS[url.hostname];
  const id = path?.exec(url?.pathname ?? '')?.[1];
  return id === undefined ? undefined : { confidence: 'certain', reference: id };
}
