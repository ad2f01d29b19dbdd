import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readCredentials, recogniseCredentials } from '../../../sinks/google-drive/credentials.js';
import { failure, useGoogle } from './support.js';

const world = useGoogle();
const CLIENT = {
  client_id: '123456789012-abc.apps.googleusercontent.com',
  project_id: 'pictures-1',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  client_secret: 'GOCSPX-aaaaaaaaaaaaaaaaaaaaaaaa',
  redirect_uris: ['http://localhost'],
};
const KNOWN = { kind: 'oauth-client', id: CLIENT.client_id, secret: CLIENT.client_secret };
const recognise = (value: unknown) => recogniseCredentials(JSON.stringify(value), 'credentials.json');

describe('credentials that are recognised', () => {
  test('a desktop client, as the console gives it', () => {
    expect(recognise({ installed: CLIENT })).toEqual(KNOWN);
  });

  test('a desktop client with nothing but its id', () => {
    expect(recognise({ installed: { client_id: CLIENT.client_id } })).toEqual({
      kind: 'oauth-client',
      id: CLIENT.client_id,
    });
  });

  test('the inner part of a client alone', () => {
    expect(recognise(CLIENT)).toEqual(KNOWN);
  });

  test('a web client with a redirect address on this machine', () => {
    const redirect_uris = ['https://example.com/cb', 'http://localhost:8085/callback'];
    expect(recognise({ web: { ...CLIENT, redirect_uris } })).toEqual({
      ...KNOWN,
      redirect: 'http://localhost:8085/callback',
    });
  });

  test("gcloud's own sign-in", () => {
    const file = {
      type: 'authorized_user',
      client_id: CLIENT.client_id,
      client_secret: 'shh-shh',
      refresh_token: '1//0abc',
    };
    const user = { kind: 'authorized-user', id: CLIENT.client_id, secret: 'shh-shh', refreshToken: '1//0abc' };
    expect(recognise(file)).toEqual(user);
  });

  test("a quickstart's token.json, which has no type", () => {
    const file = {
      token: 'ya29.x',
      client_id: CLIENT.client_id,
      client_secret: 'shh-shh',
      refresh_token: '1//0abc',
      scopes: [],
    };
    expect(recognise(file)).toMatchObject({ kind: 'authorized-user', refreshToken: '1//0abc' });
  });

  test("a service account's key", () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const file = { type: 'service_account', client_email: 'robot@p.iam.gserviceaccount.com', private_key };
    expect(recognise(file)).toEqual({
      kind: 'service-account',
      email: file.client_email,
      privateKey: private_key.trim(),
    });
  });

  test.each([
    ['with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['in UTF-16, as Windows shells write it', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('a file %s', async (_what, encode) => {
    const path = world.file('client.json', encode(JSON.stringify({ installed: CLIENT })));
    expect(await readCredentials(path, 'client.json')).toEqual(KNOWN);
  });
});

