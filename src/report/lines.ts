/** The text of each event, the same for a terminal and for a pipe; `paint` adds colour or nothing. */

import { printable } from '../printable.js';
import { adoptedLine, checkedLine, forgottenLine, recordLine, repairedLine, verifiedLine } from './catalog-lines.js';
import type { Progress, ReportEvent } from './events.js';
import { formatDuration, formatSize } from './size.js';

export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  strong(text: string): string;
}

export const NO_PAINT: Paint = { good: same, bad: same, warn: same, dim: same, strong: same };

function same(text: string): string {
  return text;
}

/** Which stream a line belongs to: results to `out`, everything about the run to `err`. */
export interface Line {
  readonly stream: 'out' | 'err';
  readonly text: string;
}

/** The most of a prompt that a list shows. */
const PROMPT_WIDTH = 72;

/** The lines of an event; none for one that only a spinner or `--json` shows. */
export function linesOf(event: ReportEvent, paint: Paint): Line[] {
  const tick = paint.good('✓');
  switch (event.event) {
    case 'fetched':
      return out(
        `  ${tick} ${event.already ? 'Already fetched' : 'Fetched'} ${printable(event.id)} (${formatSize(event.size)})`,
      );
    case 'saved':
      return out(savedLine(event, tick));
    case 'folder':
      return out(
        `  ${tick} ${event.already === true ? 'Using the folder' : 'Created a new folder'} '${printable(event.name)}' under ${printable(event.parent)}`,
      );
    case 'failed':
      if (event.shared === true) return [];
      return err(
        `  ${paint.bad('✗')} ${event.id === undefined ? '' : `${printable(event.id)}: `}${printable(event.message)}`,
      );
    case 'would-fetch':
      return out(
        `  ${paint.dim('·')} Would fetch ${printable(event.id)}${event.size === undefined ? '' : ` (${formatSize(event.size)})`}`,
      );
    case 'would-save':
      return out(`  ${paint.dim('·')} Would save ${printable(event.name)} to ${printable(event.destination)}`);
    case 'task':
      return out(taskLine(event, paint));
    case 'item':
      return out(itemLine(event, paint));
    case 'record':
      return out(recordLine(event, paint));
    case 'checked':
      return out(checkedLine(event, paint));
    case 'verified':
      return out(verifiedLine(event, paint));
    case 'repaired':
      return out(repairedLine(event, paint));
    case 'forgotten':
      return out(forgottenLine(event, paint));
    case 'adopted':
      return out(adoptedLine(event, paint));
    case 'plugin':
      return out(
        `  ${event.current ? paint.good('*') : ' '} ${paint.strong(event.name.padEnd(18))} ${event.title}: ${event.description}`,
      );
    case 'setting':
      return out(
        `${printable(event.key)} = ${printable(typeof event.value === 'string' ? event.value : JSON.stringify(event.value))}`,
      );
    case 'text':
      return out(event.text);
    case 'notice':
      return err(paint.dim(`  ${printable(event.text)}`));
    case 'warning':
      return err(`  ${paint.warn('!')} ${printable(event.text)}`);
    case 'error':
      return err(`  ${paint.bad('✗')} ${printable(event.message)}`);
    case 'summary':
      return summaryLines(event, paint);
    case 'progress':
    case 'waiting':
    case 'look':
      return [];
  }
}

type EventOf<Name extends ReportEvent['event']> = Extract<ReportEvent, { event: Name }>;

function savedLine(event: EventOf<'saved'>, tick: string): string {
  const [verb, preposition] =
    event.outcome === 'present'
      ? ['Already saved', 'in']
      : event.outcome === 'replaced'
        ? ['Replaced', 'in']
        : ['Saved', 'to'];
  return `  ${tick} ${verb} ${printable(event.name)} ${preposition} ${printable(event.destination)}`;
}

