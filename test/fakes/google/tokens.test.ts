import { createHash, createSign, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareClient, connect } from './bare-client.js';
import { type ClientSecrets, createFakeGoogle, type FakeGoogle, type User } from './index.js';
import { authorizationUrl, codeOf, DRIVE_FILE_SCOPE, exchange, REDIRECT, refresh } from './login-requests.js';

const DAY = 24 * 60 * 60 * 1000;

let google: FakeGoogle;
let client: BareClient;
let user: User;
let secrets: ClientSecrets;

beforeEach(async () => {
  // A clock that stands still: lifetimes in whole seconds come out exactly.
  const now = Date.now();
  google = createFakeGoogle({ now: () => now });
  user = google.addUser();
  secrets = google.addClient().installed;
  client = await connect(google);
});

afterEach(() => client.close());

const about = (token: string) => client.call('GET', '/drive/v3/about?fields=user', { token });

describe('the code exchange', () => {
  test('answers tokens that open the API', async () => {
    const { status, json } = await exchange(client, secrets, codeOf(google.signIn(authorizationUrl(secrets)).redirect));
    expect(status).toBe(200);
    expect(json).toMatchObject({ expires_in: 3599, scope: DRIVE_FILE_SCOPE, token_type: 'Bearer' });
    expect(json.refresh_token_expires_in).toBeUndefined();
    expect((await about(json.access_token)).json.user.emailAddress).toBe(user.email);
    expect((await refresh(client, secrets, json.refresh_token)).status).toBe(200);
  });

  test('takes the verifier of the challenge and no other', async () => {
    const verifier = randomBytes(48).toString('base64url');
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const url = authorizationUrl(secrets, { code_challenge, code_challenge_method: 'S256' });
    const code = () => codeOf(google.signIn(url).redirect);
    expect((await exchange(client, secrets, code(), { code_verifier: verifier })).status).toBe(200);
    expect(await exchange(client, secrets, code(), { code_verifier: code_challenge })).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Invalid code verifier.' },
    });
    expect((await exchange(client, secrets, code())).json.error).toBe('invalid_grant');
  });

  test('takes a code once, soon, from its own client and for its own redirect address', async () => {
    const code = () => codeOf(google.signIn(authorizationUrl(secrets)).redirect);
    const first = code();
    expect((await exchange(client, secrets, first)).status).toBe(200);
    expect((await exchange(client, secrets, first)).json.error).toBe('invalid_grant');
    expect((await exchange(client, secrets, code(), { redirect_uri: 'http://127.0.0.1:1/' })).json.error).toBe(
      'invalid_grant',
    );
    const other = google.addClient().installed;
    const { client_id, client_secret } = other;
    expect((await exchange(client, secrets, code(), { client_id, client_secret })).json.error).toBe('invalid_grant');
    const late = code();
    google.clock.advance(DAY);
    expect((await exchange(client, secrets, late)).json.error).toBe('invalid_grant');
  });

  test('needs the secret unless the setting says otherwise', async () => {
    const code = () => codeOf(google.signIn(authorizationUrl(secrets)).redirect);
    expect(await exchange(client, secrets, code(), { client_secret: 'wrong' })).toMatchObject({
      status: 401,
      json: { error: 'invalid_client' },
    });
    expect((await exchange(client, secrets, code(), { client_secret: '' })).json.error_description).toContain(
      'client_secret',
    );
    google.settings.requireClientSecret = false;
    expect((await exchange(client, secrets, code(), { client_secret: '' })).status).toBe(200);
  });

  test('gives a web client a refresh token at the first consent only, unless consent is forced', async () => {
    const { web } = google.addClient({ kind: 'web', redirectUris: [REDIRECT] });
    secrets = web;
    const login = async (more: Readonly<Record<string, string | undefined>>) =>
      (await exchange(client, secrets, codeOf(google.signIn(authorizationUrl(secrets, more)).redirect))).json
        .refresh_token;
    expect(await login({})).toBeDefined();
    expect(await login({})).toBeUndefined();
    expect(await login({ prompt: 'consent' })).toBeDefined();
    expect(await login({ prompt: 'consent', access_type: undefined })).toBeUndefined();
  });

  test('says which of several scopes were ticked, and can withhold the refresh token', async () => {
    google.settings.withholdRefreshToken = true;
    const both = `${DRIVE_FILE_SCOPE} https://www.googleapis.com/auth/drive.metadata`;
    const { redirect } = google.signIn(authorizationUrl(secrets, { scope: both }), { scopes: [DRIVE_FILE_SCOPE] });
    const { json } = await exchange(client, secrets, codeOf(redirect));
    expect(json.scope).toBe(DRIVE_FILE_SCOPE);
    expect(json.refresh_token).toBeUndefined();
  });
});

