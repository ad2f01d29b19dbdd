import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareClient, connect } from './bare-client.js';
import { createFakeGoogle, type FakeGoogle, type StoredFile, type User } from './index.js';

let google: FakeGoogle;
let client: BareClient;
let user: User;
let token: string;
let narrow: string;
let folder: StoredFile;

beforeEach(async () => {
  google = createFakeGoogle();
  user = google.addUser();
  const credentials = google.addClient();
  token = google.grant({ client: credentials, scope: 'drive' }).access_token;
  narrow = google.grant({ client: credentials }).access_token;
  folder = google.addFolder({ name: 'Robots' });
  client = await connect(google);
});

afterEach(() => client.close());

function list(parameters: Readonly<Record<string, string>>, bearer = token) {
  return client.call('GET', `/drive/v3/files?${new URLSearchParams(parameters)}`, { token: bearer });
}

async function names(q: string, more: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const answer = await list({ q, ...more });
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return answer.json.files.map(({ name }: { name: string }) => name);
}

describe('a query', () => {
  test('finds by name without regard to case, with quotes and backslashes', async () => {
    google.addFile({ name: "It's a \\ file" });
    expect(await names("name = 'it\\'s a \\\\ FILE'")).toEqual(["It's a \\ file"]);
    expect(await names("name != 'it\\'s a \\\\ FILE'")).toEqual(['Robots']);
  });

  test('contains means the beginning of a word', async () => {
    for (const name of ['HelloWorld.png', 'say hello.png', 'world.png']) google.addFile({ name });
    expect(await names("name contains 'hello'")).toEqual(['HelloWorld.png', 'say hello.png']);
    expect(await names("name contains 'world'")).toEqual(['world.png']);
    google.addFile({ name: 'x', mimeType: 'image/webp' });
    expect(await names("mimeType contains 'image/'")).toEqual(['x']);
  });

  test('joins and, or and not from left to right, with parentheses', async () => {
    for (const name of ['a', 'b', 'c']) google.addFile({ name, content: name });
    expect(await names("name='a' or name='b' and name='c'")).toEqual([]);
    expect(await names("name='a' or (name='b' and name='c')")).toEqual(['a']);
    expect(await names("not (name='a' or name='b') and not name = 'Robots'")).toEqual(['c']);
  });

  test('finds the children of a folder, of the root by its alias', async () => {
    google.addFile({ name: 'inside', parent: folder.id });
    expect(await names(`'${folder.id}' in parents`)).toEqual(['inside']);
    expect(await names("'root' in parents")).toEqual(['Robots']);
    expect(await names(`trashed=false and ('${folder.id}' in parents) and (name='inside')`)).toEqual(['inside']);
    expect((await list({ q: "'no-such-folder' in parents" })).status).toBe(404);
    expect((await list({ q: `'${folder.id}' in parents` }, narrow)).json.files).toEqual([]);
  });

  test('finds by properties, private ones of the own app only', async () => {
    const create = (name: string, json: object) =>
      client.call('POST', '/drive/v3/files', { token: narrow, json: { name, ...json } });
    await create('private', { appProperties: { key: 'v' } });
    await create('public', { properties: { key: 'v' } });
    expect(await names("appProperties has { key='key' and value='v' }")).toEqual(['private']);
    expect(await names("properties has {key='key' and value='v'}")).toEqual(['public']);
    const other = google.grant({ client: google.addClient({ project: google.addProject() }), scope: 'drive' });
    const q = "appProperties has { key='key' and value='v' }";
    expect((await list({ q }, other.access_token)).json.files).toEqual([]);
  });

  test('compares times in UTC and truth values', async () => {
    const old = google.addFile({ name: 'old' });
    old.modifiedTime = Date.parse('2020-01-01T12:00:00Z');
    expect(await names("modifiedTime <= '2020-01-01T12:00:00'")).toEqual(['old']);
    expect(await names("modifiedTime < '2020-01-01T12:00:00+00:00'")).toEqual([]);
    old.explicitlyTrashed = true;
    expect(await names('trashed = true')).toEqual(['old']);
    expect(await names('trashed != true')).toEqual(['Robots']);
    expect(await names("'me' in owners and starred = false")).toEqual(['Robots', 'old']);
  });

  test.each([
    "name = 'x' and",
    "name 'x'",
    "name < 'x'",
    'name = x',
    "nonsense = 'x'",
    "id = 'x'",
    "(name = 'x'",
    "name = 'x')",
    "name = 'it's'",
    "name = 'x\\n'",
    "trashed = 'true'",
    "modifiedTime > 'yesterday'",
    "'x' in nothing",
    "appProperties has { key='a' }",
    'constructor = true',
  ])('that is not of the grammar is invalid: %s', async (q) => {
    expect(await list({ q })).toMatchObject({
      status: 400,
      json: { error: { errors: [{ reason: 'invalid', location: 'q', locationType: 'parameter' }] } },
    });
  });

  test('for a name lags behind, by folder it does not', async () => {
    google.settings.nameIndexLag = 60_000;
    await client.call('POST', '/drive/v3/files', { token, json: { name: 'new', parents: [folder.id] } });
    const both = async () => [await names("name = 'new'"), await names(`'${folder.id}' in parents`)];
    expect(await both()).toEqual([[], ['new']]);
    google.clock.advance(60_000);
    expect(await both()).toEqual([['new'], ['new']]);
  });
});

