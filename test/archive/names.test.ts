import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Extension,
  extensionOf,
  fileName,
  folderName,
  type NameParts,
  type NameRules,
  siblingName,
} from '../../src/archive/names.js';

const RULES: Readonly<Record<string, NameRules>> = {
  posix: { longestName: 255, caseSensitive: true },
  windows: { longestName: 255, caseSensitive: false },
  drive: { longestName: 1024, caseSensitive: true },
  'an encrypted home folder': { longestName: 143, caseSensitive: true },
  'the shortest that is allowed': { longestName: 64, caseSensitive: false },
};
const POSIX = RULES.posix as NameRules;
const RUNS = 10_000;

const name = (stem: string, suffix = '', extension: Extension = 'webp', rules = POSIX): string =>
  fileName({ stem, suffix, extension }, rules);

/** What is wrong with a name on any of the systems; written down again here, one rule a line, from their own pages. */
function faultsOf(text: string, longest: number): string[] {
  const faults: string[] = [];
  const fault = (is: boolean, what: string): void => void (is && faults.push(what));
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  fault(text === '' || text === '.' || text === '..', 'no name');
  fault(Buffer.byteLength(text) > longest, 'too long');
  fault(text.normalize('NFC') !== text, 'not NFC');
  fault(
    points.some((point) => point < 0x20 || (point >= 0x7f && point < 0xa0)),
    'control character',
  );
  fault(
    points.some((point) => point >= 0xd800 && point <= 0xdfff),
    'half a character',
  );
  fault(
    points.some((point) => point >= 0x202a && point <= 0x202e),
    'bidirectional override',
  );
  fault(
    points.some((point) => point >= 0x2066 && point <= 0x2069),
    'bidirectional isolate',
  );
  fault(
    points.some((point) => [0xad, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff].includes(point)),
    'unseen',
  );
  fault(
    [...'<>:"/\\|?*'].some((character) => text.includes(character)),
    'reserved character',
  );
  fault(
    text.startsWith('.') || text.startsWith(' ') || text.endsWith('.') || text.endsWith(' '),
    'dot or space at an end',
  );
  const device = (text.split('.')[0] ?? '').trimEnd().toUpperCase();
  fault(['CON', 'PRN', 'AUX', 'NUL', 'CONIN$', 'CONOUT$', 'CLOCK$'].includes(device), 'device');
  fault(/^(COM|LPT)[0123456789\u00b9\u00b2\u00b3]$/u.test(device), 'numbered device');
  return faults;
}

const nasty = fc.constantFrom(
  ...[
    '..',
    '.',
    '/',
    '\\',
    ':',
    '\0',
    '\u202e',
    '\u200b',
    '\u200d',
    '~',
    '~aaaaaaaa',
    ' ',
    'CON',
    'nul',
    'COM¹',
    'LPT1',
  ],
  ...[
    'é',
    'e\u0301',
    '🎨',
    '\ud83c',
    '\u0007',
    '\u001b[31m',
    'A',
    'a',
    'ß',
    'ς',
    'İ',
    '-mask',
    '_',
    '\u3000',
    'C:',
    '%2f',
  ],
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(nasty, { maxLength: 8 }).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 60, maxLength: 400 }) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/u) },
);
const extension = fc.constantFrom<Extension>('webp', 'png', 'jpg', 'json', 'bin', 'jsonl');
const suffix = fc.oneof(fc.constantFrom('', '', '-mask', '-source', '_metadata', '_inference'), text);
const parts: fc.Arbitrary<NameParts> = fc.record({ stem: text, suffix, extension });

