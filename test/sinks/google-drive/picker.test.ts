import { describe, expect, test } from '@jest/globals';
import type { Settings } from '../../fakes/google/index.js';
import { picture, reserved } from './files.js';
import { failure, useGoogle } from './support.js';

const world = useGoogle();
const WORLDS = [
  'insufficientParentPermissions',
  'insufficientFilePermissions',
  'appNotAuthorizedToFile',
  'notFound',
  'allowed',
] as const;

/** A folder that the person made in the browser. */
function foreignFolder() {
  return world.google.addFolder({ name: 'Robots', owner: world.user });
}

describe('a folder that the person made', () => {
  for (const unpickedParent of WORLDS) {
    for (const unpickedFile of ['notFound', 'appNotAuthorizedToFile'] satisfies Settings['unpickedFile'][]) {
      test(`is picked once and then written to (create: ${unpickedParent}, read: ${unpickedFile})`, async () => {
        Object.assign(world.google.settings, { unpickedParent, unpickedFile });
        const folder = foreignFolder();
        const { sink, context } = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
        const store = await sink.open(folder.id, {});
        const receipt = await store.put(await reserved(store, picture()), {});
        expect(world.google.file(receipt.location)?.parent).toBe(folder.id);
        expect(store.location).toBe(folder.id);
        expect(context.record.opened).toHaveLength(1);
      });
    }
  }

  test('is asked for with exactly what the Picker needs', async () => {
    const folder = foreignFolder();
    const { sink, context } = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
    await sink.open(`https://drive.google.com/drive/folders/${folder.id}?usp=sharing`, {});
    expect(Object.fromEntries(new URL(context.record.opened[0] ?? '').searchParams)).toMatchObject({
      trigger_onepick: 'true',
      prompt: 'consent',
      allow_folder_selection: 'true',
      mimetypes: 'application/vnd.google-apps.folder',
      file_ids: folder.id,
      include_granted_scopes: 'false',
      scope: 'https://www.googleapis.com/auth/drive.file',
      login_hint: world.user.email,
    });
  });

  test('is remembered: a later run asks nobody', async () => {
    const folder = foreignFolder();
    const first = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
    await first.sink.open(folder.id, {});
    expect(first.context.record.secrets).toMatchObject({ signIn: { folders: [folder.id], account: world.user.email } });
    const second = await world.next(first);
    await second.sink.open(folder.id, {});
    expect(second.context.record.opened).toEqual([]);
  });

  test('can be picked with a pasted redirect', async () => {
    const folder = foreignFolder();
    const answer = async (question: string) => {
      const url = /https:\/\/accounts\.google\.com\/\S+/u.exec(question)?.[0] ?? '';
      return world.google.signIn(url, { pick: [folder.id] }).redirect ?? '';
    };
    const { sink } = await world.signedIn({ options: { 'no-browser': true }, person: { answer } });
    expect((await sink.open(folder.id, {})).location).toBe(folder.id);
  });

  test('is picked on the way when somebody signs in for the first time', async () => {
    const folder = foreignFolder();
    let visits = 0;
    const { sink, context } = await world.session({
      person: {
        get consent() {
          visits += 1;
          return new URL(context.record.opened.at(-1) ?? '').searchParams.has('file_ids') ? { pick: [folder.id] } : {};
        },
      },
    });
    await sink.open(folder.id, {});
    expect(context.record.opened).toHaveLength(2);
    expect(visits).toBeGreaterThan(1);
  });

  test('in a shared drive is picked and written to as well', async () => {
    const drive = world.google.addSharedDrive({ name: 'Team', members: [{ user: world.user, role: 'writer' }] });
    const folder = world.google.addFolder({ name: 'Robots', drive });
    const { sink } = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
    const store = await sink.open(folder.id, {});
    const receipt = await store.put(await reserved(store, picture()), {});
    expect(world.google.file(receipt.location)?.driveId).toBe(drive.id);
    expect((await (await sink.open(folder.id, {})).put(picture(), {})).outcome).toBe('present');
  });

  test('that stops being granted in the middle is picked once for all files that wait', async () => {
    const folder = foreignFolder();
    const session = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
    const store = await session.sink.open(folder.id, {});
    const files = await Promise.all(['a', 'b', 'c'].map((name) => reserved(store, picture({ name }))));
    await store.has!(files, {});
    world.google.faults.inject({
      method: 'POST',
      path: /upload/u,
      status: 403,
      reason: 'insufficientParentPermissions',
      count: 3,
      barrier: 3,
    });
    const receipts = await Promise.all(files.map((file) => store.put(file, {})));
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'created']);
    expect(world.google.children(folder.id)).toHaveLength(3);
    // Once for the folder as it was opened, and never again for this destination.
    expect(session.context.record.opened).toHaveLength(1);
  });
});

