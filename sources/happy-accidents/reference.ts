import type { Recognition } from '../../src/plugin.js';

/** Inferences and images alike; many other services have ids of this form. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;

/** The forms that recorded galleries have: `inf-000004-8FR7EwLt`, `img-4-0-hbHACX`. */
const INFERENCE = /^inf-[A-Za-z0-9]{1,40}(-[A-Za-z0-9]{1,40}){0,3}$/u;
const IMAGE = /^img-\d{1,9}-\d{1,9}-[A-Za-z0-9]{1,40}$/u;

/** No form of a page's address at www.happyaccidents.ai is on record, so none is recognised. */
export function recognise(reference: string): Recognition | undefined {
  if (INFERENCE.test(reference) || IMAGE.test(reference)) return { confidence: 'certain', reference };
  // The service has them in small letters, wherever they were copied from.
  return UUID.test(reference) ? { confidence: 'possible', reference: reference.toLowerCase() } : undefined;
}

/** Whether an id is looked for among the images first. */
export function isImageForm(reference: string): boolean {
  return IMAGE.test(reference);
}
