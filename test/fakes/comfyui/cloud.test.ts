import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { CLOUD_HOST, CLOUD_MEDIA_HOST, createFakeComfyUi } from './index.js';
import { json, START, useFakeComfyUi } from './session.js';

const session = useFakeComfyUi();
const { cloud, cloudLink, server } = session;

interface Jobs {
  jobs: Record<string, unknown>[];
  pagination: Record<string, unknown>;
}

describe('the key', () => {
  test('is asked for everywhere', async () => {
    for (const headers of [
      {},
      { 'X-API-Key': 'comfyui-other' },
      { Authorization: `Bearer ${session.fake.cloudKey}` },
    ]) {
      const answer = await cloud('/api/jobs', headers);
      expect([answer.status, json(answer)]).toEqual([401, { code: 'UNAUTHORIZED', message: expect.any(String) }]);
    }
  });

  test('after a rotation only the new one is good', async () => {
    const old = session.fake.cloudKey;
    const fresh = session.fake.rotateCloudKey();
    expect((await cloud('/api/jobs', { 'X-API-Key': old })).status).toBe(401);
    expect((await cloud('/api/jobs', { 'X-API-Key': fresh })).status).toBe(200);
  });

  test('is no good without a subscription or credits', async () => {
    session.fake.setCloudAccount('inactive');
    expect((await cloud('/api/jobs')).status).toBe(429);
    session.fake.setCloudAccount('without-credits');
    expect((await cloud('/api/jobs')).status).toBe(402);
    session.fake.setCloudAccount('active');
    expect((await cloud('/api/jobs')).status).toBe(200);
  });

  test('leaks where it reaches the store or a server of one’s own', async () => {
    const link = await cloudLink();
    await exchange(link);
    expect(session.fake.leaks()).toEqual([]);
    const key = { 'X-API-Key': session.fake.cloudKey };
    expect((await exchange(link, { headers: key })).status).toBe(403);
    await server('/history', key);
    expect(session.fake.leaks().map(({ host }) => host)).toEqual(['media', 'server']);
  });
});

describe('the jobs', () => {
  test('come in pages of at most 1,000, by default of 100', async () => {
    session.fake.addPrompts(130);
    const { jobs, pagination } = json<Jobs>(await cloud('/api/jobs'));
    expect([jobs.length, pagination]).toEqual([100, { offset: 0, limit: 100, total: 130, has_more: true }]);
    expect(json<Jobs>(await cloud('/api/jobs?offset=100')).pagination).toMatchObject({ has_more: false });
    expect((await cloud('/api/jobs?limit=1001')).status).toBe(400);
    expect((await cloud('/api/jobs?sort_by=created_at')).status).toBe(400);
    expect((await cloud('/api/jobs?sort_by=execution_time')).status).toBe(200);
  });

  test('can be asked for by the kind of their files', async () => {
    session.fake.addPrompt();
    const video = session.fake.addPrompt({ outputs: [{ kind: 'video' }] });
    expect(json<Jobs>(await cloud('/api/jobs?output_type=video')).jobs).toMatchObject([{ id: video.id }]);
    expect((await cloud('/api/jobs?output_type=text')).status).toBe(400);
  });

  test('have times in seconds and milliseconds side by side, and files that are named by digests', async () => {
    const { id, files } = session.fake.addPrompt({ outputs: [{ subfolder: 'kites' }] });
    const filename = files[0]!.cloudName;
    expect(filename).toMatch(/^[0-9a-f]{64}\.png$/u);
    const job = json<Record<string, unknown>>(await cloud(`/api/jobs/${id}`));
    expect(job).toMatchObject({
      create_time: Math.floor(START / 1000),
      update_time: Math.floor((START + 9_100) / 1000),
      execution_start_time: START + 100,
      outputs: { 9: { images: [{ filename, subfolder: 'kites', type: 'output' }] } },
      preview_output: { filename },
      workflow: { prompt: expect.any(Object) },
      execution_meta: { 9: { node_id: '9' } },
    });
    await session.restartWith({ cloudTimes: 'milliseconds' });
    session.fake.addPrompt();
    expect(json<Jobs>(await cloud('/api/jobs')).jobs[0]).toMatchObject({ create_time: START });
  });

  test('outlive a restart of one’s own server, and unknown ones are not found', async () => {
    const { id } = session.fake.addPrompt();
    session.fake.restart();
    expect((await cloud(`/api/jobs/${id}`)).status).toBe(200);
    const answer = await cloud('/api/jobs/nothing');
    expect([answer.status, json(answer)]).toEqual([404, { code: 'NOT_FOUND', message: 'Job not found' }]);
  });

  test('are also in the deprecated history, newest first', async () => {
    const [first, second] = session.fake.addPrompts(2);
    const { history } = json<{ history: Record<string, unknown>[] }>(await cloud('/api/history_v2?max_items=1'));
    expect(history).toMatchObject([{ prompt_id: second!.id, create_time: START }]);
    expect(json(await cloud(`/api/history_v2/${first!.id}`))).toMatchObject({
      [first!.id]: { prompt: { prompt: expect.any(Object) } },
    });
    expect((await cloud('/api/history_v2/nothing')).status).toBe(404);
  });
});

