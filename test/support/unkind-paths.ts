/** Texts that services may give for names, and what must be true of a path that is made of them. */

import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import type { NameRules } from '../../src/archive/names.js';
import type { SafePath } from '../../src/archive/path-book.js';

export const POSIX: NameRules = { longestName: 255, caseSensitive: true };
export const WINDOWS: NameRules = { longestName: 255, caseSensitive: false };
/** As `sinks/google-drive` declares them. */
export const DRIVE: NameRules = { longestName: 255, caseSensitive: true };

const ODD = [
  ...['', '.', '..', '...', '/', '\\', '../..', 'a/b', 'a\\b', '/etc/passwd', 'C:\\x', '~', '~root', '$HOME', '%TEMP%'],
  ...['CON', 'con.png', 'NUL', 'com1', 'LPT¹', 'aux.', 'CLOCK$', 'GENERA~1', 'a~abcdefgh', 'A~ABCDEFGH', 'x~2'],
  ...[
    'a ',
    ' a',
    'a.',
    '.a',
    'a..',
    'a\n',
    'a\u0000b',
    'a\u202eb',
    'a\u200bb',
    '\ufeffa',
    'a\u2028b',
    '\ud800',
    '\udfff',
  ],
  ...['cat.png', 'CAT.PNG', 'cat.json', 'x.app', 'x.{21EC2020-3AEA-1069-A2DD-08002B30309D}', 'desktop.ini', 'Icon\r'],
  ...['é', 'e\u0301', 'ß', 'ss', 'SS', 'σ', 'ς', 'Σ', 'İ', 'i\u0307', 'ﬁ', 'fi', '1', '01', '٣', '🐱', '👩\u200d🚀'],
  ...['Robots', 'robots', 'ROBOTS', 'Robots-a', 'a', 'A', 'aB', 'Ab', 'models', 'Models'],
  ...['x'.repeat(251), 'x'.repeat(252), 'x'.repeat(400), 'é'.repeat(130), '🐱'.repeat(64), '漢'.repeat(90)],
];

/** Few enough odd ones that twins come often. */
export const unkindText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...ODD), weight: 5 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 12 }), weight: 2 },
  { arbitrary: fc.string({ unit: fc.constantFrom('a', 'A', '.', ' ', '/', '-', '~', '_'), maxLength: 5 }), weight: 3 },
);

/** Equal for paths that the storage may take for one. */
export function foldedPath(segments: readonly string[], { caseSensitive }: NameRules): string {
  const path = segments.join('/').normalize('NFC');
  return caseSensitive ? path : path.toUpperCase().toLowerCase().normalize('NFC');
}

/** What no name of a file or folder may hold or be, on any of the systems that an archive is copied to. */
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u200b-\u200f\u2066-\u2069\ufeff]/u;
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/iu;

/** What is wrong with a path, in words; `undefined` for a good one. */
export function faultOfPath({ folder, name }: SafePath, rules: NameRules): string | undefined {
  const segments = [...folder, name];
  for (const segment of segments) {
    const told = JSON.stringify(segment);
    if (segment === '' || segment === '.' || segment === '..') return `${told} is no name`;
    if (Buffer.byteLength(segment) > rules.longestName) return `${told} has ${Buffer.byteLength(segment)} bytes`;
    if (FORBIDDEN.test(segment) || /\p{Surrogate}/u.test(segment)) return `${told} holds what no name may hold`;
    if (/^[.\s]|[.\s]$/u.test(segment)) return `${told} has an edge that is dropped or hidden`;
    if (DEVICE.test(segment)) return `${told} is a device`;
    if (segment !== segment.normalize('NFC')) return `${told} is not in NFC`;
  }
  if (posix.resolve('/pics', ...segments) !== `/pics/${segments.join('/')}`) return 'it leads elsewhere';
  if (win32.resolve('C:\\pics', ...segments) !== `C:\\pics\\${segments.join('\\')}`) return 'it leads elsewhere';
  return undefined;
}
