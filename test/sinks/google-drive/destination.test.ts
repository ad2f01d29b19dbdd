import { describe, expect, test } from '@jest/globals';
import { readDestination } from '../../../sinks/google-drive/destination.js';
import { failure } from './support.js';

const ID = '1AbCdEfGhIjKlMnOpQrStUvWxYz_-0123';

describe('a destination in Google Drive', () => {
  const same = { kind: 'folder', id: ID };
  test.each([
    ['an id', ID, same],
    ['an id with blanks around it', `  ${ID} `, same],
    ['the address of a folder', `https://drive.google.com/drive/folders/${ID}`, same],
    ['the address in a second account', `https://drive.google.com/drive/u/1/folders/${ID}?usp=sharing`, same],
    ['the address without its scheme', `drive.google.com/drive/folders/${ID}`, same],
    ['an old address', `https://drive.google.com/open?id=${ID}`, same],
    ['an older address', `https://drive.google.com/folderview?id=${ID}&usp=sharing#list`, same],
    [
      'the address of a folder shared by link',
      `https://drive.google.com/drive/folders/${ID}?resourcekey=0-aB3_x`,
      { ...same, resourceKey: '0-aB3_x' },
    ],
    ['root', 'root', { kind: 'root' }],
    ['the address of My Drive', 'https://drive.google.com/drive/u/0/my-drive', { kind: 'root' }],
    ['nothing', undefined, { kind: 'own' }],
  ])('can be %s', (_what, typed, expected) => {
    expect(readDestination(typed)).toEqual(expected);
  });

  test.each([
    ['a path', './pictures'],
    ['a short word', 'abc'],
    ['an empty text', ''],
    ['a text that would change a query', `${ID}' or 'x' in parents`],
    ['a text that would change an address', `${ID}/../about`],
    ["a file's address", `https://drive.google.com/file/d/${ID}/view`],
    ["a document's address", `https://docs.google.com/document/d/${ID}/edit`],
    ['an address elsewhere', `https://example.com/drive/folders/${ID}`],
    ['an address that only looks like it', `https://drive.google.com.example.com/folders/${ID}`],
    ['an address without an id', 'https://drive.google.com/drive/recent'],
    ['an address with a malformed id', 'https://drive.google.com/drive/folders/a%20b'],
  ])('cannot be %s', async (_what, typed) => {
    const error = await failure((async () => readDestination(typed))(), 'E_USAGE');
    expect(error.describe()).toMatch(/give a folder id, the address of a folder/u);
  });
});
