import { describe, expect, test } from '@jest/globals';
import { readRefusal } from '../../../sources/imgur/refusals.js';

const CAPACITY = 'Imgur is temporarily over capacity. Please try again later.';

const read = (status: number, body: unknown, ofOwner = false) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const json = typeof body === 'string' ? undefined : body;
  return readRefusal({ status, headers: {}, text }, json, ofOwner);
};

describe('the words of a refusal are found', () => {
  test.each([
    ['as text', { data: { error: 'the words', request: '/3/album/x', method: 'GET' } }],
    ['as an object with a message', { data: { error: { code: 1003, message: 'the words', type: 'x' } } }],
    ['in data itself', { data: 'the words', success: false }],
    ['in a list of errors', { errors: [{ id: 'x', code: '400', status: 'Error', detail: 'the words' }] }],
    ['in a list of errors inside data', { data: { errors: [{ detail: 'the words' }] } }],
    ['without an envelope', { error: 'the words' }],
    ['beside nothing else of use', { data: { error: ' ' }, errors: [{ detail: 'the words' }] }],
  ])('%s', (_where, body) => {
    expect(read(400, body).facts.message).toBe('the words');
  });

  test('as a code where there is no message', () => {
    expect(read(400, { data: { error: { code: 1003 } } }).facts.message).toBe('code 1003');
  });

  test.each([
    ['a page', '<html>404</html>'],
    ['nothing', ''],
    ['data that is false', { data: false, status: 500 }],
    ['a list', []],
    ['errors that are none', { errors: 'x', data: null }],
    ['a list of nothing', { errors: [], data: { error: {} } }],
  ])('but not in %s', (_where, body) => {
    expect(read(500, body)).toEqual({ kind: 'other', facts: {} });
  });
});

describe('over capacity is known by its words, and by two forms without any', () => {
  test.each([
    ['403', 403, { data: { error: CAPACITY }, success: false, status: 403 }],
    ['429 with another status in the body', 429, { data: { error: CAPACITY }, success: false, status: 500 }],
    ['500 with a status that HTTP does not have', 500, { data: { error: CAPACITY }, success: false, status: 1203 }],
    ['500 with plain text', 500, { data: CAPACITY, success: false, status: 500 }],
    ['500 with a status that HTTP does not have alone', 500, { data: {}, success: false, status: 1203 }],
    ['500 with nothing', 500, { data: false, success: false, status: 500 }],
    ['503 with a page', 503, `<html><body>${CAPACITY}</body></html>`],
  ])('under %s', (_status, status, body) => {
    expect(read(status, body)).toMatchObject({
      kind: 'over-capacity',
      facts: { code: 'E_RATE_LIMITED', retryable: false, reach: 'host' },
    });
  });

  test.each([400, 403, 404])('and not by an envelope with nothing under %i', (status) => {
    expect(read(status, { data: false, success: false, status }).kind).toBe('other');
  });

  test('and not by the id of something that is missing', () => {
    expect(read(404, { data: { error: 'Unable to find an image with the id, capacity' } }).kind).toBe('other');
  });
});

describe('who is refused', () => {
  test.each([401, 403])('an access token that is not taken, under %i', (status) => {
    expect(read(status, { data: { error: 'The access token provided is invalid.' } })).toMatchObject({
      kind: 'access-token',
      facts: { code: 'E_CREDENTIALS', reach: 'run', retryable: false, hint: expect.stringContaining('login imgur') },
    });
  });

  test.each([
    ['a Client-ID that is none', 'Invalid client_id'],
    ['a header of the wrong form', 'Malformed auth header'],
  ])('%s', (_what, words) => {
    expect(read(403, { data: { error: words } })).toMatchObject({
      kind: 'other',
      facts: { code: 'E_CREDENTIALS', reach: 'run', hint: expect.stringContaining('check the Client-ID') },
    });
  });

  test('an application that asks for what is the owner’s', () => {
    const refusal = read(401, { data: { error: 'Authentication required' } }, true);
    expect(refusal.facts).toMatchObject({ code: 'E_CREDENTIALS', reach: 'run' });
    expect(refusal.facts.hint).toContain('a Client-ID alone is none');
  });

  test('a country', () => {
    expect(read(403, { data: { error: 'Banned Country Attempt (IN)' } }).facts).toMatchObject({
      code: 'E_UNAVAILABLE',
      retryable: false,
      reach: 'run',
    });
  });

  test('one thing alone is refused under another 403', () => {
    expect(read(403, { data: { error: 'This post is private' } }).facts).toMatchObject({ code: 'E_CREDENTIALS' });
    expect(read(403, { data: { error: 'This post is private' } }).facts.reach).toBeUndefined();
  });
});

test('too many requests are told apart from over capacity, and tried again at once only if the service says when', () => {
  const body = { data: { error: { code: 429, message: 'You’re uploading too fast.' } }, success: false, status: 400 };
  expect(read(429, body)).toMatchObject({ kind: 'no-credits', facts: { code: 'E_RATE_LIMITED', retryable: false } });
  const told = readRefusal({ status: 429, headers: { 'retry-after': '5' }, text: '' }, body);
  expect(told).toMatchObject({ kind: 'no-credits', facts: { retryable: true } });
});
