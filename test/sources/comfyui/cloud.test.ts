import { beforeEach, describe, expect, test } from '@jest/globals';
import descriptor from '../../../sources/comfyui/index.js';
import { createServiceHttp } from '../../../src/http/service.js';
import type { Item } from '../../../src/plugin.js';
import { headerOf } from '../../../src/wiring.js';
import type { NewOutput } from '../../fakes/comfyui/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type ComfyUiRig, type ComfyUiRigOptions, openComfyUiRig } from '../../support/comfyui-rig.js';
import { sha256, sha256Of } from '../../support/digests.js';
import { memorySecrets } from '../../support/memory-secrets.js';
import { nobody } from '../../support/sink-context.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: ComfyUiRig;

const open = closedAfterEach(
  (options: ComfyUiRigOptions = {}) => openComfyUiRig({ place: 'cloud', ...options }),
  (other) => other.shut(),
);

beforeEach(async () => {
  rig = await open();
});

async function urlOf(item: Item, renew = false): Promise<string> {
  const location = await rig.source.locate(item, { renew });
  if (location.kind !== 'request') throw new Error('there is a link');
  return location.url;
}

describe('a job of Comfy Cloud', () => {
  test('is read with the key, which goes nowhere else; its files come byte for byte', async () => {
    const kinds = ['image', 'video', 'audio', 'custom'] as const;
    const made = rig.fake.addPrompt({ text: 'a kite', outputs: kinds.map((kind): NewOutput => ({ kind })) });
    const { items } = await rig.list(made.id);
    for (const [position, item] of items.entries()) {
      expect(item.generation.prompt).toBe('a kite');
      expect(item.title).toBe(made.files[position]!.cloudName);
      expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(made.files[position]!.bytes));
    }
    for (const { host, headers } of rig.fake.requests) {
      expect([host, headers['x-api-key']]).toEqual([host, host === 'cloud' ? rig.fake.cloudKey : undefined]);
      expect(headers.authorization).toBeUndefined();
    }
    expect(rig.fake.leaks()).toEqual([]);
    expect(JSON.stringify(items)).not.toContain(rig.fake.cloudKey);
  });

  test.each(['seconds', 'milliseconds'] as const)('tells its time in %s', async (cloudTimes) => {
    const other = await open({ cloudTimes });
    const made = other.fake.addPrompt({ created: 1_790_000_000_000 });
    const { task, items } = await other.list(made.id);
    expect(task.createdAt).toEqual(new Date(1_790_000_000_000));
    expect(items[0]!.createdAt).toEqual(new Date(1_790_000_009_100));
    for await (const listed of other.source.all!({})) expect(listed.createdAt).toEqual(task.createdAt);
  });

  test('is asked for in small letters, wherever its id was copied from', async () => {
    const made = rig.fake.addPrompt({ id: 'abcdef01-1111-4222-8333-9a9b9c9d9e9f' });
    expect((await rig.list(made.id.toUpperCase())).task.id).toBe(made.id);
    expect(rig.asked()).toEqual([`/api/jobs/${made.id}`]);
  });

  test('that is not there is E_NOT_FOUND, and no other way is tried', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    await expect(rig.list(unknown)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `reading ${unknown}: Job not found (HTTP 404)`,
    });
    expect(rig.asked()).toEqual([`/api/jobs/${unknown}`]);
  });

  test('is in the history, page by page', async () => {
    const all = rig.fake.addPrompts(150).map(({ id }) => id);
    const found: string[] = [];
    for await (const { id } of rig.source.all!({})) found.push(id);
    expect(found).toEqual(all.reverse());
    expect(rig.asked()).toHaveLength(2);
  });

  test('is had by a link of the browser, and so is a single file', async () => {
    const made = rig.fake.addPrompt();
    expect((await rig.list(`http://${rig.host}/api/jobs/${made.id}`)).task.id).toBe(made.id);
    const { items } = await rig.list(`http://${rig.host}/api/view?filename=${made.files[0]!.cloudName}`);
    expect(sha256Of(await rig.fetchBytes(items[0]!))).toBe(sha256(made.files[0]!.bytes));
    await expect(rig.list(`http://${rig.host}/api/view?filename=none.png`)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
    });
    expect(rig.fake.leaks()).toEqual([]);
  });
});

