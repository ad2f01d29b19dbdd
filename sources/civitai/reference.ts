/** What names a workflow, a published image or a post. Pure. */

import type { Recognition } from '../../src/plugin.js';

export type Reference =
  | { readonly kind: 'workflow'; readonly id: string }
  /** `id` is the number of the image or post. */
  | { readonly kind: 'image' | 'post'; readonly id: string };

/**
 * Ids of workflows as they were seen: the account's number and the time to the millisecond, or 0 and a UUID; and as the
 * orchestration API's reference describes them, `wf_` and a ULID.
 */
const WORKFLOW = /^(?:\d{1,12}-20\d{15}|0-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|wf_[0-9A-Za-z]{6,64})$/u;
/** Numbers of published things; a longer one is none, and could not be told exactly. */
const PUBLISHED = /^(image|post)-([1-9]\d{0,14})$/u;
const NUMBER = /^[1-9]\d{0,14}$/u;
const PAGE = /^\/(image|post)s\/([1-9]\d{0,14})(?:\/[^/]*)?\/?$/u;
/** Mature pictures are shown at the red one; both have the same numbers. */
const SITES = new Set(['civitai.com', 'www.civitai.com', 'civitai.red', 'www.civitai.red']);

export function recognise(typed: string): Recognition | undefined {
  if (WORKFLOW.test(typed)) return { confidence: 'certain', reference: typed };
  if (PUBLISHED.test(typed)) return { confidence: 'possible', reference: typed };
  if (NUMBER.test(typed)) return { confidence: 'possible', reference: `image-${typed}` };
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || !SITES.has(url.hostname)) return undefined;
  const [, kind, id] = PAGE.exec(url.pathname) ?? [];
  return kind === undefined ? undefined : { confidence: 'certain', reference: `${kind}-${id}` };
}

/** A reference in the form that {@link recognise} answers, and the id of a task, which has the same form. */
export function readReference(reference: string): Reference {
  const [, kind, id] = PUBLISHED.exec(reference) ?? [];
  if (id === undefined) return { kind: 'workflow', id: reference };
  return { kind: kind === 'post' ? 'post' : 'image', id };
}
