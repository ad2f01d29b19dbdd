/** Identities that nobody signs in with: service accounts, and finished sign-ins of other programs. */

import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { picture, reserved } from './files.js';
import { clientSecrets, failure, useGoogle } from './support.js';

const world = useGoogle();
const tokenRequests = () => world.google.requestsTo('POST', /^\/token/u);

describe('a service account', () => {
  function sharedFolder() {
    const key = world.google.addServiceAccount();
    world.file('credentials.json', JSON.stringify(key));
    // A service account's client_id is the number of its user.
    const robot = { ...world.user, id: key.client_id, email: key.client_email };
    const drive = world.google.addSharedDrive({ name: 'Team', members: [{ user: robot, role: 'writer' }] });
    return { key, drive };
  }

  test('needs nobody, and saves into a shared drive', async () => {
    const { drive, key } = sharedFolder();
    const { sink, context } = await world.session({ options: { scope: 'drive' } });
    expect(await sink.signedIn!()).toBe(true);
    expect(await sink.login!({ fresh: false })).toBe(key.client_email);
    const store = await sink.open(drive.id, {});
    const receipt = await store.put(await reserved(store, picture()), {});
    expect(world.google.file(receipt.location)?.driveId).toBe(drive.id);
    expect(tokenRequests()).toHaveLength(1);
    expect(context.record.opened).toEqual([]);
  });

  test('needs its file once', async () => {
    const { drive, key } = sharedFolder();
    const first = await world.session({ options: { scope: 'drive' } });
    await first.sink.open(drive.id, {});
    expect(first.context.record.redacted).toContain(key.private_key.trim());
    await (await world.next(first, { options: { scope: 'drive' } })).sink.open(drive.id, {});
  });

  test('is told why it cannot save into My Drive', async () => {
    const { key } = sharedFolder();
    const { sink } = await world.session();
    const store = await sink.open('root', {});
    const error = await failure(store.put(await reserved(store, picture()), {}), 'E_NO_SPACE');
    expect(error.describe()).toMatch(/service accounts have no storage of their own/u);
    expect(error.describe()).toContain(key.client_email);
    expect(error.reach).toBe('run');
  });

  test('is told to be given a folder that it does not see; no picker is opened', async () => {
    const { key } = sharedFolder();
    const folder = world.google.addFolder({ name: 'Mine', owner: world.user });
    const { sink, context } = await world.session({ options: { scope: 'drive' }, person: { consent: {} } });
    const error = await failure(sink.open(folder.id, {}), 'E_DESTINATION');
    expect(error.hint).toContain(`share the folder with ${key.client_email}`);
    expect(context.record.opened).toEqual([]);
  });

  test('whose key was deleted is told so, without the key', async () => {
    sharedFolder();
    world.google.faults.inject({
      path: /^\/token/u,
      status: 400,
      reason: 'invalid_grant',
      message: 'Invalid JWT Signature.',
    });
    const { sink, context } = await world.session();
    const error = await failure(sink.open('root', {}), 'E_CREDENTIALS');
    expect(error.describe()).toMatch(/Invalid JWT Signature \(invalid_grant\).*make a new key/u);
    const told = `${error.describe()} ${inspect(error, { depth: 9, showHidden: true })}`;
    for (const secret of context.record.redacted) expect(told).not.toContain(secret);
  });

  test('gets a newer token when Google refuses the present one', async () => {
    const { drive } = sharedFolder();
    world.google.faults.inject({ path: /drive\/v3\/files/u, status: 401 });
    const { sink } = await world.session({ options: { scope: 'drive' } });
    await sink.open(drive.id, {});
    expect(tokenRequests()).toHaveLength(2);
  });

  test('is forgotten with its key at logout', async () => {
    const { drive } = sharedFolder();
    const session = await world.session({ options: { scope: 'drive' } });
    await session.sink.open(drive.id, {});
    await session.sink.logout!({ revoke: true });
    expect(session.context.record.secrets).toBeUndefined();
    expect(world.google.requestsTo('POST', /^\/revoke/u)).toEqual([]);
  });
});

describe("another program's sign-in", () => {
  function adopt(scope: string) {
    const { client_id, client_secret } = clientSecrets(world);
    const { refresh_token } = world.google.grant({ client: world.credentials, scope });
    const file = { type: 'authorized_user', client_id, client_secret, refresh_token };
    world.file('credentials.json', JSON.stringify(file));
  }

  test('is used as it is, and needs its file once', async () => {
    adopt('drive.file');
    const first = await world.session();
    expect(await first.sink.signedIn!()).toBe(true);
    await first.sink.open('root', {});
    expect(tokenRequests()).toHaveLength(1);
    await (await world.next(first)).sink.open('root', {});
    expect(tokenRequests()).toHaveLength(1);
  });

  test('without a scope for Drive is refused with the command that gives it one', async () => {
    adopt('https://www.googleapis.com/auth/drive.appdata');
    const error = await failure((await world.session()).sink.open('root', {}), 'E_CREDENTIALS');
    expect(error.hint).toMatch(/gcloud auth application-default login.*--scopes=.*drive\.file/u);
  });

  test('that has ended points to the program that made it', async () => {
    adopt('drive.file');
    world.google.settings.refuseRefresh = { description: 'Token has been expired or revoked.' };
    const error = await failure((await world.session()).sink.open('root', {}), 'E_CREDENTIALS');
    expect(error.hint).toMatch(/sign in again with the program that made it/u);
  });

  test('does not open a picker for a folder that it does not see', async () => {
    adopt('drive.file');
    const folder = world.google.addFolder({ name: 'Mine' });
    const { sink, context } = await world.session({ person: { consent: { pick: [folder.id] } } });
    const error = await failure(sink.open(folder.id, {}), 'E_NOT_GRANTED');
    expect(error.hint).toMatch(/--scope drive/u);
    expect(context.record.opened).toEqual([]);
  });
});