describe('a refresh token', () => {
  const invalid = { status: 400, json: { error: 'invalid_grant' } };

  test('of a project in testing ends after seven days, even when the project is published meanwhile', async () => {
    const project = google.addProject({ audience: 'testing' });
    secrets = google.addClient({ project }).installed;
    const { json } = await exchange(client, secrets, codeOf(google.signIn(authorizationUrl(secrets)).redirect));
    expect(json.refresh_token_expires_in).toBe(7 * 24 * 60 * 60);
    project.audience = 'production';
    google.clock.advance(6 * DAY);
    expect((await refresh(client, secrets, json.refresh_token)).status).toBe(200);
    google.clock.advance(DAY);
    expect(await refresh(client, secrets, json.refresh_token)).toMatchObject(invalid);
  });

  test('ends when it is not used for six months', async () => {
    const { refresh_token } = google.grant({ client: secrets.client_id });
    google.clock.advance(170 * DAY);
    expect((await refresh(client, secrets, refresh_token)).status).toBe(200);
    google.clock.advance(181 * DAY);
    expect(await refresh(client, secrets, refresh_token)).toMatchObject(invalid);
  });

  test('is the oldest that ends when there are more than a hundred', async () => {
    const tokens = Array.from({ length: 101 }, () => google.grant({ client: secrets.client_id }).refresh_token);
    expect(await refresh(client, secrets, tokens[0]!)).toMatchObject(invalid);
    expect((await refresh(client, secrets, tokens[1]!)).status).toBe(200);
  });

  test('belongs to its client', async () => {
    const { refresh_token } = google.grant({ client: google.addClient() });
    expect(await refresh(client, secrets, refresh_token)).toMatchObject({
      status: 401,
      json: { error: 'unauthorized_client' },
    });
    expect(await refresh(client, secrets, 'unknown')).toMatchObject(invalid);
  });

  test('may be replaced by each refresh', async () => {
    const first = google.grant({ client: secrets.client_id }).refresh_token;
    expect((await refresh(client, secrets, first)).json.refresh_token).toBeUndefined();
    google.settings.rotateRefreshTokens = 'keepOld';
    const second = (await refresh(client, secrets, first)).json.refresh_token;
    google.settings.rotateRefreshTokens = 'dropOld';
    expect((await refresh(client, secrets, first)).status).toBe(200);
    expect(await refresh(client, secrets, first)).toMatchObject(invalid);
    expect((await refresh(client, secrets, second)).status).toBe(200);
  });

  test('may be refused with a subtype', async () => {
    google.settings.refuseRefresh = { description: 'reauth related error (invalid_rapt)', subtype: 'invalid_rapt' };
    const { refresh_token } = google.grant({ client: secrets.client_id });
    expect((await refresh(client, secrets, refresh_token)).json).toMatchObject({
      error: 'invalid_grant',
      error_subtype: 'invalid_rapt',
    });
  });
});

describe('revoking', () => {
  test('ends every client and token of the project, and what drive.file showed', async () => {
    const folder = google.addFolder({ name: 'picked' });
    const one = google.grant({ client: secrets.client_id, visible: [folder] });
    const two = google.grant({ client: google.addClient() });
    expect((await client.call('POST', `/revoke?token=${one.refresh_token}`)).status).toBe(200);
    expect((await about(two.access_token)).status).toBe(401);
    expect((await refresh(client, secrets, one.refresh_token)).json.error).toBe('invalid_grant');
    expect((await client.call('POST', `/revoke?token=${one.refresh_token}`)).status).toBe(400);
    const again = google.grant({ client: secrets.client_id });
    const read = await client.call('GET', `/drive/v3/files/${folder.id}`, { token: again.access_token });
    expect(read.status).toBe(404);
  });

  test('by the access token ends its refresh token too', async () => {
    const { access_token, refresh_token } = google.grant({ client: secrets.client_id });
    expect((await client.call('POST', '/revoke', { form: { token: access_token } })).status).toBe(200);
    expect((await refresh(client, secrets, refresh_token)).status).toBe(400);
  });
});

test('tokeninfo shows the scopes of a live access token', async () => {
  const { access_token } = google.grant({ client: secrets.client_id, scope: ['drive.file', 'openid'] });
  const info = await client.call('GET', `/tokeninfo?access_token=${access_token}`);
  expect(info.json).toMatchObject({
    aud: secrets.client_id,
    scope: `${DRIVE_FILE_SCOPE} openid`,
    access_type: 'offline',
  });
  google.clock.advance(2 * 60 * 60 * 1000);
  expect((await client.call('GET', `/tokeninfo?access_token=${access_token}`)).status).toBe(400);
});

describe('a service account', () => {
  function assertion(key: { private_key: string; client_email: string }, more: object = {}): string {
    const now = Math.floor(google.clock.now() / 1000);
    const aud = 'https://oauth2.googleapis.com/token';
    const claims = { iss: key.client_email, scope: DRIVE_FILE_SCOPE, aud, iat: now, exp: now + 3600, ...more };
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key.private_key, 'base64url')}`;
  }

  const redeem = (signed: string) =>
    client.call('POST', '/token', {
      form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: signed },
    });

  test('exchanges a signed assertion, and speaks for those who delegated', async () => {
    const key = google.addServiceAccount({ delegates: [user] });
    const own = await redeem(assertion(key));
    expect((await about(own.json.access_token)).json.user.emailAddress).toBe(key.client_email);
    const delegated = await redeem(assertion(key, { sub: user.email }));
    expect((await about(delegated.json.access_token)).json.user.emailAddress).toBe(user.email);
    const other = google.addUser();
    expect((await redeem(assertion(key, { sub: other.email }))).json.error).toBe('unauthorized_client');
  });

  test('is refused with a forged signature, a long life or another audience', async () => {
    const key = google.addServiceAccount();
    const forged = { ...key, private_key: google.addServiceAccount().private_key };
    expect((await redeem(assertion(forged))).json.error).toBe('invalid_grant');
    expect((await redeem(assertion(key, { exp: Math.floor(google.clock.now() / 1000) + 7200 }))).status).toBe(400);
    expect((await redeem(assertion(key, { aud: 'https://example.com/' }))).status).toBe(400);
  });

  test('has no room in My Drive', async () => {
    const { json } = await redeem(assertion(google.addServiceAccount()));
    const upload = await client.call('POST', '/upload/drive/v3/files?uploadType=media', {
      token: json.access_token,
      body: 'x',
    });
    expect(upload).toMatchObject({ status: 403, json: { error: { errors: [{ reason: 'storageQuotaExceeded' }] } } });
  });
});
