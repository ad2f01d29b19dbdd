import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import dalle2 from '../../sources/dalle2/index.js';
import { AlbarettoError } from '../../src/errors.js';
import type { Ask, Sink, SinkDescriptor } from '../../src/plugin.js';
import { signIn } from '../../src/shell/sign-in.js';
import { type Dalle2Rig, openDalle2Rig } from '../support/dalle2-rig.js';
import { testSink, testSource } from '../support/plugins.js';
import { openShellRig, type ShellRig, type ShellRigOptions } from '../support/shell-rig.js';
import { nobody } from '../support/sink-context.js';

let labs: Dalle2Rig;
let rig: ShellRig;
/** What the person answers, in order; what was asked. */
let answers: string[];
let questions: string[];
/** What the sink was asked to do. */
let calls: string[];
const opened: ShellRig[] = [];

const person: Ask = {
  ...nobody(),
  interactive: true,
  secret: async (question) => {
    questions.push(question);
    return answers.shift() ?? '';
  },
};

async function open(options: ShellRigOptions = {}): Promise<ShellRig> {
  const other = await openShellRig({
    plugins: [dalle2, drive()],
    source: 'dalle2',
    ask: person,
    environment: { ALBARETTO_DALLE2_BASE_URL: `http://${labs.apiHost}/api/labs` },
    http: async () => labs.client,
    ...options,
  });
  opened.push(other);
  return other;
}

/** A sink that somebody must sign in to. */
function drive(more: Partial<Sink> = {}): SinkDescriptor {
  let signedIn = false;
  const sink: Sink = {
    describe: () => 'drive',
    open: () => Promise.reject(new Error('it is not opened here')),
    signedIn: async () => signedIn,
    login: async ({ fresh }) => {
      calls.push(`login${fresh ? ' anew' : ''}`);
      signedIn = true;
      return 'somebody@example.org\u001b[2J';
    },
    logout: async ({ revoke }) => {
      calls.push(`logout${revoke ? ' and revoke' : ''}`);
      signedIn = false;
    },
    ...more,
  };
  return testSink('drive', { signsIn: true, load: async () => ({ create: () => sink }) });
}

beforeEach(async () => {
  labs = await openDalle2Rig();
  answers = [];
  questions = [];
  calls = [];
  rig = await open();
});
afterEach(async () => {
  for (const other of opened.splice(0)) await other.close();
  await labs.shut();
});