describe.each(Object.entries(RULES))('names for %s', (_target, rules) => {
  test('whatever a service says, a name is safe on every system and fits', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const result = fileName(given, rules);
        return faultsOf(result, rules.longestName).length === 0 && result.endsWith(`.${given.extension}`);
      }),
      { numRuns: RUNS },
    );
  });

  test('whatever a service says, a folder stays in its folder and fits', () => {
    fc.assert(
      fc.property(text, (given) => faultsOf(folderName(given, rules), rules.longestName).length === 0),
      { numRuns: RUNS },
    );
  });

  test('different texts have different names, and a name does not depend on when it is asked for', () => {
    const owners = new Map<string, string>();
    fc.assert(
      fc.property(parts, (given) => {
        const result = fileName(given, rules);
        const whole = JSON.stringify([given.stem + (given.suffix ?? ''), given.extension]);
        const owner = owners.get(result) ?? whole;
        owners.set(result, whole);
        return owner === whole && fileName(given, rules) === result;
      }),
      { numRuns: RUNS },
    );
  });

  test('an id of letters, digits, dashes and underscores stays as it is', () => {
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/u).filter((stem) => faultsOf(stem, 255).length === 0);
    fc.assert(
      fc.property(id, extension, (stem, ending) => {
        return fileName({ stem, extension: ending }, rules) === `${stem}.${ending}`;
      }),
      { numRuns: RUNS },
    );
  });
});

describe('names that stay as they are', () => {
  test.each([
    ['generation-ZJQ3vCqpLDxCu56ULN79OUs9', ''],
    ['task-Qm3xVb7TnL2kRs9WpYc4ZdHa', ''],
    ['aB3dE5f', ''],
    ['3f1c8a52-0d8e-4d2b-9a51-6f0d1c2e3b4a', '_metadata'],
    ['img-0-0-wR6K33', '-mask'],
    ['thing.output', ''],
    ['a robot, 80% done (final) [2] {x} & more', ''],
    ["it's fine", ''],
    ['console', ''],
    ['com10', ''],
    ['nulls', ''],
    ['ünïcödé 絵 🎨', ''],
    ['name~1 and more', ''],
    ['x'.repeat(250), ''],
  ])('%j %j', (stem, ending) => {
    expect(name(stem, ending)).toBe(`${stem}${ending}.webp`);
  });
});

