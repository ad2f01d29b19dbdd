import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedAfterEach } from '../../support/after-each.js';
import { type ComfyUiRig, openComfyUiRig } from '../../support/comfyui-rig.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let rig: ComfyUiRig;

const open = closedAfterEach(openComfyUiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

describe('which of the two ways a server knows', () => {
  test('is found out once, by asking for what is wanted anyway', async () => {
    const other = await open({ knowsJobs: false });
    const [first, second] = [other.fake.addPrompt(), other.fake.addPrompt()];
    await other.list(first.id);
    await other.list(second.id);
    for await (const _task of other.source.all!({}));
    expect(other.asked()).toEqual([
      `/api/jobs/${first.id}`,
      `/history/${first.id}`,
      `/history/${second.id}`,
      '/history?max_items=25',
    ]);
  });

  test('is not taken for the older one because a job is not there', async () => {
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({ message: expect.stringContaining('Job not found') });
    expect(rig.asked()).toEqual([`/api/jobs/${UNKNOWN}`]);
  });

  test('is not taken for the older one in an outage', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ count: 9, what: { kind: 'html', status: 502 } });
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    rig.fake.faults.clear();
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.asked().filter((path) => path.startsWith('/history'))).toEqual([]);
  });

  test('nothing that is asked changes anything, or says that it comes from a page', async () => {
    const other = await open({ knowsJobs: false });
    for (const each of [rig, other]) {
      const made = each.fake.addPrompt();
      await each.list(made.id);
      for await (const task of each.source.all!({}))
        for await (const item of task.items) await each.source.locate(item, { renew: true });
      expect(each.fake.changes()).toEqual([]);
      for (const { headers } of each.fake.requests) {
        expect([headers.origin, headers['sec-fetch-site']]).toEqual([undefined, undefined]);
      }
    }
  });
});

describe('a proxy before the server', () => {
  const secret = `Basic ${Buffer.from('me:my password').toString('base64')}`;

  test('is given the header that it asks for, for files too', async () => {
    const other = await open({
      requiredHeaders: { Authorization: secret },
      options: { header: `Authorization: ${secret}` },
    });
    const made = other.fake.addPrompt();
    const [item] = (await other.list(made.id)).items;
    const location = await other.source.locate(item!, { renew: false });
    expect(location).toMatchObject({ headers: { authorization: secret } });
    expect(JSON.stringify(item)).not.toContain(secret);
    expect(other.fake.leaks()).toEqual([]);
  });

  test('that asks for more says how it is given', async () => {
    const other = await open({ requiredHeaders: { Authorization: secret } });
    await expect(other.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      message: `reading ${UNKNOWN}: 401 Authorization Required (HTTP 401)`,
      hint: expect.stringContaining('--header'),
      reach: 'run',
    });
  });

  test.each(['Authorization', 'a b: c', 'x: a\nHost: b', 'Host: x', 'Origin: http://x', 'x-api-key: x', 'x:'])(
    'is not given %j, which is no header of its own',
    async (header) => {
      await expect(openComfyUiRig({ options: { header } })).rejects.toMatchObject({ code: 'E_USAGE' });
    },
  );
});

describe('outages', () => {
  test.each([
    ['a 502', { kind: 'status', status: 502 }],
    ['a page of HTML', { kind: 'html', status: 200 }],
    ['half of the JSON', { kind: 'shortened' }],
    ['nothing', { kind: 'empty' }],
    ['a reset before the answer', { kind: 'reset', when: 'before' }],
    ['a reset in the middle of the answer', { kind: 'reset', when: 'during' }],
  ] as const)('%s is tried again, also where the graph holds NaN', async (_name, what) => {
    const made = rig.fake.addPrompt({ notANumber: true });
    rig.fake.faults.inject({ count: 2, what });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.asked()).toHaveLength(3);
  });

  test('a server that answers pages only is given up', async () => {
    rig.fake.faults.inject({ count: 100, what: { kind: 'html', status: 200 } });
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      plugin: 'comfyui',
      retryable: true,
      message: `reading ${UNKNOWN}: the server answered a page of HTML where JSON belongs`,
    });
    expect(rig.asked()).toHaveLength(4);
  });

  test('what a crashed handler says is told', async () => {
    const body = '500 Internal Server Error\n\nServer got itself in trouble';
    const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
    rig.fake.faults.inject({ count: 100, what: { kind: 'status', status: 500, body, headers } });
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: `reading ${UNKNOWN}: 500 Internal Server Error Server got itself in trouble (HTTP 500)`,
    });
  });

  test('a request that is refused for good is not sent again', async () => {
    rig.fake.faults.inject({ count: 100, what: { kind: 'status', status: 400 } });
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', retryable: false });
    expect(rig.asked()).toHaveLength(1);
  });
});

test('the server tells which version it is', async () => {
  await expect(rig.source.check?.()).resolves.toBe('ComfyUI 0.33.1');
});

test('a server of one’s own is not given the key, although there is one', async () => {
  const made = rig.fake.addPrompt();
  await rig.list(made.id);
  await rig.source.check?.();
  for await (const _task of rig.source.all!({}));
  for (const { headers } of rig.fake.requests) expect(headers['x-api-key']).toBeUndefined();
  expect(rig.fake.leaks()).toEqual([]);
});