describe('a file', () => {
  test('is a redirect to a signed link, whatever the subfolder', async () => {
    const { files } = session.fake.addPrompt();
    const answer = await cloud(`/api/view?filename=${files[0]!.cloudName}&subfolder=anything&type=output`);
    expect([answer.status, answer.body.length]).toEqual([302, 0]);
    const link = String(answer.headers.location);
    expect(link.startsWith(`${session.mediaOrigin}/`)).toBe(true);
    const { status, body } = await exchange(link);
    expect([status, body.equals(files[0]!.bytes)]).toEqual([200, true]);
    expect((await cloud(`/api/view?filename=${files[0]!.filename}`)).status).toBe(404);
  });

  test('is refused by the store with other credentials, another query or a link that has run out', async () => {
    const link = await cloudLink();
    expect((await exchange(link, { headers: { Authorization: 'Bearer x' } })).status).toBe(400);
    expect((await exchange(`${link}0`)).status).toBe(403);
    session.fake.clock.advance(3_600_000);
    const { status, body } = await exchange(link);
    expect([status, body.toString()]).toEqual([400, expect.stringContaining('<Code>ExpiredToken</Code>')]);
    expect((await exchange(await cloudLink())).status).toBe(200);
  });
});

test('a fault hits the host that it is meant for', async () => {
  const link = await cloudLink();
  session.fake.faults.inject({ host: 'media', what: { kind: 'status', status: 503 } });
  session.fake.faults.inject({ host: 'cloud', what: { kind: 'rate-limit', retryAfter: '7' } });
  expect((await exchange(link)).status).toBe(503);
  const { status, headers } = await cloud('/api/jobs');
  expect([status, headers['retry-after']]).toEqual([429, '7']);
  expect((await cloud('/api/jobs')).status).toBe(200);
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeComfyUi();
  const proxy = await startProxy({
    hosts: { [CLOUD_HOST]: fake.cloudListener, [CLOUD_MEDIA_HOST]: fake.mediaListener },
  });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const { files } = fake.addPrompt();
    const headers = { 'X-API-Key': fake.cloudKey };
    const view = await exchange(`https://${CLOUD_HOST}/api/view?filename=${files[0]!.cloudName}`, { headers, agent });
    expect(view.headers.location).toMatch(/^https:\/\/storage\.googleapis\.com\/.*X-Goog-Signature=/u);
    expect((await exchange(view.headers.location!, { agent })).body.equals(files[0]!.bytes)).toBe(true);
  } finally {
    agent.destroy();
    await proxy.close();
  }
});
