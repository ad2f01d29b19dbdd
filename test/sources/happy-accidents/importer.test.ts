import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { iniValue, readIni } from '../../../sources/happy-accidents/config-ini.js';
import importer from '../../../sources/happy-accidents/importer.js';
import descriptor from '../../../sources/happy-accidents/index.js';
import type { ImportedSettings } from '../../../src/plugin.js';
import { createFakeHappyAccidents } from '../../fakes/happy-accidents/index.js';

const { token: TOKEN, cookie: COOKIE } = createFakeHappyAccidents();

/** In the form that the downloader comes with, filled in. */
const CONFIG = `[HappyAccidents]
# Main endpoint
gallery_url = https://easel-fgiw.onrender.com/v1/inferences
gallery_pagesize = 100
gallery_startpage = 0
auth_token =

[Output]
download_dest = output
model_metadata_dest = output/models
log_dest = output/logs
resave_metadata = false
# imagekit_param = lo-true,f-auto

[Network]
# max_concurrent_downloads = 5 # TODO not yet implemented
max_backoff = 30.0
min_backoff = 0.25
request_timeout = 30.0
gallery_request_timeout = 240.0

[Logging]
log_level = INFO
`;

function read(config?: string, token?: string): ImportedSettings {
  const files = new Map<string, string>();
  if (config !== undefined) files.set('config.ini', config);
  if (token !== undefined) files.set('auth_token.txt', token);
  return importer.read(files);
}

const why = ({ left }: ImportedSettings, key: string) => left.find((entry) => entry.key.endsWith(key))?.why;
const only = (section: string, line: string) => read(`[${section}]\n${line}\n`);