describe('a list', () => {
  /** Walks all pages; answers the size of each. */
  async function walk(parameters: Readonly<Record<string, string>>): Promise<{ sizes: number[]; found: string[] }> {
    const sizes: number[] = [];
    const found: string[] = [];
    for (let pageToken: string | undefined = ''; pageToken !== undefined; ) {
      const { json } = await list({ ...parameters, ...(pageToken === '' ? {} : { pageToken }) });
      sizes.push(json.files.length);
      found.push(...json.files.map(({ name }: { name: string }) => name));
      pageToken = json.nextPageToken;
    }
    return { sizes, found };
  }

  beforeEach(() => {
    for (const index of [2, 10, 1, 4, 3]) google.addFile({ name: `n${index}`, parent: folder.id });
  });

  test('comes in pages that together hold everything once', async () => {
    const q = `'${folder.id}' in parents`;
    expect((await walk({ q, pageSize: '2' })).sizes).toEqual([2, 2, 1]);
    google.settings.shortPages = true;
    const { sizes, found } = await walk({ q, pageSize: '4' });
    expect(sizes).toEqual([0, 2, 0, 2, 0, 1]);
    expect(found.sort()).toEqual(['n1', 'n10', 'n2', 'n3', 'n4']);
  });

  test('takes a page token for the query only that it belongs to', async () => {
    const { nextPageToken } = (await list({ pageSize: '1' })).json;
    expect((await list({ pageToken: nextPageToken, q: 'trashed=false' })).status).toBe(400);
    expect((await list({ pageToken: 'invented' })).status).toBe(400);
    for (const pageSize of ['0', '1001', 'x']) expect((await list({ pageSize })).status).toBe(400);
  });

  test('is ordered by the keys that are asked for', async () => {
    const order = (orderBy: string) => names(`'${folder.id}' in parents`, { orderBy });
    expect(await order('name')).toEqual(['n1', 'n10', 'n2', 'n3', 'n4']);
    expect(await order('name_natural desc')).toEqual(['n10', 'n4', 'n3', 'n2', 'n1']);
    expect((await names('trashed=false', { orderBy: 'folder,name' }))[0]).toBe('Robots');
    expect((await list({ orderBy: 'nonsense' })).status).toBe(400);
  });

  test('filters members with fields, and has no checksum without it', async () => {
    const q = "name='n1'";
    expect((await list({ q, fields: 'files(name),incompleteSearch' })).json).toEqual({
      files: [{ name: 'n1' }],
      incompleteSearch: false,
    });
    expect((await list({ q })).json.files[0].md5Checksum).toBeUndefined();
    expect((await list({ q, fields: 'files(nonsense)' })).status).toBe(400);
    expect((await list({ q, fields: '*' })).json.files[0]).toMatchObject({ size: '0', trashed: false });
  });

  test('shows items of shared drives only when it is asked for them', async () => {
    const drive = google.addSharedDrive({ name: 'team', members: [{ user, role: 'reader' }] });
    google.addFile({ name: 'shared', drive });
    const q = "name='shared'";
    expect(await names(q)).toEqual([]);
    const all = { supportsAllDrives: 'true', includeItemsFromAllDrives: 'true' };
    expect(await names(q, all)).toEqual(['shared']);
    expect(await names('trashed=false', { ...all, corpora: 'drive', driveId: drive.id })).toEqual(['shared']);
    expect((await list({ includeItemsFromAllDrives: 'true' })).status).toBe(403);
    expect((await list({ ...all, corpora: 'drive' })).status).toBe(400);
    expect((await list({ ...all, corpora: 'drive', driveId: 'nothing' })).status).toBe(404);
  });
});

test('the changes log has a start', async () => {
  const start = async () =>
    Number((await client.call('GET', '/drive/v3/changes/startPageToken', { token })).json.startPageToken);
  const before = await start();
  await client.call('POST', '/drive/v3/files', { token, json: { name: 'x' } });
  expect(await start()).toBeGreaterThan(before);
});
