import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareClient, type BareRequest, connect } from './bare-client.js';
import { createFakeGoogle, type FakeGoogle, type Project, type UnpickedParent, type User } from './index.js';

const FOLDER = 'application/vnd.google-apps.folder';

let google: FakeGoogle;
let client: BareClient;
let user: User;
let project: Project;
let credentials: ReturnType<FakeGoogle['addClient']>;
/** Bearer tokens of the same user and project with the wide and the narrow scope. */
let wide: string;
let narrow: string;

beforeEach(async () => {
  google = createFakeGoogle();
  user = google.addUser();
  credentials = google.addClient();
  project = google.clientOf(credentials).project;
  wide = google.grant({ client: credentials, scope: 'drive' }).access_token;
  narrow = google.grant({ client: credentials }).access_token;
  client = await connect(google);
});

afterEach(() => client.close());

const api = (method: string, path: string, token: string, request: BareRequest = {}) =>
  client.call(method, `/drive/v3/${path}`, { token, ...request });
const create = (token: string, json: object, query = '') => api('POST', `files${query}`, token, { json });
const reason = (answer: { json: { error?: { errors?: Array<{ reason: string }> } } }) =>
  answer.json.error?.errors?.[0]?.reason;

describe('what an app may see', () => {
  test('drive.file shows what the app made and what was picked, to every client of the project', async () => {
    const hidden = google.addFolder({ name: 'hidden' });
    const picked = google.addFolder({ name: 'picked', visibleTo: project });
    const own = (await create(narrow, { name: 'own', mimeType: FOLDER })).json.id;
    const sibling = google.grant({ client: google.addClient({ project }) }).access_token;
    expect(await api('GET', `files/${hidden.id}`, narrow)).toMatchObject({ status: 404 });
    for (const id of [picked.id, own]) expect((await api('GET', `files/${id}`, sibling)).status).toBe(200);
    const stranger = google.grant({ client: google.addClient({ project: google.addProject() }) }).access_token;
    expect((await api('GET', `files/${own}`, stranger)).status).toBe(404);
    expect((await api('GET', `files/${hidden.id}`, wide)).status).toBe(200);
    expect((await api('GET', 'files', narrow)).json.files).toHaveLength(2);
  });

  test('a file that is not opened to the app is not found or not authorized', async () => {
    const hidden = google.addFolder({ name: 'hidden' });
    google.settings.unpickedFile = 'appNotAuthorizedToFile';
    const refused = await api('GET', `files/${hidden.id}`, narrow);
    expect([refused.status, reason(refused)]).toEqual([403, 'appNotAuthorizedToFile']);
    expect((await api('GET', 'files/nothing-at-all', narrow)).status).toBe(404);
  });

  test.each<[UnpickedParent, number]>([
    ['insufficientParentPermissions', 403],
    ['insufficientFilePermissions', 403],
    ['appNotAuthorizedToFile', 403],
    ['notFound', 404],
  ])('a create into a folder that was not picked may answer %s', async (world, status) => {
    const folder = google.addFolder({ name: 'unpicked' });
    google.settings.unpickedParent = world;
    const answer = await create(narrow, { name: 'x', parents: [folder.id] });
    expect([answer.status, reason(answer)]).toEqual([status, world]);
    expect(google.children(folder.id)).toEqual([]);
  });

  test('a create into a folder that was not picked may succeed too', async () => {
    const folder = google.addFolder({ name: 'unpicked' });
    google.settings.unpickedParent = 'allowed';
    expect((await create(narrow, { name: 'x', parents: [folder.id] })).status).toBe(200);
    expect(google.children(folder.id)).toHaveLength(1);
    expect((await api('GET', `files/${folder.id}`, narrow)).status).toBe(404);
  });

  test('the root takes files of every app but is read with a wide scope only', async () => {
    expect((await create(narrow, { name: 'x' })).status).toBe(200);
    expect((await api('GET', 'files/root', narrow)).status).toBe(404);
    expect((await api('GET', 'files/root', wide)).json.id).toBe(user.rootId);
  });

  test('another user sees nothing but what is shared, in the role that was given', async () => {
    const other = google.addUser();
    const theirs = google.grant({ client: credentials, user: other, scope: 'drive' }).access_token;
    const shared = google.addFolder({ name: 'shared', sharedWith: [{ user: other, role: 'reader' }] });
    const inside = google.addFile({ name: 'inside', parent: shared.id, content: 'x' });
    const secret = google.addFile({ name: 'secret' });
    expect((await api('GET', `files/${secret.id}`, theirs)).status).toBe(404);
    expect((await api('GET', `files/${inside.id}?alt=media`, theirs)).body.toString()).toBe('x');
    const capabilities = await api('GET', `files/${shared.id}?fields=capabilities(canAddChildren),ownedByMe`, theirs);
    expect(capabilities.json).toEqual({ capabilities: { canAddChildren: false }, ownedByMe: false });
    expect(reason(await create(theirs, { parents: [shared.id] }))).toBe('insufficientParentPermissions');
    expect(reason(await api('DELETE', `files/${inside.id}`, theirs))).toBe('insufficientFilePermissions');
    shared.sharedWith.set(other.id, 'writer');
    expect((await create(theirs, { parents: [shared.id] })).status).toBe(200);
  });
});

