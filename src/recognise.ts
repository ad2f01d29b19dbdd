/** Which source a reference belongs to. Pure: descriptors look at text, nobody is asked over the network. */

import { usageError } from './errors.js';
import { kindOf } from './named-server.js';
import type { SourceDescriptor } from './plugin.js';
import { printable } from './printable.js';
import type { Registry } from './registry.js';

export interface Recognised {
  readonly source: SourceDescriptor;
  readonly reference: string;
}

export type Recognition = Recognised | { readonly candidates: readonly Recognised[] };

/**
 * First that fits: the forced source, a prefix (`imgur:aB3dE5f`), a named server that a URL leads to, a certain form (the
 * host of a URL, an id that no other service has; a named server comes behind its kind unless it is current), the current
 * source, the only source that it could belong to. Several possible ones are answered as `candidates`, for the person to
 * choose from. A form that is a reference only of a chosen source makes nobody the only one.
 * @throws E_USAGE when no source knows such a reference; nothing has been requested then.
 */
export function recognise(
  written: string,
  registry: Registry,
  choice: { forced?: string | undefined; current: string },
): Recognition {
  const typed = withoutBrackets(written);
  if (choice.forced !== undefined) return mustFit(registry.source(choice.forced), typed);
  const prefix = /^([a-z][a-z0-9-]*):(?!\/\/)(.+)$/su.exec(typed);
  const prefixed = prefix?.[1] === undefined ? undefined : registry.findSource(prefix[1]);
  if (prefixed !== undefined) return mustFit(prefixed, withoutBrackets(prefix?.[2] ?? ''));
  const found = registry.sources.flatMap((source) => {
    const recognition = source.recognise(typed);
    return recognition === undefined
      ? []
      : [{ source, reference: recognition.reference, confidence: recognition.confidence }];
  });
  const certain = found.filter((entry) => entry.confidence === 'certain');
  const best = bestOf(certain, typed, choice.current);
  if (best !== undefined) return best;
  const current = found.find((entry) => entry.source.name === choice.current);
  if (current !== undefined) return current;
  const isOpen = found.some(({ confidence }) => confidence !== 'if-chosen');
  if (isOpen && found.length === 1 && found[0] !== undefined) return found[0];
  if (isOpen) return { candidates: found };
  const expected = registry.source(choice.current);
  throw usageError(
    `'${printable(typed, 80)}' is no reference that a source knows`,
    `${expected.title} takes ${expected.references}`,
    expected.name,
  );
}

/** Mails and Markdown write an address as `<https://…>`. */
function withoutBrackets(text: string): string {
  return text.replace(/^<(https?:.*)>$/iu, '$1');
}

function bestOf(certain: readonly Recognised[], typed: string, current: string): Recognised | undefined {
  const servers = certain.filter(({ source }) => kindOf(source) !== undefined);
  // A server is certain of a URL only where that leads to it.
  const [at] = servers;
  if (at !== undefined && /^https?:/iu.test(typed)) return servers.length === 1 ? at : undefined;
  const own = servers.find(({ source }) => source.name === current);
  const kinds = certain.filter(({ source }) => kindOf(source) === undefined);
  return own ?? (kinds.length === 1 ? kinds[0] : undefined);
}

function mustFit(source: SourceDescriptor, typed: string): Recognised {
  const recognition = source.recognise(typed);
  if (recognition === undefined) {
    throw usageError(
      `'${printable(typed, 80)}' is no reference of ${source.title}`,
      `it takes ${source.references}`,
      source.name,
    );
  }
  return { source, reference: recognition.reference };
}
