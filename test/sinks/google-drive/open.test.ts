import { describe, expect, test } from '@jest/globals';
import { picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();
const gets = () => requestLines(world.google).filter((line) => line.startsWith('GET'));

describe('opening a folder', () => {
  test('costs one request, and answers its id, its address and what was typed', async () => {
    const folder = world.google.addFolder({ name: 'Pictures' });
    const { sink } = await world.signedIn({ scope: 'drive' });
    const typed = `https://drive.google.com/drive/folders/${folder.id}`;
    const store = await sink.open(typed, {});
    expect(requestLines(world.google)).toEqual(['GET /drive/v3/files/ID']);
    expect(store.label).toBe(typed);
    expect(store.location).toBe(folder.id);
    expect(store.url).toBe(`https://drive.google.com/drive/folders/${folder.id}`);
    expect(sink.describe(typed)).toBe(folder.id);
  });

  test('goes by the name of the program, not of the library', async () => {
    const store = await (await world.signedIn({ scope: 'drive' })).sink.open('root', {});
    await store.put(await reserved(store, picture()), {});
    expect(new Set(world.google.requests.map(({ headers }) => headers['user-agent']))).toEqual(
      new Set(['albaretto-test']),
    );
  });

  test('is refused before any request when it can be no folder', async () => {
    const { sink } = await world.session({ person: { browser: false } });
    await failure(sink.open('../pictures', {}), 'E_USAGE');
    expect(() => sink.describe('../pictures')).toThrow(/no folder of Google Drive/u);
    expect(world.google.requests).toEqual([]);
    expect(await sink.signedIn!()).toBe(false);
  });

  test.each([
    ['a file', () => world.google.addFile({ name: 'a.txt', content: 'a' }), /'a\.txt' is a file and not a folder/u],
    [
      'a folder in the trash',
      () => Object.assign(world.google.addFolder({ name: 'Old' }), { explicitlyTrashed: true }),
      /'Old' is in the trash: take it out/u,
    ],
    [
      'a folder that somebody shared for reading',
      () => {
        const owner = world.google.addUser();
        return world.google.addFolder({ name: 'Theirs', owner, sharedWith: [{ user: world.user, role: 'reader' }] });
      },
      /may not add files to the folder 'Theirs': ask its owner/u,
    ],
    [
      'a name that would drive the terminal',
      () => world.google.addFile({ name: 'a\u001b[2J\u202eb', content: 'a' }),
      /'a\[2Jb' is a file/u,
    ],
  ])('refuses %s', async (_what, make, says) => {
    const { sink } = await world.signedIn({ scope: 'drive' });
    const error = await failure(sink.open(make().id, {}), 'E_DESTINATION');
    expect(error.describe()).toMatch(says);
    expect(error.reach).toBe('run');
  });

  test('follows a shortcut', async () => {
    const folder = world.google.addFolder({ name: 'Pictures' });
    const shortcut = world.google.addFile({ name: 'To pictures', target: folder.id });
    const { sink } = await world.signedIn({ scope: 'drive' });
    expect((await sink.open(shortcut.id, {})).location).toBe(folder.id);
    expect(gets()).toHaveLength(2);
  });

  test('refuses a shortcut to a file', async () => {
    const file = world.google.addFile({ name: 'a.txt', content: 'a' });
    const shortcut = world.google.addFile({ name: 'To a file', target: file.id });
    const { sink } = await world.signedIn({ scope: 'drive' });
    await failure(sink.open(shortcut.id, {}), 'E_DESTINATION');
  });

  test('sends the resource key of a folder that is shared by link, with every request about it', async () => {
    const folder = world.google.addFolder({ name: 'Linked' });
    const { sink } = await world.signedIn({ scope: 'drive' });
    const store = await sink.open(`https://drive.google.com/drive/folders/${folder.id}?resourcekey=0-kEy`, {});
    await store.put(await reserved(store, picture()), {});
    const about = world.google.requests.filter(({ path }) => !path.endsWith('generateIds'));
    expect(about.map(({ headers }) => headers['x-goog-drive-resource-keys'])).toEqual(
      about.map(() => `${folder.id}/0-kEy`),
    );
    expect(about).toHaveLength(3);
  });

  test.each([
    ['a rate limit', { status: 403, reason: 'userRateLimitExceeded' }, 'E_RATE_LIMITED', true],
    ['an outage', { status: 503 }, 'E_UNAVAILABLE', true],
    ['a page of HTML', { html: true }, 'E_UNAVAILABLE', true],
    ['HTML with status 200', { html: true, status: 200 }, 'E_BAD_ANSWER', true],
    ['nothing', { empty: true }, 'E_BAD_ANSWER', true],
    ['cut JSON', { truncate: true }, 'E_BAD_ANSWER', true],
    ['a lost connection', { reset: 'before' }, 'E_NETWORK', true],
    ['a switched-off API', { status: 403, reason: 'accessNotConfigured' }, 'E_CREDENTIALS', false],
    ['a domain policy', { status: 403, reason: 'domainPolicy' }, 'E_DESTINATION', false],
  ] as const)('is not mistaken for a missing permission after %s', async (_what, fault, code, retryable) => {
    const visibleTo = world.google.clientOf(world.credentials).project;
    const folder = world.google.addFolder({ name: 'Pictures', visibleTo });
    const { sink, context } = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
    world.google.faults.inject({ path: /drive\/v3\/files/u, ...fault });
    expect((await failure(sink.open(folder.id, {}), code)).retryable).toBe(retryable);
    expect(context.record.opened).toEqual([]);
  });
});

describe('the top of My Drive', () => {
  test.each(['drive', 'drive.file'])('can be written to with the scope %s', async (scope) => {
    const { sink, context } = await world.signedIn({ scope, person: { consent: {} } });
    const store = await sink.open('root', {});
    expect(sink.describe('root')).toBe('My Drive');
    const receipt = await store.put(await reserved(store, picture()), {});
    expect(world.google.file(receipt.location)?.parent).toBe(world.user.rootId);
    expect((await (await sink.open('root', {})).put(picture(), {})).outcome).toBe('present');
    expect(context.record.opened).toEqual([]);
    expect(store.url).toMatch(/^https:\/\/drive\.google\.com\//u);
  });
});

describe('a shared drive', () => {
  test.each(['drive', 'drive.file'])('is asked about with every call saying so (%s)', async (scope) => {
    const drive = world.google.addSharedDrive({ name: 'Team', members: [{ user: world.user, role: 'writer' }] });
    const project = world.google.clientOf(world.credentials).project;
    const folder = world.google.addFolder({ name: 'Pictures', drive, visibleTo: project });
    const { sink } = await world.signedIn({ scope });
    const store = await sink.open(folder.id, {});
    await store.put(await reserved(store, picture()), {});
    await store.folder('Robots', {});
    for (const { path, query } of world.google.requests) {
      if (!path.endsWith('generateIds')) expect(query.supportsAllDrives).toBe('true');
    }
    const lists = world.google.requests.filter(({ query }) => query.q !== undefined);
    for (const { query } of lists) expect(query.includeItemsFromAllDrives).toBe('true');
    expect(lists.map(({ query }) => query.driveId)).toEqual(
      lists.map(() => (scope === 'drive' ? drive.id : undefined)),
    );
  });

  test('by its own id is a folder like others', async () => {
    const drive = world.google.addSharedDrive({ name: 'Team', members: [{ user: world.user, role: 'writer' }] });
    const { sink } = await world.signedIn({ scope: 'drive' });
    const store = await sink.open(drive.id, {});
    const receipt = await store.put(await reserved(store, picture()), {});
    expect(world.google.file(receipt.location)?.parent).toBe(drive.id);
  });
});