const exitOf = async (line: string) => (await rig.run(line)).exit;
const stored = () => {
  const path = join(rig.folder, 'credentials.json');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const notices = () => rig.told('notice').map(({ text }) => text);

describe('login to a source', () => {
  test('asks hidden, says where the token is found, checks it at the service and keeps it', async () => {
    answers = [`Bearer ${labs.fake.token}`];
    expect(await exitOf('login dalle2')).toBe(0);
    expect(questions).toEqual(['DALL·E 2 session token: ']);
    expect(notices()).toEqual([dalle2.credentials!.howTo, 'dalle2: the token is stored (41 credits left)']);
    expect(labs.asked()).toEqual(['/billing/credit_summary']);
    expect(JSON.parse(stored())).toMatchObject({ dalle2: { token: labs.fake.token } });
    expect(JSON.stringify(rig.events)).not.toContain(labs.fake.token);
  });

  test('without a name means the current source, where the sink needs no sign-in', async () => {
    answers = [labs.fake.token];
    expect(await exitOf('login')).toBe(0);
    expect(stored()).toContain(labs.fake.token);
  });

  test('lets what was asked with the old token go on with the new one', async () => {
    const task = labs.fake.addTask({ count: 1 });
    answers = [labs.fake.token];
    await rig.run('login dalle2');
    labs.fake.rotateToken();
    expect(await exitOf(`fetch ${task.id}`)).toBe(3);
    answers = [labs.fake.token];
    await rig.run('login dalle2');
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
  });

  test.each(['', 'sk-abcdefghijklmnop', 'hunter2hunter2'])(
    '%j is refused by its form, before any request',
    async (pasted) => {
      answers = [pasted];
      expect(await exitOf('login dalle2')).toBe(3);
      expect(labs.asked()).toEqual([]);
      expect(stored()).toBe('');
      if (pasted !== '') expect(JSON.stringify(rig.events)).not.toContain(pasted);
    },
  );

  test('that the service refuses is not kept, and the one before stays', async () => {
    answers = [labs.fake.token];
    await rig.run('login dalle2');
    answers = ['sess-thisOneIsNotGood000'];
    expect(await exitOf('login dalle2')).toBe(3);
    expect(JSON.parse(stored())).toMatchObject({ dalle2: { token: labs.fake.token } });
    expect(rig.complaints().join()).toContain('Incorrect API key provided');
    const task = labs.fake.addTask({ count: 1 });
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
  });

  test('while the service is down keeps nothing and says so', async () => {
    labs.fake.faults.inject({ count: 99, what: { kind: 'html' } });
    answers = [labs.fake.token];
    expect(await exitOf('login dalle2')).toBe(5);
    expect(stored()).toBe('');
    labs.fake.faults.clear();
    expect(rig.session.tokens.has('dalle2')).toBe(false);
  });

  test('with nobody to ask is exit 3', async () => {
    rig = await open({ ask: nobody() });
    expect(await exitOf('login dalle2')).toBe(3);
    expect(labs.asked()).toEqual([]);
  });

  test('that needs no credential, that is not there, or with the token in the line is a usage error', async () => {
    expect(await exitOf('login memory')).toBe(2);
    expect(await exitOf('login nowhere')).toBe(2);
    expect(await exitOf(`login dalle2 ${labs.fake.token}`)).toBe(2);
    expect(rig.told('error').at(-1)!.message).toContain('it does not stand in the history');
    expect(stored()).toBe('');
  });
});

describe('logout of a source', () => {
  test('that needs no credential is an error, as login is', async () => {
    rig = await open({ source: 'open', plugins: [testSource('open')] });
    expect(await exitOf('logout open')).toBe(2);
    expect(await exitOf('login open')).toBe(2);
    expect(rig.complaints()).toEqual(['open needs no credential', 'open needs no credential']);
  });

  test('forgets the stored token, and the one of this session', async () => {
    answers = [labs.fake.token];
    await rig.run('login dalle2');
    expect(await exitOf('logout dalle2')).toBe(0);
    expect(stored()).not.toContain(labs.fake.token);
    expect(notices().at(-1)).toBe('dalle2: signed out');
    rig = await open({ ask: nobody() });
    expect(await exitOf(`fetch ${labs.fake.addTask().id}`)).toBe(3);
  });

  test('cannot revoke: no service of ours can', async () => {
    expect(await exitOf('logout dalle2 --revoke')).toBe(2);
  });

  test('of one that was never there is no failure', async () => {
    expect(await exitOf('logout dalle2')).toBe(0);
  });
});

describe('a sink', () => {
  test('that signs in is what login means without a name', async () => {
    rig = await open({ sink: 'drive' });
    expect(await exitOf('login')).toBe(0);
    expect(calls).toEqual(['login anew']);
    expect(notices()).toEqual(['drive: signed in as somebody@example.org[2J']);
  });

  test('is signed out, and revoked where that is asked for', async () => {
    expect(await exitOf('logout drive')).toBe(0);
    expect(await exitOf('logout drive --revoke')).toBe(0);
    expect(calls).toEqual(['logout', 'logout and revoke']);
    expect(notices()).toEqual(['drive: signed out', 'drive: signed out and revoked']);
  });

  test('without a sign-in is a usage error', async () => {
    expect(await exitOf('login storage')).toBe(2);
    expect(await exitOf('logout storage')).toBe(2);
  });

  test('whose sign-in fails says why', async () => {
    const refuse = async () => {
      throw new AlbarettoError({ code: 'E_CREDENTIALS', message: 'access denied', plugin: 'drive', reach: 'run' });
    };
    rig = await open({ plugins: [dalle2, drive({ login: refuse })] });
    expect(await exitOf('login drive')).toBe(3);
    expect(rig.complaints()).toEqual(['[drive] access denied']);
  });
});

describe('before the first line', () => {
  const prepare = (prove = false) => signIn(rig.session, new AbortController().signal, { prove });

  test('a sink that needs it is signed in to, once', async () => {
    rig = await open({ sink: 'drive' });
    await prepare();
    await prepare();
    expect(calls).toEqual(['login']);
  });

  test('of a script a stored sign-in is proved; one that has ended ends the script before anything is fetched', async () => {
    rig = await open({ sink: 'drive' });
    await prepare();
    await prepare(true);
    expect(calls).toEqual(['login', 'login']);
    const ended = new AlbarettoError({ code: 'E_CREDENTIALS', message: 'it has ended' });
    rig = await open({
      plugins: [dalle2, drive({ signedIn: async () => true, login: () => Promise.reject(ended) })],
      sink: 'drive',
    });
    await expect(prepare(true)).rejects.toBe(ended);
  });

  test.each(['E_NETWORK', 'E_UNAVAILABLE'] as const)(
    'a stored sign-in that cannot be proved for %s is trusted',
    async (code) => {
      const outage = new AlbarettoError({ code, message: 'no answer' });
      let isStored = true;
      const sink = drive({ signedIn: async () => isStored, login: () => Promise.reject(outage) });
      rig = await open({ plugins: [dalle2, sink], sink: 'drive' });
      await prepare(true);
      isStored = false;
      await expect(prepare(true)).rejects.toBe(outage);
    },
  );

  test('a sink that needs none is left alone, and so is every sink in a rehearsal', async () => {
    await prepare();
    rig = await open({ sink: 'drive', defaults: { 'dry-run': true } });
    await prepare();
    expect(calls).toEqual([]);
  });
});

describe('a token', () => {
  test('that nobody gave is asked for at the first request, and only once', async () => {
    const task = labs.fake.addTask({ count: 1 });
    answers = [labs.fake.token];
    expect(await exitOf(`fetch ${task.id}`)).toBe(0);
    expect(await exitOf(`info ${task.id}`)).toBe(0);
    expect(questions).toHaveLength(1);
    expect(stored()).toBe('');
  });

  test('that nobody gave and nobody can give is exit 3 before any request', async () => {
    rig = await open({ ask: nobody() });
    expect(await exitOf(`fetch ${labs.fake.addTask().id}`)).toBe(3);
    expect(labs.asked()).toEqual([]);
    expect(rig.complaints().join()).toContain('ALBARETTO_DALLE2_TOKEN');
  });

  test('of the environment is used and never stored', async () => {
    const environment = {
      ALBARETTO_DALLE2_BASE_URL: `http://${labs.apiHost}/api/labs`,
      ALBARETTO_DALLE2_TOKEN: labs.fake.token,
    };
    rig = await open({ ask: nobody(), environment });
    expect(await exitOf(`fetch ${labs.fake.addTask({ count: 1 }).id}`)).toBe(0);
    expect(stored()).toBe('');
  });
});
