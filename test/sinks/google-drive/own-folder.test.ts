import { describe, expect, test } from '@jest/globals';
import type { Store } from '../../../src/plugin.js';
import { picture, reserved } from './files.js';
import { failure, requestLines, type Session, useGoogle } from './support.js';

const world = useGoogle();
const folders = () => world.google.files().filter(({ mimeType }) => mimeType.endsWith('.folder'));
const remembered = ({ context }: Session) => JSON.parse(context.record.memory.get('folder') ?? 'null');

describe('without a destination', () => {
  test('a folder albaretto is made in My Drive, once', async () => {
    const session = await world.signedIn();
    const store = await session.sink.open(undefined, {});
    expect(folders().map(({ name, parent }) => [name, parent])).toEqual([['albaretto', world.user.rootId]]);
    expect(store.label).toBe('My Drive/albaretto');
    expect(session.sink.describe(undefined)).toBe('My Drive/albaretto');
    expect(store.url).toMatch(/^https:\/\//u);
    expect((await session.sink.open(undefined, {})).location).toBe(store.location);
    expect(folders()).toHaveLength(1);
  });

  test('a later run finds it by its remembered id, with one request', async () => {
    const first = await world.signedIn();
    const { location } = await first.sink.open(undefined, {});
    const before = world.google.requests.length;
    const second = await world.next(first);
    expect((await second.sink.open(undefined, {})).location).toBe(location);
    expect(requestLines(world.google).slice(before)).toEqual(['GET /drive/v3/files/ID']);
  });

  test('another computer finds it by its mark, also when it was renamed', async () => {
    const { sink } = await world.signedIn();
    const { location } = await sink.open(undefined, {});
    Object.assign(world.google.file(location) ?? {}, { name: 'My pictures' });
    const elsewhere = await world.signedIn();
    expect((await elsewhere.sink.open(undefined, {})).location).toBe(location);
    expect(remembered(elsewhere)).toMatchObject({ id: location });
    expect(folders()).toHaveLength(1);
  });

  test("a person's own folder of that name is not taken for it", async () => {
    const theirs = world.google.addFolder({ name: 'albaretto' });
    const { sink } = await world.signedIn({ scope: 'drive' });
    expect((await sink.open(undefined, {})).location).not.toBe(theirs.id);
  });

  test("a colleague's, made with the same Cloud project and shared with this account, is not taken for it", async () => {
    const colleague = world.google.addUser();
    const theirs = world.google.addFolder({
      name: 'albaretto',
      owner: colleague,
      sharedWith: [{ user: world.user, role: 'writer' }],
    });
    const { project } = world.google.clientOf(world.credentials);
    theirs.appProperties.set(project.number, new Map([['albFolder', 'own']]));
    const { sink } = await world.signedIn({ scope: 'drive' });
    const { location } = await sink.open(undefined, {});
    expect(location).not.toBe(theirs.id);
    expect(world.google.file(location)?.owner).toBe(world.user);
    expect((await (await world.signedIn({ scope: 'drive' })).sink.open(undefined, {})).location).toBe(location);
  });

  test('the one that an earlier account made is left when another account signs in, and found again by the first', async () => {
    const first = await world.signedIn({ scope: 'drive' });
    const { location } = await first.sink.open(undefined, {});
    const other = world.google.addUser();
    world.google.file(location)?.sharedWith.set(other.id, 'writer');
    const { memory } = first.context.record;
    const options = { options: { scope: 'drive' }, memory } as const;
    const second = await world.session({ ...options, person: { consent: { user: other } } });
    const theirs = await second.sink.open(undefined, {});
    expect(world.google.file(theirs.location)?.owner).toBe(other);
    const third = await world.signedIn({ scope: 'drive', memory: second.context.record.memory });
    expect((await third.sink.open(undefined, {})).location).toBe(location);
    expect(folders()).toHaveLength(2);
  });

  test('moved into a shared drive, where nobody owns it, it is still the one', async () => {
    const first = await world.signedIn({ scope: 'drive' });
    const { location } = await first.sink.open(undefined, {});
    const drive = world.google.addSharedDrive({ name: 'Team', members: [{ user: world.user, role: 'writer' }] });
    Object.assign(world.google.file(location) ?? {}, { parent: drive.id, driveId: drive.id, owner: undefined });
    expect((await (await world.next(first)).sink.open(undefined, {})).location).toBe(location);
  });

  test('one in the trash is left there and a new one made', async () => {
    const first = await world.signedIn();
    const { location } = await first.sink.open(undefined, {});
    Object.assign(world.google.file(location) ?? {}, { explicitlyTrashed: true });
    const second = await world.next(first);
    const store = await second.sink.open(undefined, {});
    expect(store.location).not.toBe(location);
    expect(remembered(second)).toMatchObject({ id: store.location });
  });

  test('what another Cloud project remembered is not used', async () => {
    const first = await world.signedIn();
    const { location } = await first.sink.open(undefined, {});
    const project = world.google.addProject();
    const path = world.file('other.json', JSON.stringify(world.google.addClient({ project })));
    const second = await world.next(first, { arguments: [path], person: { consent: {} } });
    const store = await second.sink.open(undefined, {});
    expect(store.location).not.toBe(location);
    expect(folders()).toHaveLength(2);
    expect(world.google.requestsTo('GET', new RegExp(location, 'u'))).toEqual([]);
  });

  test.each(['{', '[]', '{"client":1}', 'null'])('a memory of %j is no obstacle', async (memory) => {
    const { sink } = await world.signedIn({ memory: new Map([['folder', memory]]) });
    await sink.open(undefined, {});
    expect(folders()).toHaveLength(1);
  });

  test('a lost answer to its creation makes no second one', async () => {
    const first = await world.signedIn();
    world.google.faults.inject({ method: 'POST', path: /drive\/v3\/files/u, reset: 'after' });
    await failure(first.sink.open(undefined, {}), 'E_NETWORK');
    expect(folders()).toHaveLength(1);
    await (await world.next(first)).sink.open(undefined, {});
    expect(folders()).toHaveLength(1);
  });

  test('a run that ended between the reservation and the creation is continued with the same id', async () => {
    const first = await world.signedIn();
    world.google.faults.inject({ method: 'POST', path: /drive\/v3\/files/u, reset: 'before' });
    await failure(first.sink.open(undefined, {}), 'E_NETWORK');
    const { id } = remembered(first);
    expect(folders()).toHaveLength(0);
    expect((await (await world.next(first)).sink.open(undefined, {})).location).toBe(id);
  });

  test('that vanishes in the middle is told as such: no picker, nothing half done', async () => {
    const session = await world.signedIn({ person: { consent: {} } });
    const store = await session.sink.open(undefined, {});
    const file = await reserved(store, picture());
    await store.has!([file], {});
    world.google.faults.inject({ method: 'POST', path: /upload/u, status: 404, reason: 'notFound' });
    const error = await failure(store.put(file, {}), 'E_DESTINATION');
    expect(error.hint).toMatch(/save again, and albaretto makes a new one/u);
    expect(session.context.record.opened).toEqual([]);
  });
});

describe('--new', () => {
  async function opened(): Promise<Store> {
    const folder = world.google.addFolder({ name: 'Pictures' });
    const { sink } = await world.signedIn({ scope: 'drive' });
    return sink.open(folder.id, {});
  }

  test.each(['Robots', "it's 'mine' \\ yours", '..', 'a/b', '絵 🎨', '" or trashed = true'])(
    'makes a folder called %j',
    async (name) => {
      const store = await opened();
      const folder = await store.folder(name, {});
      expect(world.google.file(folder.location)).toMatchObject({ name, parent: store.location });
      expect(folder.url).toMatch(new RegExp(folder.location, 'u'));
      expect(folder.label).toBe(`${store.label}/${name}`);
      expect((await store.folder(name, {})).location).toBe(folder.location);
    },
  );

  test('uses the reserved id that it is given', async () => {
    const store = await opened();
    const [reservation] = (await store.reserve?.(1, {})) ?? [];
    expect((await store.folder('Robots', { reservation: reservation ?? '' })).location).toBe(reservation);
    expect(world.google.requestsTo('GET', /generateIds/u)).toHaveLength(1);
  });

  test('reserves one itself where it is given none', async () => {
    const store = await opened();
    await store.folder('Robots', {});
    expect(requestLines(world.google)).toEqual([
      'GET /drive/v3/files/ID',
      'GET /drive/v3/files',
      'GET /drive/v3/files/generateIds',
      'POST /drive/v3/files',
    ]);
  });

  test('whose answer names another folder is looked at by the id that was asked for', async () => {
    const store = await opened();
    const [reservation = ''] = (await store.reserve?.(1, {})) ?? [];
    world.google.faults.inject({ method: 'POST', path: /drive\/v3\/files/u, otherId: true });
    const folder = await store.folder('Robots', { reservation });
    expect(folder.location).toBe(reservation);
    expect((await folder.put(picture(), {})).outcome).toBe('created');
    expect(folders().filter(({ name }) => name === 'Robots')).toHaveLength(1);
  });

  test('whose answer names another folder, while there is none, can be tried again with the same id', async () => {
    const store = await opened();
    const [reservation = ''] = (await store.reserve?.(1, {})) ?? [];
    world.google.faults.inject({ method: 'POST', path: /drive\/v3\/files/u, otherId: true });
    world.google.faults.inject({ method: 'GET', path: new RegExp(reservation, 'u'), status: 404, reason: 'notFound' });
    expect((await failure(store.folder('Robots', { reservation }), 'E_BAD_ANSWER')).retryable).toBe(true);
    expect((await store.folder('Robots', { reservation })).location).toBe(reservation);
    expect(folders().filter(({ name }) => name === 'Robots')).toHaveLength(1);
  });

  test('with a lost answer makes no second folder when it is tried again', async () => {
    const store = await opened();
    const [reservation = ''] = (await store.reserve?.(1, {})) ?? [];
    world.google.faults.inject({ method: 'POST', path: /drive\/v3\/files/u, reset: 'after' });
    await failure(store.folder('Robots', { reservation }), 'E_NETWORK');
    expect((await store.folder('Robots', { reservation })).location).toBe(reservation);
    expect(folders().filter(({ name }) => name === 'Robots')).toHaveLength(1);
  });

  test('with a lost answer and a search that lags makes no second folder either', async () => {
    const store = await opened();
    const [reservation = ''] = (await store.reserve?.(1, {})) ?? [];
    world.google.faults.inject({ method: 'POST', path: /drive\/v3\/files/u, status: 503, processed: true });
    await failure(store.folder('Robots', { reservation }), 'E_UNAVAILABLE');
    // The search does not show the folder yet: only its reserved id leads to it.
    const made = world.google.file(reservation);
    const marks = [...(made?.appProperties.values() ?? [])];
    for (const mark of marks) mark.clear();
    expect((await store.folder('Robots', { reservation })).location).toBe(reservation);
    expect(world.google.requestsTo('POST', /files/u).map(({ status }) => status)).toEqual([503, 409]);
  });

  test("takes another id when the reserved one is another account's", async () => {
    const store = await opened();
    const folder = await store.folder('Robots', { reservation: '1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' });
    expect(world.google.file(folder.location)?.name).toBe('Robots');
  });

  test('does not take a renamed folder for the one that is asked for', async () => {
    const store = await opened();
    const first = await store.folder('Robots', {});
    Object.assign(world.google.file(first.location) ?? {}, { name: 'Robots, old' });
    const { sink } = await world.signedIn({ scope: 'drive' });
    const again = await (await sink.open(store.location, {})).folder('Robots', {});
    expect(again.location).not.toBe(first.location);
  });

  test('needs a name', async () => {
    await failure((await opened()).folder('  ', {}), 'E_USAGE');
  });

  test('tells a hierarchy that is too deep', async () => {
    const store = await opened();
    world.google.faults.inject({
      method: 'POST',
      path: /files/u,
      status: 403,
      reason: 'myDriveHierarchyDepthLimitExceeded',
    });
    expect((await failure(store.folder('Robots', {}), 'E_NO_SPACE')).hint).toMatch(/another folder/u);
  });
});
