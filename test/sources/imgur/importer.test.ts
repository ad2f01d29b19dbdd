import { describe, expect, test } from '@jest/globals';
import descriptor from '../../../sources/imgur/index.js';
import type { ImportedSettings } from '../../../src/plugin.js';

const SECRETS = {
  client_id: '7d1f0a93c5e2b84',
  client_secret: '94b1c07de35f82a6640f1d9b7ce8253ad0417fe2',
  access_token: 'c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55',
  expires_in: '315360000',
  token_type: 'bearer',
  refresh_token: 'decade11decade22decade33decade44decade55',
  account_username: 'someone',
};

const CONFIG = `import json

with open(".api_secrets.json") as f:
    AUTH = json.load(f)
STORAGE_DIRPATH = "D:/imgur_storage/"
LOGS_FILEPATH = STORAGE_DIRPATH + "scraping_logs.json"
DBNAME = "db_imgur.sqlite"
MINE: str = "x"
if STORAGE_DIRPATH == "y":
    pass
`;

async function read(files: Readonly<Record<string, string>>): Promise<ImportedSettings> {
  return (await descriptor.importer!.load()).read(new Map(Object.entries(files)));
}

const keys = (list: readonly { readonly key: string }[]) => list.map(({ key }) => key);

describe('the secrets of Imgur-archive', () => {
  test('become the credential and the tokens that this source renews', async () => {
    const { settings, secrets, taken, left } = await read({ '.api_secrets.json': JSON.stringify(SECRETS) });
    const { expires_in: _expires, token_type: _type, ...kept } = SECRETS;
    expect(settings).toEqual({});
    expect(secrets).toEqual({ ...kept, clientId: SECRETS.client_id });
    expect(taken).toContainEqual({ key: '.api_secrets.json: access_token', setting: 'imgur.access_token' });
    expect(taken.filter(({ key }) => key === '.api_secrets.json: client_id')).toEqual([
      { key: '.api_secrets.json: client_id', setting: 'imgur.clientId' },
    ]);
    expect(keys(left)).toEqual(['.api_secrets.json: expires_in', '.api_secrets.json: token_type']);
  });

  test('that were never filled in are told, and nothing is taken', async () => {
    const template = Object.fromEntries(Object.keys(SECRETS).map((name) => [name, '']));
    const { secrets, taken, left } = await read({ '.api_secrets.json': JSON.stringify(template) });
    expect([secrets, taken]).toEqual([{}, []]);
    expect(left).toHaveLength(7);
    expect(left).toContainEqual({ key: '.api_secrets.json: access_token', why: 'it is empty' });
  });

  test('that are none are told apart by their keys, and never repeated', async () => {
    const text = `{"client_id": 12, "access_token": "two words", "mine": "x", "__proto__": "y", "client_secret": "s3cr3t"}`;
    const { secrets, left } = await read({ '.api_secrets.json': text });
    expect(secrets).toEqual({ client_secret: 's3cr3t' });
    expect(keys(left).sort()).toEqual(
      ['__proto__', 'access_token', 'client_id', 'mine'].map((name) => `.api_secrets.json: ${name}`),
    );
    expect(JSON.stringify(left)).not.toContain('two words');
  });

  test.each(['', '{"client_id": ', '[]', 'null', '"text"', '\u0000'])('%j is no such file', async (text) => {
    const { secrets, left } = await read({ '.api_secrets.json': text });
    expect(secrets).toEqual({});
    expect(left).toEqual([{ key: '.api_secrets.json', why: 'it is no JSON object' }]);
  });

  test('with a mark of their byte order are read', async () => {
    const { secrets } = await read({ '.api_secrets.json': `\ufeff${JSON.stringify(SECRETS)}` });
    expect(secrets.refresh_token).toBe(SECRETS.refresh_token);
  });

  test('of an application whose id is none become no credential', async () => {
    const { secrets } = await read({ '.api_secrets.json': '{"client_id": "my-application"}' });
    expect(secrets).toEqual({ client_id: 'my-application' });
  });
});

test('the list of albums and the paths are left, with what to do instead', async () => {
  const { secrets, left } = await read({ 'links.txt': 'aB3dE5f\r\nzY9xW7v\n\n', 'config.py': CONFIG });
  expect(secrets).toEqual({});
  expect(left[0]).toEqual({ key: 'links.txt', why: expect.stringContaining('a list of 2 albums') });
  expect(keys(left.slice(1))).toEqual(
    ['STORAGE_DIRPATH', 'LOGS_FILEPATH', 'DBNAME', 'MINE'].map((key) => `config.py: ${key}`),
  );
});

test('nothing is read where nothing is', async () => {
  expect(await read({})).toEqual({ settings: {}, secrets: {}, taken: [], left: [] });
});