describe('links to files of Comfy Cloud', () => {
  test('are asked for with one byte, and are at hand until shortly before their end', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    const first = await urlOf(item!);
    const asked = rig.fake.requests.find(({ target }) => target.startsWith('/api/view'))!;
    expect(Object.fromEntries(new URL(asked.target, 'http://x').searchParams)).toEqual({
      filename: made.files[0]!.cloudName,
      subfolder: '',
      type: 'output',
    });
    expect(new URL(first).host).toBe(rig.mediaHost);
    expect(rig.fake.requests.at(-1)).toMatchObject({ host: 'media', headers: { range: 'bytes=0-0' } });
    await rig.clock.advance(59 * 60_000);
    expect(await urlOf(item!)).toBe(first);
    await rig.clock.advance(45_000);
    expect(await urlOf(item!)).not.toBe(first);
    expect(rig.viewed().filter((asked) => asked.startsWith('cloud'))).toHaveLength(2);
  });

  test('that ran out while they waited are renewed once', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    const old = await urlOf(item!);
    await rig.clock.advance(2 * 3_600_000);
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.files[0]!.bytes));
    expect(await urlOf(item!)).not.toBe(old);
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('are renewed by asking for that one file, and for nothing else', async () => {
    const { items } = await rig.list(rig.fake.addPrompt({ outputs: [{ count: 3 }] }).id);
    const before = rig.asked().length;
    await Promise.all(items.map((item) => urlOf(item, true)));
    expect(rig.asked()).toHaveLength(before);
    expect(rig.viewed().filter((asked) => asked.startsWith('cloud'))).toHaveLength(3);
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('that the store refuses before their time are renewed once', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    await urlOf(item!);
    rig.fake.faults.inject({ host: 'media', what: { kind: 'status', status: 403, body: '<Error/>' } });
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.files[0]!.bytes));
    expect(rig.viewed().filter((asked) => asked.startsWith('cloud'))).toHaveLength(2);
  });

  test('whose end cannot be read are asked for each time', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    const to = `http://${rig.mediaHost}/plain`;
    rig.fake.faults.inject({ path: /api\/view/u, count: 9, what: { kind: 'redirect', to } });
    rig.fake.faults.inject({ host: 'media', count: 9, what: { kind: 'status', status: 206, body: 'x' } });
    expect(await rig.source.locate(item!, { renew: false })).toEqual({ kind: 'request', url: to });
    await urlOf(item!);
    expect(rig.viewed().filter((asked) => asked.startsWith('cloud'))).toHaveLength(2);
  });

  test('a file that the service sends itself is taken as it comes', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    const change = () => ({ status: 200, headers: { 'Content-Type': 'image/png' }, body: made.files[0]!.bytes });
    rig.fake.faults.inject({ path: /api\/view/u, count: 9, what: { kind: 'changed', change } });
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.files[0]!.bytes));
    const part = () => ({ ...change(), status: 206, body: Buffer.from('x') });
    rig.fake.faults.clear();
    rig.fake.faults.inject({ path: /api\/view/u, what: { kind: 'changed', change: part } });
    rig.fake.faults.inject({ path: /api\/view/u, hit: 2, what: { kind: 'changed', change } });
    expect(await rig.source.locate(item!, { renew: true })).toMatchObject({
      kind: 'bytes',
      bytes: made.files[0]!.bytes,
    });
  });

  test('a redirect to a private address is not followed', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.faults.inject({ path: /api\/view/u, what: { kind: 'redirect', to: 'http://169.254.169.254/latest' } });
    await expect(rig.source.locate(item!, { renew: false })).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS' });
  });

  test('an abort while the store answers nothing ends the question', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.faults.inject({ host: 'media', what: { kind: 'stall', when: 'before' } });
    const controller = new AbortController();
    const work = rig.source.locate(item!, { renew: false, signal: controller.signal });
    while (rig.fake.requests.at(-1)?.host !== 'media') await new Promise(setImmediate);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('the key', () => {
  test('that is missing ends the run, and says where one is made', async () => {
    const other = await open({ credential: null });
    await expect(other.list('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      hint: expect.stringContaining('platform.comfy.org'),
    });
  });

  test('that was replaced meanwhile ends the run in the words of the service', async () => {
    rig.fake.rotateCloudKey();
    await expect(rig.source.check?.()).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('Invalid API key'),
    });
    expect(rig.asked()).toEqual(['/api/jobs?limit=1']);
  });

  test.each([
    ['without-credits', 'Insufficient credits', 'no credits'],
    ['inactive', 'User has not paid', 'a subscription'],
  ] as const)('of an account that is %s ends the run at once', async (state, words, hint) => {
    rig.fake.setCloudAccount(state);
    await expect(rig.list('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      retryable: false,
      message: expect.stringContaining(words),
      hint: expect.stringContaining(hint),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test('without a subscription is told so at once where the words are of generating', async () => {
    const body = JSON.stringify({
      code: 'SUBSCRIPTION_REQUIRED',
      message: 'An active subscription is required to generate images',
    });
    rig.fake.faults.inject({ count: 9, what: { kind: 'status', status: 429, body } });
    await expect(rig.list('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      hint: expect.stringContaining('a subscription'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test.each([
    ['RATE_LIMITED', 'Rejected'],
    ['rateLimited', 'Rejected'],
    ['REJECTED', 'The rate of your requests is too high'],
    ['too_many_requests', 'Rejected'],
    ['REJECTED', 'Please slow down'],
  ])('asked to slow down by %s, %s, the source tries again though no time is told', async (code, message) => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: { kind: 'status', status: 429, body: JSON.stringify({ code, message }) } });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.clock.waits).toHaveLength(1);
  });

  test('asked to slow down, the source waits as long as it is told', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter: '17' } });
    await rig.list(made.id);
    expect(rig.clock.waits).toEqual([17_000]);
  });
});

