/** Templates of `--layout`: `{source}/{task}/{index:03}-{id}.{ext}`. */

import { usageError } from '../errors.js';
import type { Item } from '../model.js';
import { extensionMeant } from './extension.js';
import { generalLayout } from './general-layouts.js';
import type { Layout } from './layout.js';
import type { NameRules } from './names.js';

/** What stands for a fact that is not known. */
const UNKNOWN = '_';

/** What may stand in braces. All but `index` are texts of any kind; they become names where paths are made. */
const FIELDS: Readonly<Record<string, (item: Item) => string | undefined>> = {
  source: (item) => item.source,
  task: (item) => item.taskId,
  title: (item) => item.title ?? item.taskTitle,
  index: (item) => String(item.index),
  id: (item) => item.id,
  prompt: (item) => item.generation.prompt,
  created: (item) => item.createdAt?.toISOString().slice(0, 10),
  year: (item) => item.createdAt?.toISOString().slice(0, 4),
  month: (item) => item.createdAt?.toISOString().slice(5, 7),
};

export const TEMPLATE_FIELDS: readonly string[] = [...Object.keys(FIELDS), 'ext'];

type Part = string | { readonly field: string; readonly width: number };

/** Whether a value of `--layout` is a template and not a name. */
export function isTemplate(text: string): boolean {
  return text.includes('{');
}

/** @throws E_USAGE for a field that is not known, a brace that is not closed, or a path that leads out. */
export function templateLayout(text: string, rules: NameRules): Layout {
  const segments = withoutEnding(text).split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw usageError('--layout is a path below the destination', 'write folders as {source}/{task}');
  }
  const parsed = segments.map(parseSegment);
  const place = (item: Item, extension: string) => {
    const texts = parsed.map((parts) => render(parts, item, extension));
    return { folder: texts.slice(0, -1), stem: texts.at(-1) ?? UNKNOWN };
  };
  return generalLayout(text, rules, { place, stemsAreOwn: false });
}

/** The ending follows the bytes, whatever the template says: `{id}.jpg` must not make `cat.jpg.jpg` of them. */
function withoutEnding(text: string): string {
  const [ending, word = ''] = /\.([a-z0-9]+|\{ext\})$/iu.exec(text) ?? [''];
  return word === '{ext}' || extensionMeant(word.toLowerCase()) !== undefined ? text.slice(0, -ending.length) : text;
}

function parseSegment(segment: string): Part[] {
  const parts: Part[] = [];
  for (const [piece] of segment.matchAll(/\{[^{}]*\}|[^{}]+|[{}]/gu)) {
    if (piece === '{' || piece === '}') throw usageError('--layout has a brace that is not closed');
    if (!piece.startsWith('{')) parts.push(piece);
    else parts.push(parseField(piece.slice(1, -1)));
  }
  return parts;
}

function parseField(text: string): Part {
  const [, field = '', width] = /^([a-z]+)(?::0?(\d{1,2}))?$/u.exec(text) ?? [];
  const known = field === 'ext' || Object.hasOwn(FIELDS, field);
  if (!known || (width !== undefined && field !== 'index')) {
    throw usageError(
      `--layout knows no {${text}}`,
      `there are ${TEMPLATE_FIELDS.map((name) => `{${name}}`).join(', ')}; {index:03} has at least three digits`,
    );
  }
  return { field, width: Number(width ?? 0) };
}

function render(parts: readonly Part[], item: Item, extension: string): string {
  const texts = parts.map((part) => {
    if (typeof part === 'string') return part;
    if (part.field === 'ext') return extension;
    const value = FIELDS[part.field]?.(item) ?? '';
    return value === '' ? UNKNOWN : value.padStart(part.width, '0');
  });
  return texts.join('');
}