function taskLine(event: EventOf<'task'>, paint: Paint): string {
  const facts = [`${event.items} ${event.items === 1 ? 'item' : 'items'}`];
  if (event.createdAt !== undefined) facts.push(`created ${event.createdAt}`);
  if (event.expiresAt !== undefined) facts.push(`until ${event.expiresAt}`);
  const title = event.title ?? event.prompt;
  return `  ${paint.strong(printable(event.id))} ${paint.dim(`(${event.source}: ${facts.join(', ')})`)}${title === undefined ? '' : `\n    ${printable(title, 500)}`}`;
}

function itemLine(event: EventOf<'item'>, paint: Paint): string {
  const number = String(event.number ?? event.index).padStart(3);
  const facts = [event.size === undefined ? undefined : formatSize(event.size), event.mediaType].filter(
    (fact) => fact !== undefined,
  );
  const prompt = event.prompt === undefined ? '' : `  ${printable(event.prompt, PROMPT_WIDTH)}`;
  const line = `  ${number}  ${printable(event.id)}  ${paint.dim(printable(facts.join('  ')))}`;
  return `${line}${keptFacts(event, paint)}${prompt}`;
}

/** Whether it is saved, and how long it still can be. */
function keptFacts({ saved, secondsLeft }: EventOf<'item'>, paint: Paint): string {
  if (saved === undefined) return '';
  if (saved) return `  ${paint.good('saved')}`;
  if (secondsLeft === undefined) return `  ${paint.warn('not saved')}`;
  return `  ${paint.warn(secondsLeft === 0 ? 'not saved, and gone' : `not saved, ${formatDuration(secondsLeft)} left`)}`;
}

/** Only what the lines before did not say: a run of more than a few items, or one with failures, gets its sum. */
function summaryLines(event: EventOf<'summary'>, paint: Paint): Line[] {
  const lines: Line[] = [];
  const total = event.done + event.already + event.failed;
  if (event.failed > 0 || total > 8) {
    const verb = event.command === 'fetch' ? 'fetched' : 'saved';
    const parts = [`${event.done} ${verb} (${formatSize(event.bytes)}, ${formatDuration(event.seconds)})`];
    if (event.already > 0)
      parts.push(`${event.already} already ${event.command === 'fetch' ? 'in the buffer' : 'there'}`);
    if (event.failed > 0) parts.push(paint.bad(`${event.failed} failed${reasonsOf(event)}`));
    lines.push(...err(`  ${parts.join(', ')}`));
  }
  if (event.url !== undefined) lines.push(...out(`  ${printable(event.url)}`));
  return lines;
}

/** ` (2 not found, 1 timeout)` */
function reasonsOf({ reasons = {} }: EventOf<'summary'>): string {
  const parts = Object.entries(reasons).map(
    ([code, count]) => `${count} ${code.slice(2).toLowerCase().replaceAll('_', ' ')}`,
  );
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

const PROGRESS_VERBS: Readonly<Record<Progress['command'], string>> = {
  fetch: 'Fetching',
  save: 'Saving',
  verify: 'Verifying',
  adopt: 'Adopting',
};

/** What a spinner shows beside its dot: `Fetching 2/4, 1.20 MiB, 3.41 MiB/s, 2 s left`. */
export function progressText(progress: Progress): string {
  const count = progress.total === undefined ? `${progress.done}` : `${progress.done}/${progress.total}`;
  const parts = [`${PROGRESS_VERBS[progress.command]} ${count}`, formatSize(progress.bytes)];
  if (progress.bytesPerSecond > 0) parts.push(`${formatSize(progress.bytesPerSecond)}/s`);
  if (progress.secondsLeft !== undefined) parts.push(`${formatDuration(progress.secondsLeft)} left`);
  return parts.join(', ');
}

function out(text: string): Line[] {
  return [{ stream: 'out', text }];
}

function err(text: string): Line[] {
  return [{ stream: 'err', text }];
}