describe('credentials that are refused with the remedy', () => {
  test.each([
    ['an empty file', '', /is empty.*download/u],
    ['a page of the console', '<!DOCTYPE html><html><title>Clients', /is a web page.*download button/u],
    ['an API key', `AIza${'x'.repeat(35)}\n`, /is an API key.*Desktop app/u],
    ['a client id', CLIENT.client_id, /only a client id/u],
    ['a client secret', CLIENT.client_secret, /only a client secret/u],
    ['an access token', `ya29.a0${'x'.repeat(40)}`, /access token.*ends within the hour/u],
    ['a refresh token', `1//0${'x'.repeat(40)}`, /refresh token without its client/u],
    ['a sign-in code', `4/0A${'x'.repeat(40)}`, /sign-in code/u],
    ['a bare private key', '-----BEGIN PRIVATE KEY-----\nMII\n', /bare private key.*JSON key file/u],
    ["rclone's configuration", '[drive]\ntype = drive\n', /configuration of rclone/u],
    ['a ZIP archive', 'PK\u0003\u0004rest', /ZIP archive/u],
    ['a P12 file', '0\u0082\u0000\u0001', /binary file.*JSON is/u],
    ['cut JSON', '{"installed":{"client_id":"1', /damaged JSON/u],
    ['some text', 'hello', /not a JSON file/u],
    ['a number', '12', /JSON of another kind/u],
    ['null', 'null', /JSON of another kind/u],
    ['a list', '[]', /JSON of another kind/u],
    ['an empty object', '{}', /without an OAuth client/u],
    ['tokens alone', '{"access_token":"ya29.x","refresh_token":"1//0x"}', /tokens without the client/u],
    ['a Firebase configuration', '{"apiKey":"AIza","authDomain":"x"}', /Firebase configuration/u],
    ['google-services.json', '{"project_info":{},"client":[]}', /Firebase configuration/u],
    ['a workload identity', '{"type":"external_account"}', /not supported/u],
    ['an impersonated account', '{"type":"impersonated_service_account"}', /not supported/u],
    ['a client without its id', '{"installed":{"client_secret":"x"}}', /without a client_id/u],
    ['a masked secret', '{"installed":{"client_id":"1-a","client_secret":"****abcd"}}', /masked.*add a new secret/u],
    [
      'a web client',
      JSON.stringify({ web: { ...CLIENT, redirect_uris: ['https://x.example/cb'] } }),
      /"Web application".*8085/u,
    ],
    [
      'a service account without a key',
      '{"type":"service_account","client_email":"a@b"}',
      /incomplete service account key/u,
    ],
    [
      'a damaged key',
      '{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\\nx"}',
      /private key is damaged/u,
    ],
  ])('%s', async (_what, content, says) => {
    const path = world.file('pasted', content);
    const error = await failure(readCredentials(path, 'pasted'), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(says);
    expect(error.describe()).toMatch(/^\[google-drive\] pasted is /u);
    if (content.length > 20) expect(error.describe()).not.toContain(content.trim().slice(0, 20));
  });

  test('a folder', async () => {
    mkdirSync(join(world.folder, 'keys'));
    const error = await failure(readCredentials(join(world.folder, 'keys'), 'keys'), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/keys is a folder: give the JSON file inside it/u);
  });

  test('a file that is not there', async () => {
    const error = await failure(readCredentials(join(world.folder, 'no.json'), 'no.json'), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/there is no file no\.json.*Desktop app/u);
  });

  test('a file as large as a picture', async () => {
    const path = world.file('picture.json', new Uint8Array(1_048_577));
    expect((await failure(readCredentials(path, 'picture.json'), 'E_CREDENTIALS')).message).toMatch(/too large/u);
  });

  const asRoot = process.getuid?.() === 0;
  (asRoot ? test.skip : test)('a file that may not be read', async () => {
    const path = world.file('locked.json', '{}');
    chmodSync(path, 0);
    expect((await failure(readCredentials(path, 'locked.json'), 'E_CREDENTIALS')).message).toMatch(/may not be read/u);
  });

  test('a path that would drive the terminal is shown harmlessly', async () => {
    const error = await failure(readCredentials(join(world.folder, 'x'), 'x\u001b[2J\u202e'), 'E_CREDENTIALS');
    expect(error.describe()).not.toMatch(/[\u001b\u202e]/u);
  });
});

describe('the words after google-drive', () => {
  test('may be one path', async () => {
    const error = await failure(world.session({ arguments: ['a.json', 'b.json'] }), 'E_USAGE');
    expect(error.describe()).toMatch(/more than one word/u);
  });

  test('may be missing, and then the option names the file', async () => {
    world.file('elsewhere.json', 'not credentials');
    const { sink } = await world.session({ arguments: [], options: { credentials: 'elsewhere.json' } });
    expect((await failure(sink.login!({ fresh: false }), 'E_CREDENTIALS')).message).toMatch(
      /elsewhere\.json is not a JSON/u,
    );
  });

  test('may be missing altogether, and then the way to the file is told', async () => {
    const { sink } = await world.session({ arguments: [] });
    const error = await failure(sink.open(undefined, {}), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/there is no credentials\.json: .*console\.cloud\.google\.com/u);
    expect(world.google.requests).toEqual([]);
  });

  test.each(['0', '65536', 'abc', '-1', '80.5', ''])('do not make %j a port', async (port) => {
    await failure(world.session({ options: { port } }), 'E_USAGE');
  });

  test('do not make another word a scope', async () => {
    await failure(world.session({ options: { scope: 'drive.metadata' } }), 'E_USAGE');
  });
});
