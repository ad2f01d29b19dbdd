import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable } from '../src/printable.js';
import { createRedactor } from '../src/redact.js';

const MASK = '‹redacted›';

/** As tokens are: no blanks around them, and long enough not to be a word. */
const secret = fc
  .oneof(
    fc.string({ minLength: 6, maxLength: 60 }),
    fc.string({ unit: 'grapheme', minLength: 6, maxLength: 60 }),
    fc.base64String({ minLength: 8 }),
  )
  .map((text) => text.trim())
  .filter((text) => text.length >= 6 && !MASK.includes(text));

function redactorOf(...secrets: string[]) {
  const redactor = createRedactor();
  for (const each of secrets) redactor.add(each);
  return redactor;
}

describe('a registered secret', () => {
  test('is never left in a text, however it is written', () => {
    const spelled: ((text: string) => string)[] = [
      (text) => text,
      (text) => encodeURIComponent(text),
      (text) => encodeURIComponent(text).replace(/%../gu, (octet) => octet.toLowerCase()),
      (text) => new URLSearchParams({ a: text }).toString().slice(2),
      (text) => JSON.stringify(text),
      (text) => JSON.stringify(text).slice(1, -1),
    ];
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(fc.string(), fc.nat(30)), { maxLength: 12 }),
        (secrets, parts) => {
          const { clean } = redactorOf(...secrets);
          const text = parts
            .map((part, index) =>
              typeof part === 'string' ? part : spelled[part % spelled.length]!(secrets[index % secrets.length]!),
            )
            .join(' ');
          const cleaned = clean(text);
          for (const each of secrets) expect(cleaned).not.toContain(each);
          expect(clean(cleaned)).toBe(cleaned);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is masked in the middle of a text, and what stands around it stays', () => {
    expect(redactorOf('hunter2hunter2').clean('before hunter2hunter2, after')).toBe(`before ${MASK}, after`);
  });

  test('that is a part of another leaves nothing of it behind, whichever came first', () => {
    for (const secrets of [
      ['inner-secret', 'outer-inner-secret-outer'],
      ['outer-inner-secret-outer', 'inner-secret'],
    ]) {
      expect(redactorOf(...secrets).clean('x outer-inner-secret-outer x')).toBe(`x ${MASK} x`);
    }
  });

  test('is masked in a URL, in a form and in JSON', () => {
    const { clean } = redactorOf('a b+c/d="é\n');
    expect(clean(`q=${encodeURIComponent('a b+c/d="é')}`)).toBe(`q=${MASK}`);
    expect(clean('q=a+b%2bc%2fd%3d%22%c3%a9')).toBe(`q=${MASK}`);
    expect(clean(JSON.stringify({ q: 'a b+c/d="é' }))).toBe(`{"q":"${MASK}"}`);
  });

  test('of several lines is masked also when they were made one', () => {
    const key = 'line one of it\nline two of it';
    expect(redactorOf(key).clean(printable(`the key ${key}!`))).toBe(`the key ${MASK}!`);
  });

  test('is masked also where the text was cut in its middle', () => {
    const { clean } = redactorOf('abcdefghijklmnopqrstuvwxyz');
    expect(clean(printable('refused: abcdefghijklmnopqrstuvwxyz', 24))).toBe(`refused: ${MASK}…`);
    expect(clean('abcdefgh… and abcdefghij…')).toBe(`${MASK}… and ${MASK}…`);
    expect(clean('abcd… abcdefgX…')).toBe('abcd… abcdefgX…');
  });

  // Where the time grew with the square of the length, each of these would take hours.
  test.each([
    ['one cut', `…${'a'.repeat(2_000_000)}`],
    ['many cuts', 'abcde…'.repeat(300_000)],
    ['many beginnings of tokens', 'eyJa-'.repeat(50_000)],
    ['many schemes', 'basic '.repeat(200_000)],
    ['many addresses', 'x://@'.repeat(200_000)],
    ['many parameters', '&x-amz-'.repeat(200_000)],
    ['many keys', '-----BEGIN PRIVATE KEY-----'.repeat(50_000)],
  ])('is looked for in a text of any length, with %s', (_what, text) => {
    expect(redactorOf('abcdefghijklmnopqrstuvwxyz').clean(text).length).toBeGreaterThan(0);
  });

  test('is taken without the blanks around it', () => {
    expect(redactorOf('  hunter2hunter2\n').clean('x=hunter2hunter2')).toBe(`x=${MASK}`);
  });

  test('shorter than a word is left alone: it would blank ordinary text', () => {
    const { clean } = redactorOf('', 'a', 'robot');
    expect(clean('a robot')).toBe('a robot');
  });

  test('may be half a surrogate pair', () => {
    expect(redactorOf('secret\ud800').clean('x secret\ud800 x')).toBe(`x ${MASK} x`);
  });
});

