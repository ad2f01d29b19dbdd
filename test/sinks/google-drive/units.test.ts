/** The small parts whose mistakes the fake would not show. */

import { describe, expect, test } from '@jest/globals';
import { quoted } from '../../../sinks/google-drive/drive-api.js';
import { holdsBytes, readFile, readFolder } from '../../../sinks/google-drive/drive-file.js';
import { projectOf } from '../../../sinks/google-drive/identity.js';
import { readRefusal, refusalOf } from '../../../sinks/google-drive/refusal.js';
import { covers, scopeUrl, splitScopes, widest } from '../../../sinks/google-drive/scopes.js';
import { secondName } from '../../../sinks/google-drive/second-name.js';
import { bytesOf, md5Of } from './files.js';

describe('a text in a query', () => {
  test.each([
    ['plain', "'plain'"],
    ["it's", "'it\\'s'"],
    ['a\\b', "'a\\\\b'"],
    ["\\'", "'\\\\\\''"],
  ])('%s is written %s', (text, written) => expect(quoted(text)).toBe(written));
});

describe('what Drive says about a file', () => {
  test('is read with its best digest first, in lower case', () => {
    const file = readFile({ id: '1', size: '12', md5Checksum: 'A'.repeat(32), sha256Checksum: 'B'.repeat(64) });
    expect(file?.digests).toEqual([
      { algorithm: 'sha256', hex: 'b'.repeat(64) },
      { algorithm: 'md5', hex: 'a'.repeat(32) },
    ]);
    expect(file?.size).toBe(12);
  });

  test.each([undefined, null, 'text', 4, [], {}, { id: 4 }, { id: '' }])('may be no file at all: %j', (value) => {
    expect(readFile(value)).toBeUndefined();
    expect(readFolder(value)).toBeUndefined();
  });

  test('holds bytes only if the size and the digest are theirs', async () => {
    const bytes = bytesOf('abc');
    const [sha256, md5] = [...bytes.digests, md5Of(bytes)].map(({ hex }) => hex);
    const facts = { id: '1', size: '3', sha256Checksum: sha256, md5Checksum: md5 };
    const holds = (changes: object) => holdsBytes(readFile({ ...facts, ...changes })!, bytes);
    expect(await holds({})).toBe(true);
    expect(await holds({ sha256Checksum: undefined })).toBe(true);
    expect(await holds({ size: '4' })).toBe(false);
    expect(await holds({ size: 3 })).toBe(false);
    expect(await holds({ sha256Checksum: '0'.repeat(64) })).toBe(false);
    expect(await holds({ sha256Checksum: undefined, md5Checksum: '0'.repeat(32) })).toBe(false);
    expect(await holds({ sha256Checksum: undefined, md5Checksum: undefined })).toBe(false);
    expect(await holds({ sha256Checksum: 'not hex', md5Checksum: undefined })).toBe(false);
  });
});

describe('a refusal', () => {
  test("is read from Drive's JSON, also as text", () => {
    const body = { error: { code: 403, message: 'No.', errors: [{ reason: 'domainPolicy', location: 'x' }] } };
    for (const data of [body, JSON.stringify(body)]) {
      expect(readRefusal(403, {}, data)).toMatchObject({ reasons: ['domainPolicy'], words: 'No.', location: 'x' });
    }
  });

  test('is read from the newer details', () => {
    const details = [{ '@type': 'x' }, { reason: 'SERVICE_DISABLED' }];
    expect(readRefusal(403, {}, { error: { status: 'PERMISSION_DENIED', details } }).reasons).toEqual([
      'SERVICE_DISABLED',
      'PERMISSION_DENIED',
    ]);
  });

  test('is read from the OAuth endpoint', () => {
    const data = { error: 'invalid_grant', error_description: 'Gone.', error_subtype: 'invalid_rapt' };
    expect(readRefusal(400, {}, data)).toMatchObject({ reasons: ['invalid_grant', 'invalid_rapt'], words: 'Gone.' });
  });

  test.each([undefined, null, '', '<html>', [], 4, { error: null }, { error: { errors: 'x', details: 4 } }])(
    'may say nothing: %j',
    (data) => expect(readRefusal(500, undefined, data)).toMatchObject({ status: 500, reasons: [], words: undefined }),
  );

  test('is found inside what the library throws, and nowhere else', () => {
    const headers = new Headers({ 'Retry-After': '7' });
    expect(refusalOf({ response: { status: 429, headers, data: '' } })?.headers['retry-after']).toBe('7');
    for (const thrown of [undefined, 'x', new Error('x'), { response: {} }]) expect(refusalOf(thrown)).toBeUndefined();
  });
});

describe('scopes', () => {
  test('the wide one covers the narrow one, and not the other way round', () => {
    const [narrow, wide] = [scopeUrl('drive.file'), scopeUrl('drive')];
    expect([covers([wide], 'drive.file'), covers([narrow], 'drive')]).toEqual([true, false]);
    expect([widest([narrow, wide]), widest([narrow]), widest(['openid'])]).toEqual(['drive', 'drive.file', undefined]);
    expect(splitScopes(`${narrow}  ${wide} `)).toEqual([narrow, wide]);
    expect(splitScopes(undefined)).toEqual([]);
  });
});

describe('the Cloud project', () => {
  test.each([
    ['123456789012-abc.apps.googleusercontent.com', '123456789012'],
    ['robot@pictures-1.iam.gserviceaccount.com', 'pictures-1'],
    ['something else', 'something else'],
  ])('of %s is %s', (name, project) => expect(projectOf(name)).toBe(project));
});

describe('a second name', () => {
  test('counts on and keeps the extension', () => {
    expect(secondName('a.webp', () => false)).toBe('a-2.webp');
    expect(secondName('a.webp', (name) => name === 'a-2.webp')).toBe('a-3.webp');
    expect(secondName('README', () => false)).toBe('README-2');
  });

  test('stays within 255 bytes, cut between characters', () => {
    const name = secondName(`${'🎨'.repeat(62)}.webp`, () => false);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^🎨+-2\.webp$/u);
  });
});
