import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareClient, type BareRequest, connect } from './bare-client.js';
import { createFakeGoogle, type FakeGoogle, type Project, type User } from './index.js';

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

describe('reserved ids', () => {
  const reserve = async (token: string, query = '') => (await api('GET', `files/generateIds${query}`, token)).json;

  test('come in the asked number, within bounds', async () => {
    expect((await reserve(narrow)).ids).toHaveLength(10);
    expect((await reserve(narrow, '?count=1000')).ids).toHaveLength(1000);
    for (const count of ['0', '1001', 'x']) {
      expect((await api('GET', `files/generateIds?count=${count}`, narrow)).status).toBe(400);
    }
  });

  test('make a repeated create a conflict and not a second file', async () => {
    const [id] = (await reserve(narrow)).ids;
    expect((await create(narrow, { id, name: 'once' })).json.id).toBe(id);
    const again = await create(narrow, { id, name: 'once' });
    expect([again.status, reason(again)]).toEqual([409, 'fileIdInUse']);
    expect((await api('DELETE', `files/${id}`, narrow)).status).toBe(204);
    expect((await create(narrow, { id, name: 'once' })).status).toBe(409);
    expect(google.files()).toEqual([]);
  });

  test('are refused when they are invented or another user reserved them', async () => {
    const other = google.grant({ client: credentials, user: google.addUser() }).access_token;
    const [foreign] = (await reserve(other)).ids;
    for (const id of [foreign, 'invented-id']) {
      const answer = await create(narrow, { id, name: 'x' });
      expect([answer.status, reason(answer)]).toEqual([400, 'invalid']);
    }
  });

  test('do not serve for documents', async () => {
    const [id] = (await reserve(narrow)).ids;
    const answer = await create(narrow, { id, mimeType: 'application/vnd.google-apps.document' });
    expect(reason(answer)).toBe('generatedIdNotSupported');
  });
});

describe('metadata', () => {
  test('is kept, with the times that the client gives', async () => {
    const given = { name: 'a', description: 'words', createdTime: '2023-01-02T03:04:05.678Z' };
    const { json } = await create(narrow, { ...given, modifiedTime: '2023-02-03T04:05:06+01:00' }, '?fields=*');
    expect(json).toMatchObject({
      ...given,
      modifiedTime: '2023-02-03T03:05:06.000Z',
      size: '0',
      parents: [user.rootId],
    });
    const { md5Checksum } = json;
    expect(md5Checksum).toBe(createHash('md5').digest('hex'));
    google.settings.shaChecksums = false;
    const later = await api('GET', `files/${json.id}?fields=md5Checksum,sha256Checksum`, narrow);
    expect(later.json).toEqual({ md5Checksum });
  });

  test('of output, of the wrong form or with two parents is refused', async () => {
    expect(reason(await create(narrow, { md5Checksum: 'x' }))).toBe('fieldNotWritable');
    expect((await create(narrow, { name: 1 })).status).toBe(400);
    expect((await create(narrow, { createdTime: 'yesterday' })).status).toBe(400);
    expect((await create(narrow, { parents: ['a', 'b'] })).status).toBe(400);
    expect(
      reason(await api('POST', 'files', narrow, { body: '{', headers: { 'Content-Type': 'application/json' } })),
    ).toBe('parseError');
    const file = google.addFile({ name: 'x', visibleTo: project });
    expect(
      reason(await api('PATCH', `files/${file.id}`, narrow, { json: { createdTime: '2020-01-01T00:00:00Z' } })),
    ).toBe('fieldNotWritable');
    expect(reason(await api('PATCH', `files/${file.id}`, narrow, { json: { parents: ['x'] } }))).toBe(
      'fieldNotWritable',
    );
    expect((await create(narrow, { parents: [file.id] })).status).toBe(403);
  });

  test('has private properties of each app, within their limits', async () => {
    const long = await create(narrow, { appProperties: { key: 'ü'.repeat(61) } });
    expect(long.status).toBe(400);
    const { json } = await create(narrow, { appProperties: { key: 'ü'.repeat(60) } }, '?fields=id,appProperties');
    const strange = google.grant({ client: google.addClient({ project: google.addProject() }), scope: 'drive' });
    expect((await api('GET', `files/${json.id}?fields=appProperties`, strange.access_token)).json).toEqual({});
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`k${index}`, 'v']));
    const update = (appProperties: object) =>
      api('PATCH', `files/${json.id}?fields=appProperties`, narrow, { json: { appProperties } });
    expect((await update(many)).status).toBe(403);
    expect(Object.keys((await update({ ...many, key: null })).json.appProperties)).toHaveLength(30);
  });

  test('has a hundred properties of all apps together at the most', async () => {
    const file = google.addFile({ name: 'x' });
    const fill = async (count: number) => {
      const app = google.grant({ client: google.addClient({ project: google.addProject() }), scope: 'drive' });
      const appProperties = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
      return (await api('PATCH', `files/${file.id}`, app.access_token, { json: { appProperties } })).status;
    };
    expect([await fill(30), await fill(30), await fill(30), await fill(11), await fill(10)]).toEqual([
      200, 200, 200, 403, 200,
    ]);
  });

  test('is answered in the small default set unless fields asks for more', async () => {
    const { json } = await create(narrow, { name: 'x' });
    expect(Object.keys(json).sort()).toEqual(['id', 'kind', 'mimeType', 'name']);
    const path = `files/${json.id}`;
    expect((await api('GET', `${path}?fields=name,owners(me),capabilities/canEdit`, narrow)).json).toEqual({
      name: 'x',
      owners: [{ me: true }],
      capabilities: { canEdit: true },
    });
    for (const fields of ['nonsense', 'name,', 'owners(nonsense)', 'owners(me', 'id name']) {
      const answer = await api('GET', `${path}?fields=${encodeURIComponent(fields)}`, narrow);
      expect([fields, answer.status, reason(answer)]).toEqual([fields, 400, 'invalidParameter']);
    }
  });
});