describe('a secret that nobody registered', () => {
  const { clean, finds } = createRedactor();

  test.each([
    ['Authorization: Bearer abc.def-123', 'Authorization: ‹redacted›'],
    ['"authorization":"Client-ID abcdefghi"', '"authorization": ‹redacted›"'],
    ['Authorization: Token token="abcdef123456", next', 'Authorization: ‹redacted›", next'],
    ['{"api_key": "abcdef123456", "tokens": 3}', '{"api_key": "‹redacted›", "tokens": 3}'],
    ['by http://user:p@ssw0rd@127.0.0.1:3128/x@y', 'by http://‹redacted›@127.0.0.1:3128/x@y'],
    ['bearer sess-abcdefgh1234', 'bearer ‹redacted›'],
    ['Basic dXNlcjpwYXNzd29yZA==', 'Basic ‹redacted›'],
    ['Client-ID 546c25a59c58ad7', 'Client-ID ‹redacted›'],
    ['the key sk-abcdefghijkl is wrong', 'the key ‹redacted› is wrong'],
    ['sess-AbCdEf123456', '‹redacted›'],
    ['r8_abcdefgh12345678', '‹redacted›'],
    ['ya29.a0AfH6SMBx-y_z', '‹redacted›'],
    ['GOCSPX-abc_def-123', '‹redacted›'],
    ['1//0gabcdefghijklmno', '‹redacted›'],
    ['4/0AdeuR5abcdefghijk', '‹redacted›'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '‹redacted›'],
    ['https://h.example/a?sv=1&sig=a%2Bb&se=2', 'https://h.example/a?sv=1&sig=‹redacted›&se=2'],
    ['http://127.0.0.1:1/?state=abc&code=4x&scope=y', 'http://127.0.0.1:1/?state=‹redacted›&code=‹redacted›&scope=y'],
    ['client_secret=x&refresh_token=y', 'client_secret=‹redacted›&refresh_token=‹redacted›'],
    ['/upload?uploadType=resumable&upload_id=ABC', '/upload?uploadType=resumable&upload_id=‹redacted›'],
    ['?X-Amz-Signature=abc&X-Amz-Credential=def', '?X-Amz-Signature=‹redacted›&X-Amz-Credential=‹redacted›'],
    ['{"access_token":"x","refresh_token" : "a\\"b"}', '{"access_token":"‹redacted›","refresh_token" : "‹redacted›"}'],
    ['proxy http://user:password@proxy:3128/', 'proxy http://‹redacted›@proxy:3128/'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n', '‹redacted›\n'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE', '‹redacted›'],
  ])('%j becomes %j', (text, cleaned) => {
    expect(clean(text)).toBe(cleaned);
    expect(finds(text)).toBe(true);
    expect(finds(cleaned)).toBe(false);
  });

  test.each([
    'basic drawing of a robot',
    'Basic geometry, bearer of bad news',
    'a bearer certificate in the style of art deco',
    'task-Qm3xVb7TnL2kRs9WpYc4ZdHa generation-ZJQ3vCqpLDxCu56ULN79OUs9.webp',
    'https://drive.google.com/drive/folders/1AbCdEfGhIjKlMnOpQrStUvWxYz',
    'a token begins with sess- and is copied from the Authorization header',
    'mail me at someone@example.com: 3/4 of it',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  ])('is not seen in %j', (text) => {
    expect(clean(text)).toBe(text);
    expect(finds(text)).toBe(false);
  });
});
