import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareClient, connect } from './bare-client.js';
import { type ClientSecrets, createFakeGoogle, type FakeGoogle } from './index.js';
import { authorizationUrl, codeOf, DRIVE_FILE_SCOPE, exchange, REDIRECT } from './login-requests.js';

let google: FakeGoogle;
let client: BareClient;
let secrets: ClientSecrets;

beforeEach(async () => {
  google = createFakeGoogle();
  google.addUser();
  secrets = google.addClient().installed;
  client = await connect(google);
});

afterEach(() => client.close());

const urlWith = (more: Readonly<Record<string, string | undefined>> = {}) => authorizationUrl(secrets, more);

describe('the authorization page', () => {
  test('redirects with code, state and scope', () => {
    const { redirect } = google.signIn(urlWith());
    const query = new URL(redirect!).searchParams;
    expect(redirect).toContain(`${REDIRECT}?`);
    expect([query.get('state'), query.get('scope')]).toEqual(['a-state', DRIVE_FILE_SCOPE]);
    expect(query.get('code')).toMatch(/^4\/0A/);
  });

  test('shows errors instead of redirecting', () => {
    const shown = (more: Readonly<Record<string, string | undefined>>) => google.signIn(urlWith(more)).shown;
    expect(shown({ client_id: 'nobody' })).toBe('invalid_client');
    expect(shown({ redirect_uri: 'http://example.com/' })).toBe('redirect_uri_mismatch');
    expect(shown({ redirect_uri: 'https://127.0.0.1:1/' })).toBe('redirect_uri_mismatch');
    expect(shown({ redirect_uri: 'http://127.0.0.1:1/#part' })).toBe('redirect_uri_mismatch');
    expect(shown({ redirect_uri: 'urn:ietf:wg:oauth:2.0:oob' })).toBe('invalid_request');
    expect(shown({ scope: undefined })).toBe('invalid_request');
    expect(shown({ scope: `${DRIVE_FILE_SCOPE} nonsense` })).toBe('invalid_scope');
    expect(shown({ code_challenge: 'short', code_challenge_method: 'S256' })).toBe('invalid_request');
    expect(shown({ code_challenge_method: 'S256' })).toBe('invalid_request');
    google.clientOf(secrets.client_id).deleted = true;
    expect(shown({})).toBe('deleted_client');
  });

  test('lets a web client redirect only to what it registered', () => {
    const { web } = google.addClient({ kind: 'web', redirectUris: ['http://127.0.0.1:9/'] });
    const redirectTo = (redirect_uri: string) =>
      google.signIn(urlWith({ client_id: web.client_id, redirect_uri })).shown;
    expect(redirectTo('http://127.0.0.1:9/')).toBeUndefined();
    expect(redirectTo('http://127.0.0.1:10/')).toBe('redirect_uri_mismatch');
  });

  test('of an internal project admits its own domain only', () => {
    const project = google.addProject({ audience: 'internal', domain: 'example.org' });
    const { client_id } = google.addClient({ project }).installed;
    const member = google.addUser({ email: 'm@example.org' });
    expect(google.signIn(urlWith({ client_id })).shown).toBe('org_internal');
    expect(google.signIn(urlWith({ client_id }), { user: member }).redirect).toBeDefined();
  });

  test('knows denial, a wrong state, a person who never answers and an error of its own', async () => {
    const query = (redirect: string | undefined) => new URL(redirect!).searchParams;
    const denied = query(google.signIn(urlWith(), { deny: true }).redirect);
    expect([denied.get('error'), denied.get('code'), denied.get('state')]).toEqual(['access_denied', null, 'a-state']);
    expect(query(google.signIn(urlWith(), { wrongState: true }).redirect).get('state')).not.toBe('a-state');
    const never = google.signIn(urlWith(), { never: true });
    expect([never.redirect, never.shown]).toEqual([undefined, undefined]);
    await expect(never.follow()).rejects.toThrow('redirects nowhere');
    expect(google.signIn(urlWith(), { page: 'admin_policy_enforced' }).shown).toBe('admin_policy_enforced');
  });

  test('answers a browser over HTTP as the consent says', async () => {
    const url = new URL(urlWith());
    const answer = await client.call('GET', `${url.pathname}${url.search}`);
    expect(answer.status).toBe(302);
    expect((await exchange(client, secrets, codeOf(answer.headers.location))).status).toBe(200);
    google.consent = { deny: true };
    const denied = await client.call('GET', `/o/oauth2/auth${url.search}`);
    expect(denied.headers.location).toContain('error=access_denied');
    google.consent = { never: true };
    expect(await client.call('GET', `/o/oauth2/auth${url.search}`)).toMatchObject({ status: 200 });
  });

  test('follows a redirect to the loopback listener', async () => {
    const seen: string[] = [];
    const server = http.createServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('thanks');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const redirect_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await google.signIn(urlWith({ redirect_uri })).follow()).toEqual({ status: 200, body: 'thanks' });
    expect(seen).toEqual([expect.stringContaining('/?state=a-state&code=')]);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the picker', () => {
  const pickerUrl = (more: Readonly<Record<string, string>> = {}) =>
    urlWith({ prompt: 'consent', trigger_onepick: 'true', allow_folder_selection: 'true', ...more });

  test('opens a folder of the user to the app', async () => {
    const folder = google.addFolder({ name: 'mine' });
    const { redirect } = google.signIn(pickerUrl({ file_ids: folder.id }), { pick: [folder.id] });
    expect(new URL(redirect!).searchParams.get('picked_file_ids')).toBe(folder.id);
    const { json } = await exchange(client, secrets, codeOf(redirect));
    const read = await client.call('GET', `/drive/v3/files/${folder.id}?fields=capabilities/canAddChildren`, {
      token: json.access_token,
    });
    expect(read.json).toEqual({ capabilities: { canAddChildren: true } });
  });

  test('adds nothing to the redirect where nothing is picked', () => {
    expect(google.signIn(pickerUrl()).redirect).not.toContain('picked_file_ids');
  });

  test('needs a forced consent, drive.file alone and its own API', () => {
    expect(google.signIn(pickerUrl({ prompt: 'none' })).shown).toBe('invalid_request');
    const drive = 'https://www.googleapis.com/auth/drive';
    expect(google.signIn(pickerUrl({ scope: `${DRIVE_FILE_SCOPE} ${drive}` })).shown).toBe('invalid_request');
    google.grant({ client: secrets.client_id, scope: 'drive' });
    expect(google.signIn(pickerUrl({ include_granted_scopes: 'true' })).shown).toBe('invalid_request');
    google.clientOf(secrets.client_id).project.pickerApi = false;
    expect(google.signIn(pickerUrl()).shown).toBe('access_not_configured');
  });

  test('shows only what the request lets choose', () => {
    const folder = google.addFolder({ name: 'mine' });
    const other = google.addFolder({ name: 'other' });
    const strange = google.addFolder({ name: 'strange', owner: google.addUser() });
    const pick = (url: string, ...ids: string[]) => google.signIn(url, { pick: ids });
    expect(() => pick(pickerUrl({ file_ids: other.id }), folder.id)).toThrow('does not offer');
    expect(() => pick(pickerUrl(), folder.id, other.id)).toThrow('allow_multiple');
    expect(() => pick(pickerUrl({ allow_folder_selection: 'false' }), folder.id)).toThrow('no folder');
    expect(() => pick(pickerUrl({ mimetypes: 'image/png' }), folder.id)).toThrow('filters');
    expect(() => pick(pickerUrl(), strange.id)).toThrow('does not show');
    expect(pick(pickerUrl({ allow_multiple: 'true' }), folder.id, other.id).redirect).toContain('picked_file_ids');
  });
});