describe('the settings of the gallery downloader', () => {
  test('are taken over, and every key is told', () => {
    const imported = read(CONFIG, `${TOKEN}\n`);
    expect(imported.settings).toEqual({
      'happy-accidents.baseUrl': 'https://easel-fgiw.onrender.com/v1',
      'happy-accidents.page-size': '100',
      'happy-accidents.start-page': '0',
      'local-filesystem.destination': 'output',
    });
    expect(imported.secrets).toEqual({ token: TOKEN });
    expect(imported.taken).toEqual([
      { key: 'config.ini: [HappyAccidents] gallery_url', setting: 'happy-accidents.baseUrl' },
      { key: 'config.ini: [HappyAccidents] gallery_pagesize', setting: 'happy-accidents.page-size' },
      { key: 'config.ini: [HappyAccidents] gallery_startpage', setting: 'happy-accidents.start-page' },
      { key: 'config.ini: [Output] download_dest', setting: 'local-filesystem.destination' },
      { key: 'auth_token.txt', setting: 'happy-accidents.token' },
    ]);
    expect(imported.left.map(({ key }) => key)).toEqual([
      'config.ini: [Output] model_metadata_dest',
      'config.ini: [Output] log_dest',
      'config.ini: [Output] resave_metadata',
      'config.ini: [Network] max_backoff',
      'config.ini: [Network] min_backoff',
      'config.ini: [Network] request_timeout',
      'config.ini: [Network] gallery_request_timeout',
      'config.ini: [Logging] log_level',
      'config.ini: [HappyAccidents] auth_token',
    ]);
    for (const { why: reason } of imported.left) expect(reason).toMatch(/\S/u);
  });

  test('become settings that this source has', () => {
    const own = new Set([...descriptor.options!.map(({ name }) => name), 'baseUrl']);
    const names = Object.keys(read(CONFIG.replace('# imagekit', 'imagekit')).settings);
    for (const name of names.filter((key) => key.startsWith('happy-accidents.'))) {
      expect(own).toContain(name.slice('happy-accidents.'.length));
    }
    expect(names).toContain('happy-accidents.tr');
  });

  test('are read from the files that the descriptor names', async () => {
    expect(descriptor.importer!.files).toEqual(['config.ini', 'auth_token.txt']);
    expect(await descriptor.importer!.load()).toBe(importer);
  });

  test('are none where there are no files', () => {
    expect(read()).toEqual({ settings: {}, secrets: {}, taken: [], left: [] });
  });

  test.each([
    ['imagekit_param = lo-true,f-auto', 'lo-true,f-auto'],
    ['imagekit_param =', ''],
    ['imagekit_param: w-100%', 'w-100%'],
  ])('have the transformation of %s', (line, value) => {
    expect(only('Output', line).settings).toEqual({ 'happy-accidents.tr': value });
  });

  test.each([
    ['http://127.0.0.1:8080/v1/inferences/', 'http://127.0.0.1:8080/v1'],
    ['https://my.server/inferences', 'https://my.server'],
    ['https://my.server/a/v1//inferences', 'https://my.server/a/v1'],
  ])('have the address of the API in that of the gallery: %s', (url, base) => {
    expect(only('HappyAccidents', `gallery_url = ${url}`).settings).toEqual({ 'happy-accidents.baseUrl': base });
  });

  test.each([
    ['HappyAccidents', 'gallery_url = https://my.server/v1', 'does not end with /inferences'],
    ['HappyAccidents', 'gallery_url = inferences', 'no http or https address'],
    ['HappyAccidents', 'gallery_url = https://u:p@my.server/v1/inferences', 'neither a user name nor a query'],
    ['HappyAccidents', 'gallery_url = https://my.server/v1/inferences?x=1', 'neither a user name nor a query'],
    ['HappyAccidents', 'gallery_pagesize = 5000', 'no whole number from 1 to 1000'],
    ['HappyAccidents', 'gallery_pagesize = many', 'no whole number'],
    ['HappyAccidents', 'gallery_startpage = -1', 'no whole number'],
    ['Output', 'download_dest =', 'it is empty'],
    ['Output', 'model_metadata_dest = elsewhere', 'move that folder there'],
    ['Network', 'max_concurrent_downloads = 5 # TODO not yet implemented', 'no whole number from 1 to 16'],
    ['Logging', 'log_level = DEBUG', '--debug'],
    ['Logging', 'log_level = ERROR', '--quiet'],
    ['Logging', 'log_level = constructor', '--quiet, --verbose and --debug'],
    ['Output', 'colour = blue', 'has no such key'],
    ['Network', 'gallery_url = https://my.server/v1/inferences', 'has no such key'],
  ])('that cannot be taken are told: [%s] %s', (section, line, reason) => {
    const imported = only(section, line);
    expect(imported.settings).toEqual({});
    expect(imported.taken).toEqual([]);
    expect(imported.left).toHaveLength(1);
    expect(imported.left[0]!.why).toContain(reason);
    expect(imported.left[0]!.key).toMatch(new RegExp(`^config\\.ini: \\[${section}\\] \\w+$`, 'u'));
  });

  test('have a number of downloads at once, where somebody set one', () => {
    expect(only('Network', 'max_concurrent_downloads = 5').settings).toEqual({ transfers: '5' });
  });

  test('of all sections stand in for each that does not say it itself', () => {
    const imported = read(
      `[DEFAULT]\ngallery_pagesize = 50\nlog_level = INFO\n[HappyAccidents]\ngallery_startpage = 2\n`,
    );
    expect(imported.settings).toEqual({ 'happy-accidents.page-size': '50', 'happy-accidents.start-page': '2' });
    const other = read(`[HappyAccidents]\ngallery_pagesize = 30\n[DEFAULT]\ngallery_pagesize = 50\n`);
    expect(other.settings).toEqual({ 'happy-accidents.page-size': '30' });
    expect(why(other, '[DEFAULT] gallery_pagesize')).toBe('what [HappyAccidents] says goes first');
  });
});

describe('the token of the gallery downloader', () => {
  const withToken = (token: string) => `[HappyAccidents]\nauth_token = ${token}\n`;

  test('in config.ini goes before the one in the other file', () => {
    const imported = read(withToken(`Bearer ${TOKEN}`), 'another-token');
    expect(imported.secrets).toEqual({ token: TOKEN });
    expect(why(imported, 'auth_token.txt')).toBe('the token of config.ini goes first');
  });

  test('may be the cookie', () => {
    expect(read(withToken(COOKIE)).secrets).toEqual({ token: TOKEN });
    expect(read(undefined, COOKIE).secrets).toEqual({ token: TOKEN });
  });

  test('that no header can carry is told, and not repeated', () => {
    const imported = read(withToken(`${TOKEN.slice(0, 30)}…`), ' ');
    expect(imported.secrets).toEqual({});
    expect(why(imported, '[HappyAccidents] auth_token')).toContain('U+2026');
    expect(why(imported, 'auth_token.txt')).toBe('it is empty');
    expect(JSON.stringify(imported)).not.toContain(TOKEN.slice(0, 20));
  });

  test('in the other file is taken where the one in config.ini is no good', () => {
    expect(read(withToken('x'), TOKEN).secrets).toEqual({ token: TOKEN });
  });
});

