/** What names a workflow, a published image or a post. Pure. */

import { pastedAddress, type Recognition } from '../../src/plugin.js';

export type Reference =
  | { readonly kind: 'workflow'; readonly id: string }
  /** `id` is the number of the image or post. */
  | { readonly kind: 'image' | 'post'; readonly id: string }
  /** What is recognised and cannot be fetched by itself: the page of one's own list, and a result without its workflow. */
  | { readonly kind: 'list'; readonly id: string }
  | { readonly kind: 'result'; readonly id: string };

/**
 * Ids of workflows as they were seen: the account's number and the time to the millisecond, or 0 and a UUID; and as the
 * orchestration API's reference describes them, `wf_` and a ULID.
 */
const WORKFLOW = /^(?:\d{1,12}-20\d{15}|0-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|wf_[0-9A-Za-z]{6,64})$/u;
/** Numbers of published things; a longer one is none, and could not be told exactly. */
const PUBLISHED = /^(image|post)-([1-9]\d{0,14})$/u;
const NUMBER = /^[1-9]\d{0,14}$/u;
const PAGE = /^\/(image|post)s\/([1-9]\d{0,14})(?:\/[^/]*)?\/?$/u;
/** The page of the generator, which shows one's own list. */
const GENERATOR = /^\/generate\/?$/u;
/** Results are called by 26 characters of base32 and their form. */
const RESULT = /^[0-9A-HJKMNP-TV-Z]{26}\.(?:jpe?g|png|webp|mp4)$/u;
/** Where the orchestration API has a workflow. */
const API = /^\/v2\/consumer\/workflows\/([^/]+)\/?$/u;
/** Mature pictures are shown at the red one; both have the same numbers. */
const SITES = new Set(['civitai.com', 'www.civitai.com', 'civitai.red', 'www.civitai.red']);

export function recognise(typed: string): Recognition | undefined {
  if (WORKFLOW.test(typed)) return { confidence: 'certain', reference: typed };
  if (PUBLISHED.test(typed)) return { confidence: 'possible', reference: typed };
  // Anything may be meant by a number, a forgotten -g before it too.
  if (NUMBER.test(typed)) return { confidence: 'if-chosen', reference: `image-${typed}` };
  if (RESULT.test(typed)) return { confidence: 'certain', reference: typed };
  const url = pastedAddress(typed);
  if (url === undefined) return undefined;
  if (url.hostname === 'orchestration.civitai.com') {
    const [, own] = API.exec(url.pathname) ?? [];
    return own !== undefined && WORKFLOW.test(own) ? { confidence: 'certain', reference: own } : undefined;
  }
  if (!SITES.has(url.hostname)) return undefined;
  if (GENERATOR.test(url.pathname)) return { confidence: 'certain', reference: 'generate' };
  const [, kind, id] = PAGE.exec(url.pathname) ?? [];
  return kind === undefined ? undefined : { confidence: 'certain', reference: `${kind}-${id}` };
}

/** A reference in the form that {@link recognise} answers, and the id of a task, which has the same form. */
export function readReference(reference: string): Reference {
  const [, kind, id] = PUBLISHED.exec(reference) ?? [];
  if (reference === 'generate') return { kind: 'list', id: reference };
  if (RESULT.test(reference)) return { kind: 'result', id: reference };
  if (id === undefined) return { kind: 'workflow', id: reference };
  return { kind: kind === 'post' ? 'post' : 'image', id };
}
