import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { CONTENT_HOST, createFakeCivitai, ORCHESTRATOR_HOST } from './index.js';
import { type BlobRecord, DAY, json, MINUTE, useFakeCivitai, type WorkflowRecord } from './session.js';

const session = useFakeCivitai();
const { api, pictures } = session;

async function firstBlob(): Promise<BlobRecord> {
  const [workflow = session.fake.addWorkflow()] = session.fake.workflows();
  return (await pictures(workflow))[0]!;
}

async function follow(url: string): Promise<string> {
  return String((await exchange(url)).headers.location);
}

describe('a signed link', () => {
  test('redirects for good to a store that has the bytes', async () => {
    const { id, url } = await firstBlob();
    expect(url!.startsWith(`${session.origins.orchestratorOrigin}/v2/consumer/blobs/${id}?sig=`)).toBe(true);
    const answer = await exchange(url!);
    expect([answer.status, answer.body.length]).toEqual([308, 0]);
    expect(answer.headers.location!.startsWith(`${session.origins.contentOrigin}/`)).toBe(true);
    const { status, headers, body } = await exchange(answer.headers.location!);
    expect([status, headers['content-type']]).toEqual([200, 'image/jpeg']);
    expect(body.equals(session.fake.blob(id)!.bytes)).toBe(true);
  });

  test('dies after five minutes, and so does the link to the store', async () => {
    const { url, urlExpiresAt } = await firstBlob();
    expect(urlExpiresAt).toBe('2026-11-20T09:35:12Z');
    const stored = await follow(url!);
    session.fake.clock.advance(5 * MINUTE);
    const refused = await exchange(url!);
    expect([refused.status, refused.headers['content-type']]).toEqual([403, 'application/problem+json']);
    const { status, body } = await exchange(stored);
    expect([status, body.toString()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
  });

  test('is another one in every answer, so that the workflow renews it', async () => {
    const first = await firstBlob();
    session.fake.clock.advance(10 * MINUTE);
    const second = await firstBlob();
    expect([second.id, second.url === first.url]).toEqual([first.id, false]);
    expect((await exchange(await follow(second.url!))).status).toBe(200);
  });

  test('is no good with another signature or for another blob', async () => {
    const [first, second] = await pictures(session.fake.addWorkflow());
    expect((await exchange(first!.url!.replace(/sig=../u, 'sig=zz'))).status).toBe(403);
    expect((await exchange(first!.url!.replace(first!.id, second!.id))).status).toBe(403);
  });

  test('of the preview leads to another, smaller picture', async () => {
    const { id, previewUrl } = await firstBlob();
    const { body } = await exchange(await follow(previewUrl!));
    expect(body.length).toBeLessThan(session.fake.blob(id)!.bytes.length);
  });

  test('is refused by the store where the key comes with it, which is told of', async () => {
    const { url } = await firstBlob();
    const stored = await follow(url!);
    await exchange(stored);
    expect(session.fake.leaks()).toEqual([]);
    expect((await exchange(stored, { headers: session.bearer() })).status).toBe(400);
    await exchange(stored, { headers: { 'X-Key': session.fake.key } });
    expect(session.fake.leaks().map(({ host }) => host)).toEqual(['content', 'content']);
  });

  test('comes in parts from the store', async () => {
    const { id, url } = await firstBlob();
    const { status, body } = await exchange(await follow(url!), { headers: { Range: 'bytes=100-' } });
    expect([status, body.equals(session.fake.blob(id)!.bytes.subarray(100))]).toEqual([206, true]);
  });
});

describe('a blob', () => {
  test('can be had with the key alone, under a name', async () => {
    const { id } = await firstBlob();
    expect((await api(`/blobs/${id}`, {})).status).toBe(401);
    const answer = await api(`/blobs/${id}?download=true&filename=..%2Fred%20kite.jpeg`);
    expect(answer.status).toBe(308);
    const { headers } = await exchange(answer.headers.location!);
    expect(headers['content-disposition']).toBe('attachment; filename="red kite.jpeg"');
  });

  test('is shown by HEAD without a redirect to follow', async () => {
    const { id } = await firstBlob();
    const answer = await api(`/blobs/${id}`, session.bearer(), 'HEAD');
    expect([answer.status, answer.headers.location]).toEqual([204, expect.any(String)]);
  });

  test('that was blocked, got lost or is not of that workflow has no content', async () => {
    const workflow = session.fake.addWorkflow({ blobs: [{ blockedReason: 'csam' }, { available: false }, {}] });
    const [blocked, lost, good] = await pictures(workflow);
    expect(blocked).toMatchObject({ available: false, url: null, blockedReason: 'csam' });
    expect(lost).toMatchObject({ available: false, url: null, blockedReason: null });
    expect((await api(`/blobs/${blocked!.id}`)).status).toBe(403);
    expect((await api(`/blobs/${lost!.id}`)).status).toBe(404);
    expect((await api(`/blobs/${good!.id}?workflowId=other`)).status).toBe(404);
    expect((await api(`/blobs/${good!.id}?workflowId=${workflow.id}`)).status).toBe(308);
    expect((await api('/blobs/nothing.jpeg')).status).toBe(404);
  });

  test('beyond the level that was asked for, or without one, is refused', async () => {
    const [mature, unrated] = await pictures(
      session.fake.addWorkflow({ blobs: [{ nsfwLevel: 'r' }, { nsfwLevel: null }] }),
    );
    expect((await api(`/blobs/${mature!.id}?nsfwLevel=pg13`)).status).toBe(403);
    expect((await api(`/blobs/${mature!.id}?nsfwLevel=r`)).status).toBe(308);
    expect((await api(`/blobs/${unrated!.id}?nsfwLevel=xxx`)).status).toBe(403);
  });

  test('is thrown away after 30 days unless it is refreshed, which is told of', async () => {
    const [first, second] = await pictures(session.fake.addWorkflow());
    session.fake.clock.advance(29 * DAY);
    expect(session.fake.changes()).toEqual([]);
    const fresh = await api(`/blobs/${first!.id}/refresh`, session.bearer(), 'POST');
    expect(json(fresh)).toMatchObject({ id: first!.id, available: true, url: expect.any(String) });
    expect(session.fake.changes()).toMatchObject([{ method: 'POST', status: 200 }]);
    session.fake.clock.advance(2 * DAY);
    expect((await api(`/blobs/${first!.id}`)).status).toBe(308);
    expect((await api(`/blobs/${second!.id}`)).status).toBe(404);
    session.fake.clock.advance(30 * DAY);
    expect((await api(`/blobs/${first!.id}/refresh`, session.bearer(), 'POST')).status).toBe(404);
  });

  test('may be of any format, or what the test gives it', async () => {
    const bytes = Buffer.from('RIFF....');
    const workflow = session.fake.addWorkflow({ blobs: [{ format: 'png' }, { format: 'webp' }, { bytes }] });
    const records = await pictures(workflow);
    const files = await Promise.all(records.map(async ({ url }) => exchange(await follow(url!))));
    expect(files.map(({ headers }) => headers['content-type'])).toEqual(['image/png', 'image/webp', 'image/jpeg']);
    expect(files[2]!.body.equals(bytes)).toBe(true);
  });
});

test('a fault of the store leaves the orchestrator alone', async () => {
  const { url } = await firstBlob();
  const stored = await follow(url!);
  session.fake.faults.inject({ host: 'content', what: { kind: 'html', status: 403 } });
  session.fake.faults.inject({ host: 'orchestrator', path: /\/workflows$/u, what: { kind: 'rate-limit' } });
  expect((await exchange(stored)).status).toBe(403);
  expect((await exchange(stored)).status).toBe(200);
  const { status, headers, body } = await api('/workflows');
  expect([status, headers['retry-after'], JSON.parse(body.toString())]).toMatchObject([429, '1', { status: 429 }]);
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeCivitai();
  const proxy = await startProxy({
    hosts: { [ORCHESTRATOR_HOST]: fake.orchestratorListener, [CONTENT_HOST]: fake.contentListener },
  });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const { id } = fake.addWorkflow();
    const headers = { Authorization: `Bearer ${fake.key}` };
    const answer = await exchange(`https://${ORCHESTRATOR_HOST}/v2/consumer/workflows/${id}`, { headers, agent });
    const [blob] = json<WorkflowRecord>(answer).steps[0]!.output!.images!;
    expect(blob!.url).toMatch(/^https:\/\/orchestration\.civitai\.com\/v2\/consumer\/blobs\//u);
    const { headers: redirect } = await exchange(blob!.url!, { agent });
    const { body } = await exchange(redirect.location!, { agent });
    expect(body.equals(fake.blob(blob!.id)!.bytes)).toBe(true);
  } finally {
    agent.destroy();
    await proxy.close();
  }
});