describe('an INI file is read as Python reads it', () => {
  // Each value is what configparser of Python 3 answers.
  test.each([
    ['with blanks around', '[S]\n  k  =  v w  \n', 'v w'],
    ['with a colon', '[S]\nk: a=b\n', 'a=b'],
    ['with the first sign of two', '[S]\nk = a:b=c\n', 'a:b=c'],
    ['with a name in capitals', '[S]\nK = v\n', 'v'],
    ['with a name of two words and nothing behind it', '[S]\nk =\n', ''],
    ['with a sign of comment in the value', '[S]\nk = v # no comment ; either\n', 'v # no comment ; either'],
    ['with lines of comments', '# c\n; c\n[S]\n  # c\nk = v\n; c\n', 'v'],
    ['with a value of several lines', '[S]\nk = a\n  b\n\tc\nother = x\n', 'a\nb\nc'],
    ['with a comment among these', '[S]\nk = a\n  # c\n  b\n', 'a\nb'],
    ['with an empty line among these', '[S]\nk = a\n\n  b\n\n\nother = x\n', 'a\n\nb'],
    ['with a value that begins on the next line', '[S]\nk =\n  a\n', '\na'],
    ['with a line like a section that goes on', '[S]\nk = a\n  [T]\n  x = 1\n', 'a\n[T]\nx = 1'],
    ['with names that are indented', '[S]\n    other = x\n    k = v\n', 'v'],
    ['with a percent sign', '[S]\nk = 100%\n', '100%'],
    ['with line ends of Windows', '[S]\r\nk = a\r\n  b\r\n', 'a\nb'],
    ['with text behind the section', '[S] ; here\nk = v\n', 'v'],
    ['with a mark at the start', '\ufeff[S]\nk = v\n', 'v'],
    ['from the section that stands in', '[DEFAULT]\nk = v\n[S]\n', 'v'],
    ['from the section itself first', '[S]\nk = v\n[DEFAULT]\nk = w\n', 'v'],
  ])('%s', (_form, text, value) => {
    const ini = readIni(text);
    expect(iniValue(ini, 'S', 'k')).toBe(value);
    expect(ini.faults).toEqual([]);
  });

  test.each([
    ['before any section', 'k = v\n', 'line 1 stands before the first section'],
    ['without a sign', '[S]\nnothing\n', 'line 2 has no name and value'],
    ['without a name', '[S]\n= v\n', 'line 2 has no name and value'],
    ['twice', '[S]\nk = v\nK = w\n', 'line 3 sets k of [S] again; the first value counts'],
  ])('and a line %s is a fault that is told', (_what, text, fault) => {
    expect(readIni(text).faults).toEqual([fault]);
    expect(read(text).left).toContainEqual({ key: 'config.ini', why: fault });
  });

  test('whatever stands in it: nothing is thrown, and what is told is printable', () => {
    const line = fc.constantFrom(
      '[HappyAccidents]',
      '[Output]',
      '[DEFAULT]',
      'gallery_url = x',
      'auth_token = \u001b',
      '  on',
    );
    const text = fc
      .array(fc.oneof(line, fc.string({ unit: 'binary', maxLength: 20 })))
      .map((lines) => lines.join('\n'));
    const property = (config: string, token: string) => {
      const { taken, left } = read(config, token);
      expect(JSON.stringify([taken, left])).not.toMatch(/\\u00[01]/u);
    };
    fc.assert(fc.property(text, fc.string({ unit: 'binary' }), property), { numRuns: 1000 });
  });

  test('also where a line is very long', () => {
    const begun = performance.now();
    for (const line of [`a${' '.repeat(500_000)}b`, '='.repeat(500_000), '['.repeat(500_000)])
      readIni(`[S]\n${line}\n`);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