describe('authorization of a call', () => {
  test('needs a live token, the API and a scope of the method', async () => {
    const none = await client.call('GET', '/drive/v3/files');
    expect([none.status, reason(none)]).toEqual([401, 'required']);
    const wrong = await api('GET', 'files', 'ya29.nonsense');
    expect([wrong.status, reason(wrong)]).toEqual([401, 'authError']);
    const metadata = google.grant({ client: credentials, scope: 'drive.metadata' }).access_token;
    expect(reason(await create(metadata, { name: 'x' }))).toBe('insufficientPermissions');
    expect(reason(await api('GET', 'drives', narrow))).toBe('insufficientPermissions');
    google.clock.advance(3_600_000);
    expect((await api('GET', 'files', wide)).status).toBe(401);
    project.driveApi = false;
    const fresh = google.grant({ client: credentials }).access_token;
    expect(reason(await api('GET', 'files', fresh))).toBe('accessNotConfigured');
  });
});

describe('a shared drive', () => {
  test('is reached with supportsAllDrives only, owns its items and deletes for organizers', async () => {
    const drive = google.addSharedDrive({ name: 'team', members: [{ user, role: 'writer' }] });
    const folder = google.addFolder({ name: 'f', drive });
    expect((await api('GET', `files/${folder.id}`, wide)).status).toBe(404);
    expect((await create(wide, { parents: [folder.id] })).status).toBe(404);
    const all = '?supportsAllDrives=true';
    const { json } = await create(wide, { parents: [folder.id] }, `${all}&fields=id,driveId,owners,ownedByMe`);
    expect(json).toEqual({ id: expect.any(String), driveId: drive.id });
    const path = `files/${json.id}${all}`;
    expect(reason(await api('PATCH', path, wide, { json: { trashed: true } }))).toBe('insufficientFilePermissions');
    drive.members.set(user.id, 'fileOrganizer');
    expect((await api('PATCH', path, wide, { json: { trashed: true } })).status).toBe(200);
    expect(reason(await api('DELETE', path, wide))).toBe('insufficientFilePermissions');
    drive.members.set(user.id, 'organizer');
    expect((await api('DELETE', path, wide)).status).toBe(204);
    drive.members.delete(user.id);
    expect((await api('GET', `files/${folder.id}${all}`, wide)).status).toBe(404);
  });

  test('is listed for members, and is full at its limit', async () => {
    const drive = google.addSharedDrive({ name: 'team', members: [{ user, role: 'organizer' }] });
    google.addSharedDrive({ name: 'other', members: [] });
    expect((await api('GET', 'drives', wide)).json.drives).toEqual([
      { kind: 'drive#drive', id: drive.id, name: 'team' },
    ]);
    google.settings.itemsPerSharedDrive = 1;
    const fill = () => create(wide, { parents: [drive.id] }, '?supportsAllDrives=true');
    expect((await fill()).status).toBe(200);
    expect(reason(await fill())).toBe('teamDriveFileLimitExceeded');
  });
});