describe('names that are changed', () => {
  test.each([
    ['../../../evil', /^__\.\._\.\._evil~[a-z2-7]{8}\.webp$/u],
    ['..', /^_~[a-z2-7]{8}\.webp$/u],
    ['.', /^_~[a-z2-7]{8}\.webp$/u],
    ['', /^_~[a-z2-7]{8}\.webp$/u],
    ['.thing.output', /^_thing\.output~[a-z2-7]{8}\.webp$/u],
    ['C:\\Windows\\win', /^C__Windows_win~[a-z2-7]{8}\.webp$/u],
    ['\\\\server\\share', /^__server_share~[a-z2-7]{8}\.webp$/u],
    ['a:stream', /^a_stream~[a-z2-7]{8}\.webp$/u],
    ['nul\0byte', /^nul_byte~[a-z2-7]{8}\.webp$/u],
    ['CON', /^_CON~[a-z2-7]{8}\.webp$/u],
    ['con.tar', /^_con\.tar~[a-z2-7]{8}\.webp$/u],
    ['Aux ', /^Aux_~[a-z2-7]{8}\.webp$/u],
    ['COM¹', /^_COM¹~[a-z2-7]{8}\.webp$/u],
    ['lpt³.x', /^_lpt³\.x~[a-z2-7]{8}\.webp$/u],
    ['photo\u202egpj.exe', /^photo_gpj\.exe~[a-z2-7]{8}\.webp$/u],
    ['zero\u200bwidth', /^zero_width~[a-z2-7]{8}\.webp$/u],
    ['\u001b[31mred\u0007', /^_\[31mred_~[a-z2-7]{8}\.webp$/u],
    ['trailing. . ', /^trailing_~[a-z2-7]{8}\.webp$/u],
    ['GENERA~1', /^GENERA_1~[a-z2-7]{8}\.webp$/u],
    ['cafe\u0301', /^café~[a-z2-7]{8}\.webp$/u],
    ['half \ud83c', /^half _~[a-z2-7]{8}\.webp$/u],
  ])('%j', (stem, expected) => {
    expect(name(stem)).toMatch(expected);
  });

  test('a mark stands before the suffix, so that the files of one item begin alike', () => {
    const [picture, mask, sidecar] = [name('a/b'), name('a/b', '-mask'), name('a/b', '', 'json')];
    const stem = picture.slice(0, -'.webp'.length);
    expect(mask).toBe(`${stem}-mask.webp`);
    expect(sidecar).toBe(`${stem}.json`);
  });

  test('a suffix is cleaned like a stem', () => {
    expect(name('id', '-../../x')).toMatch(/^id-\.\._\.\._x~[a-z2-7]{8}\.webp$/u);
  });

  test('a name that is too long is cut between characters', () => {
    const long = name('🎨'.repeat(100));
    expect(long).toMatch(/^🎨+~[a-z2-7]{8}\.webp$/u);
    expect(Buffer.byteLength(long)).toBeGreaterThan(250);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(255);
    expect(name('🎨'.repeat(101))).not.toBe(long);
  });

  test("an id in the form of another one's marked name does not meet it", () => {
    const marked = name('a/b').slice(0, -'.webp'.length);
    expect(name(marked)).not.toBe(`${marked}.webp`);
    expect(name(marked.toUpperCase())).not.toBe(`${marked.toUpperCase()}.webp`);
    expect(name(`${marked}-mask`)).not.toBe(name('a/b', '-mask'));
  });

  test('the two normal forms of one text have different names', () => {
    expect(name('café')).toBe('café.webp');
    expect(name('cafe\u0301')).not.toBe('café.webp');
  });
});

describe('the name of a file that belongs to a stored one', () => {
  test.each([
    ['aB3dE5f.webp', 'aB3dE5f.json'],
    ['aB3dE5f-2.webp', 'aB3dE5f-2.json'],
    ['v1.2.png', 'v1.2.json'],
    [name('a/b'), name('a/b', '', 'json')],
  ])('%s has %s', (stored, expected) => {
    expect(siblingName(stored, 'json', POSIX)).toBe(expected);
  });

  test('a longer extension still fits', () => {
    const sibling = siblingName(`${'x'.repeat(251)}.png`, 'json', POSIX);
    expect(sibling).toMatch(/^x+~[a-z2-7]{8}\.json$/u);
    expect(Buffer.byteLength(sibling)).toBe(255);
  });
});

describe('folders', () => {
  test.each(['Robots', '2022-09', 'it is 100% done', 'v1.2'])('%j stays as it is', (title) => {
    expect(folderName(title, POSIX)).toBe(title);
  });

  test.each(['Robots.app', 'x.{ED7BA470-8E54-465E-825C-99712043E01C}', '..', 'a/b', 'CON', 'dot.', ''])(
    '%j is changed',
    (title) => {
      const result = folderName(title, POSIX);
      expect(result).toMatch(/~[a-z2-7]{8}$/u);
      expect(faultsOf(result, 255)).toEqual([]);
    },
  );
});

describe('extensions', () => {
  test.each([
    ['image/webp', 'webp'],
    ['image/png', 'png'],
    ['image/apng', 'png'],
    ['image/jpeg', 'jpg'],
    ['image/gif', 'gif'],
    ['image/avif', 'avif'],
    ['video/mp4', 'mp4'],
    ['video/webm', 'webm'],
    ['audio/mpeg', 'mp3'],
    ['audio/ogg; codecs=opus', 'ogg'],
    ['application/json', 'json'],
    ['IMAGE/PNG ; q=1', 'png'],
  ])('%s is called .%s', (mediaType, expected) => {
    expect(extensionOf(mediaType)).toBe(expected);
  });

  test.each([
    'image/svg+xml',
    'text/html',
    'application/x-msdownload',
    'application/x-desktop',
    '',
    'constructor',
    '__proto__',
  ])('%j is called .bin', (mediaType) => {
    expect(extensionOf(mediaType)).toBe('bin');
  });

  test('no media type leads to an extension that a system runs', () => {
    const dangerous =
      /^(exe|com|bat|cmd|msi|scr|ps1|vbs|js|jse|wsf|hta|lnk|url|desktop|webloc|command|sh|app|jar|html?|svg|xml|php|py|dll|reg)$/iu;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webPath(),
          fc.constantFrom('image/', 'application/').chain((top) => fc.string().map((sub) => top + sub)),
        ),
        (mediaType) => {
          expect(extensionOf(mediaType)).not.toMatch(dangerous);
          expect(extensionOf(mediaType)).toMatch(/^[a-z0-9]+$/u);
        },
      ),
    );
  });

  test('an extension that is not on the list is a fault of this program', () => {
    expect(() => fileName({ stem: 'id', extension: 'exe' as Extension }, POSIX)).toThrow(
      expect.objectContaining({ code: 'E_INTERNAL' }),
    );
  });
});