describe('whether a base URL is Comfy Cloud’s', () => {
  const KEY = 'comfyui-7c1f90ad6be24351c8f2d07e94a1b6358e2d4f7a';

  /** What the source asks of that base URL first, and with which key. */
  async function askedAt(baseUrl: string): Promise<{ url: string; key: string | undefined }[]> {
    const asked: { url: string; key: string | undefined }[] = [];
    const clock = new VirtualClock();
    const http = createServiceHttp({
      client: {
        async open({ url, secretsFor }) {
          asked.push({ url, key: secretsFor?.(new URL(url).origin)?.['x-api-key'] });
          return {
            status: 200,
            headers: {},
            url,
            body: (async function* () {
              yield Buffer.from('{"jobs":[]}');
            })(),
            discard: () => undefined,
          };
        },
        close: () => undefined,
      },
      plugin: 'comfyui',
      baseUrl,
      credential: async () => headerOf(descriptor.credentials!, KEY),
      maxBytes: 1_000_000,
      retry: { sleep: clock.sleep },
      now: clock.now,
    });
    const body = await descriptor.load();
    const source = body.create({
      http,
      baseUrl,
      secrets: memorySecrets(),
      redact: () => undefined,
      resolvePath: (typed) => typed,
      options: {},
      ask: nobody(),
      progress: () => undefined,
      warn: () => undefined,
      debug: () => undefined,
      now: clock.now,
      sleep: clock.sleep,
    });
    await source.check?.();
    return asked;
  }

  test('is told by its host: there the key goes along', async () => {
    expect(await askedAt('https://cloud.comfy.org')).toEqual([
      { url: 'https://cloud.comfy.org/api/jobs?limit=1', key: KEY },
    ]);
  });

  test.each(['http://127.0.0.1:8188', 'https://cloud.comfy.org.example.org', 'https://comfy.org'])(
    '%s is a server of one’s own, and sees no key',
    async (baseUrl) => {
      expect(await askedAt(baseUrl)).toEqual([{ url: `${baseUrl}/system_stats`, key: undefined }]);
    },
  );
});