describe('changing', () => {
  test('moves within My Drive only when the old parent is left', async () => {
    const [from, to] = [google.addFolder({ name: 'from' }), google.addFolder({ name: 'to' })];
    const file = google.addFile({ name: 'x', parent: from.id });
    expect(reason(await api('PATCH', `files/${file.id}?addParents=${to.id}`, wide))).toBe('cannotAddParent');
    const moved = await api(
      'PATCH',
      `files/${file.id}?addParents=${to.id}&removeParents=${from.id}&fields=parents`,
      wide,
    );
    expect(moved.json).toEqual({ parents: [to.id] });
    const into = await api('PATCH', `files/${to.id}?addParents=${to.id}&removeParents=root`, wide);
    expect(into.status).toBe(403);
  });

  test('puts a folder with its children into the trash and takes them out again', async () => {
    const folder = google.addFolder({ name: 'f' });
    const child = google.addFile({ name: 'c', parent: folder.id, content: '12345' });
    const trash = (trashed: boolean) => api('PATCH', `files/${folder.id}`, wide, { json: { trashed } });
    const shown = async () => (await api('GET', `files/${child.id}?fields=trashed,explicitlyTrashed`, wide)).json;
    await trash(true);
    expect(await shown()).toEqual({ trashed: true, explicitlyTrashed: false });
    const quota = await api('GET', 'about?fields=storageQuota(usage,usageInDriveTrash)', wide);
    expect(quota.json.storageQuota).toEqual({ usage: '5', usageInDriveTrash: '5' });
    await trash(false);
    expect(await shown()).toEqual({ trashed: false, explicitlyTrashed: false });
    expect((await api('DELETE', `files/${folder.id}`, wide)).status).toBe(204);
    expect(google.file(child.id)).toBeUndefined();
  });

  test('of the name counts as a modification, a move does not', async () => {
    const file = google.addFile({ name: 'x' });
    const before = file.modifiedTime;
    google.clock.advance(5000);
    await api('PATCH', `files/${file.id}`, wide, { json: { trashed: true } });
    expect(file.modifiedTime).toBe(before);
    await api('PATCH', `files/${file.id}`, wide, { json: { name: 'y' } });
    expect(file.modifiedTime).toBeGreaterThanOrEqual(before + 5000);
  });
});

test('a download serves ranges', async () => {
  const file = google.addFile({ name: 'x', content: '0123456789', mimeType: 'text/plain' });
  const get = (range: string) => api('GET', `files/${file.id}?alt=media`, wide, { headers: { Range: range } });
  expect(await get('bytes=2-4')).toMatchObject({ status: 206, body: Buffer.from('234') });
  expect(await get('bytes=-3')).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 7-9/10' } });
  expect(await get('bytes=8-')).toMatchObject({ body: Buffer.from('89') });
  expect((await get('bytes=10-')).status).toBe(416);
  const folder = google.addFolder({ name: 'f' });
  expect(reason(await api('GET', `files/${folder.id}?alt=media`, wide))).toBe('fileNotDownloadable');
});

test('a shortcut names its target', async () => {
  const folder = google.addFolder({ name: 'f' });
  const shortcut = google.addFile({ name: 's', target: folder.id });
  const { json } = await api('GET', `files/${shortcut.id}?fields=mimeType,shortcutDetails`, wide);
  const shortcutDetails = { targetId: folder.id, targetMimeType: FOLDER };
  expect(json).toEqual({ mimeType: 'application/vnd.google-apps.shortcut', shortcutDetails });
});

describe('limits', () => {
  test('of the children of a folder spare the root', async () => {
    google.settings.itemsPerFolder = 2;
    const folder = google.addFolder({ name: 'f' });
    const codes: unknown[] = [];
    for (let index = 0; index < 3; index++) codes.push(reason(await create(wide, { parents: [folder.id] })));
    expect(codes).toEqual([undefined, undefined, 'numChildrenInNonRootLimitExceeded']);
    for (let index = 0; index < 3; index++) expect((await create(wide, {})).status).toBe(200);
  });

  test('of the depth of folders', async () => {
    let parent = user.rootId;
    for (let depth = 0; depth < 100; depth++) parent = google.addFolder({ name: `d${depth}`, parent }).id;
    expect(reason(await create(wide, { parents: [parent] }))).toBe('myDriveHierarchyDepthLimitExceeded');
  });

  test('of storage are those of the user', async () => {
    user.quotaBytes = 10;
    const upload = (body: string) =>
      client.call('POST', '/upload/drive/v3/files?uploadType=media', { token: narrow, body });
    expect((await upload('1234567890')).status).toBe(200);
    expect(reason(await upload('1'))).toBe('storageQuotaExceeded');
    expect((await create(narrow, { mimeType: FOLDER })).status).toBe(200);
    user.quotaBytes = undefined;
    expect((await upload('1')).status).toBe(200);
    expect((await api('GET', 'about?fields=storageQuota', narrow)).json.storageQuota.limit).toBeUndefined();
  });
});

test('about needs the parameter fields', async () => {
  const answer = await api('GET', 'about', narrow);
  expect([answer.status, reason(answer)]).toEqual([400, 'required']);
  const { json } = await api('GET', 'about?fields=user', narrow);
  expect(json.user).toMatchObject({ emailAddress: user.email, me: true });
});
