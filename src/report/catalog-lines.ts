/** The texts of what the catalog tells: its rows, and what became of the files that they speak of. */

import { printable } from '../printable.js';
import type { ReportEvent } from './events.js';
import type { Paint } from './lines.js';
import { formatDuration, formatSize } from './size.js';

type EventOf<Name extends ReportEvent['event']> = Extract<ReportEvent, { event: Name }>;

/** The most of a prompt that a row shows. */
const PROMPT_WIDTH = 72;

/** When, id, name, where, prompt; the state where it is not the usual one. */
export function recordLine(event: EventOf<'record'>, paint: Paint): string {
  const { id, task, name, state, destination } = event;
  const prompt = event.prompt ?? event.title;
  return [
    `  ${formatMoment(new Date(event.savedAt))}`,
    paint.strong(printable(id === '' ? task : id)),
    state === 'saved' ? printable(name) : `${printable(name)} ${paint.warn(`(${state})`)}`,
    paint.dim(`in ${printable(destination)}`),
    ...(prompt === undefined || prompt === '' ? [] : [printable(prompt, PROMPT_WIDTH)]),
  ].join('  ');
}

export function checkedLine({ id, task, name, destination, state }: EventOf<'checked'>, paint: Paint): string {
  const file = `${printable(id === '' ? task : id)}: ${printable(name)} in ${printable(destination)}`;
  return `  ${paint.bad('✗')} ${file} is ${state === 'gone' ? 'gone: its service has it no more' : state}`;
}

export function verifiedLine(event: EventOf<'verified'>, paint: Paint): string {
  const { files, missing, damaged, deep } = event;
  const bad = missing + damaged;
  const facts = `(${formatSize(event.bytes)}, ${formatDuration(event.seconds)})`;
  const right = deep ? 'whole' : 'there, by their sizes';
  if (bad === 0) return `  ${paint.good('✓')} ${count(files, 'file')} ${files === 1 ? 'is' : 'are'} ${right} ${facts}`;
  const parts = [
    ...(missing === 0 ? [] : [`${missing} missing`]),
    ...(damaged === 0 ? [] : [`${damaged} damaged`]),
  ].join(', ');
  return `  ${paint.bad('✗')} ${parts}, ${files - bad} of ${count(files, 'file')} ${right} ${facts}`;
}

export function repairedLine({ repaired, gone, failed, partial }: EventOf<'repaired'>, paint: Paint): string {
  const isGood = gone + failed === 0 && partial !== true;
  const mark = isGood ? paint.good('✓') : paint.bad('✗');
  const nothing = repaired + gone + failed === 0;
  const parts = [nothing ? 'Nothing to repair' : `${count(repaired, 'file')} repaired`];
  if (gone > 0) parts.push(`${gone} gone`);
  if (failed > 0) parts.push(`${failed} not repaired`);
  return `  ${mark} ${parts.join(', ')}${partial === true ? ', as far as it could be looked at' : ''}`;
}

export function forgottenLine({ files, items, deleted, dryRun }: EventOf<'forgotten'>, paint: Paint): string {
  const what = `${count(files, 'file')} of ${count(items, 'item')}`;
  const mark = markOf(dryRun, paint);
  if (deleted) return `  ${mark} ${what} ${dryRun === true ? 'would' : 'will'} not be fetched again`;
  return `  ${mark} ${dryRun === true ? 'Would forget' : 'Forgot'} ${what}`;
}

export function adoptedLine(event: EventOf<'adopted'>, paint: Paint): string {
  const done = event.dryRun === true ? 'Would adopt' : 'Adopted';
  const parts = [
    `${markOf(event.dryRun, paint)} ${done} ${count(event.files, 'file')} of ${count(event.items, 'item')}`,
  ];
  if (event.missing > 0) parts.push(`${event.missing} missing`);
  if (event.damaged > 0) parts.push(`${event.damaged} damaged`);
  if (event.unknown > 0) parts.push(`${event.unknown} without a sidecar left alone`);
  return `  ${parts.join(', ')}`;
}

/** What was not done has no tick. */
function markOf(dryRun: boolean | undefined, paint: Paint): string {
  return dryRun === true ? paint.dim('·') : paint.good('✓');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `2024-05-01 12:00`, by the clock of the person. */
function formatMoment(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-');
  return `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
