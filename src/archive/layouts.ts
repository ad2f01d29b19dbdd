/** Which layout a `save` uses for the items of each source. */

import { usageError } from '../errors.js';
import type { SourceDescriptor } from '../plugin.js';
import { byTaskLayout, flatLayout } from './general-layouts.js';
import type { Layout } from './layout.js';
import type { NameRules } from './names.js';
import { extensionOf } from './names.js';
import { isTemplate, templateLayout } from './template.js';

export interface Layouts {
  /** The layout for items of this source; the same one for every call. Loads the source's own on first use. */
  of(source: string): Promise<Layout>;
  /** As it was asked for; `undefined` for each source's own. */
  readonly asked: string | undefined;
}

/**
 * @param asked The value of `--layout`: a name, or a template. `undefined`: each source's own, or `flat` where it has none.
 * @param sources Every source that the program knows.
 * @param rules Of the sink.
 * @throws E_USAGE for a name that no layout has, or a template that is none.
 */
export function chooseLayouts(
  asked: string | undefined,
  sources: readonly SourceDescriptor[],
  rules: NameRules,
): Layouts {
  const own = new Map(sources.flatMap(({ name, layout }) => (layout === undefined ? [] : [[name, layout] as const])));
  const named = [...own.values()].find((layout) => layout.name === asked);
  const fixed = asked === undefined || named !== undefined ? undefined : general(asked, rules, [...own.values()]);
  const made = new Map<string, Promise<Layout>>();
  const make = async (source: string): Promise<Layout> => {
    if (fixed !== undefined) return fixed;
    const descriptor = own.get(source);
    if (descriptor === undefined || (named !== undefined && descriptor.name !== named.name)) return flatLayout(rules);
    const { sourceLayout } = await import('./source-layout.js');
    const body = await descriptor.load();
    return sourceLayout(descriptor.name, body.create({ extensionOf }), rules);
  };
  return {
    asked,
    of(source) {
      const known = made.get(source) ?? make(source);
      made.set(source, known);
      return known;
    },
  };
}

function general(asked: string, rules: NameRules, own: readonly { readonly name: string }[]): Layout {
  if (asked === 'flat') return flatLayout(rules);
  if (asked === 'by-task') return byTaskLayout(rules);
  if (isTemplate(asked)) return templateLayout(asked, rules);
  const names = ['flat', 'by-task', ...own.map(({ name }) => name)];
  throw usageError(
    `there is no layout '${asked}'`,
    `there are ${[...new Set(names)].join(', ')}, and templates such as {source}/{task}/{index:03}-{id}.{ext}`,
  );
}