describe('a folder that is not granted', () => {
  test.each([
    ['nothing is chosen', { pick: [] }, /was not chosen/u],
    ['the person says no', { deny: true }, /access_denied/u],
    ["Google's page shows an error", { page: 'access_not_configured' }, /within 10 minutes/u],
  ])('when %s is told with the remedy, and the picker opens once', async (_what, consent, says) => {
    const folder = foreignFolder();
    const { sink, context } = await world.signedIn({ person: { consent, impatient: 'page' in consent } });
    const error = await failure(sink.open(folder.id, {}), 'E_NOT_GRANTED');
    expect(error.message).toMatch(says);
    expect(error.describe()).toMatch(/--scope drive .*save without a folder id/u);
    expect(error.reach).toBe('run');
    expect(context.record.opened).toHaveLength(1);
  });

  test('by another account that does not choose it leaves the first one signed in', async () => {
    const folder = foreignFolder();
    const session = await world.signedIn({ person: { consent: { user: world.google.addUser(), pick: [] } } });
    const before = structuredClone(session.context.record.secrets);
    await failure(session.sink.open(folder.id, {}), 'E_NOT_GRANTED');
    expect(session.context.record.secrets).toEqual(before);
    expect(session.context.record.warnings).toEqual([]);
    const own = await session.sink.open(undefined, {});
    expect(world.google.file(own.location)?.owner).toBe(world.user);
  });

  test('when another one is chosen is told so', async () => {
    const [folder, other] = [foreignFolder(), foreignFolder()];
    const { sink } = await world.signedIn({
      person: {
        answer: async (question) => {
          const url = /https:\/\/accounts\.google\.com\/\S+/u.exec(question)?.[0] ?? '';
          const redirect = new URL(world.google.signIn(url, { pick: [folder.id] }).redirect ?? '');
          redirect.searchParams.set('picked_file_ids', other.id);
          return redirect.href;
        },
      },
      options: { 'no-browser': true },
    });
    await failure(sink.open(folder.id, {}), 'E_NOT_GRANTED');
  });

  test('where nobody can answer is told so, with exit code 6', async () => {
    const folder = foreignFolder();
    const session = await world.signedIn({ person: { browser: false } });
    const before = structuredClone(session.context.record.secrets);
    const error = await failure(session.sink.open(folder.id, {}), 'E_NOT_GRANTED');
    expect(error.message).toMatch(/nobody can answer here/u);
    expect(session.context.record.warnings.join()).toContain(`file_ids=${folder.id}`);
    expect(session.context.record.secrets).toEqual(before);
  });

  test('is offered again by the next command', async () => {
    const folder = foreignFolder();
    const picks: string[][] = [[], [folder.id]];
    const { sink } = await world.signedIn({
      person: {
        get consent() {
          return { pick: picks[0] ?? [] };
        },
      },
    });
    await failure(sink.open(folder.id, {}), 'E_NOT_GRANTED');
    picks.shift();
    expect((await sink.open(folder.id, {})).location).toBe(folder.id);
  });

  test('under the scope drive is simply not there: no picker', async () => {
    const { sink, context } = await world.signedIn({ scope: 'drive', person: { consent: {} } });
    const error = await failure(sink.open('1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', {}), 'E_DESTINATION');
    expect(error.hint).toMatch(/check the id/u);
    expect(context.record.opened).toEqual([]);
  });

  test('an interruption while the picker is open is one', async () => {
    const folder = foreignFolder();
    const { sink, context } = await world.signedIn({ person: { consent: { never: true } } });
    const controller = new AbortController();
    const work = sink.open(folder.id, { signal: controller.signal });
    work.catch(() => undefined);
    while (context.record.opened.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await failure(work, 'E_INTERRUPTED');
  });
});
