import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { PUBLIC_HOST } from './index.js';
import { type GenerationRecord, json, useFakeDalle2 } from './session.js';

const session = useFakeDalle2();
const { api, firstLink, post, readTask } = session;
const MINUTE = 60_000;

describe('a link', () => {
  const time = '2022-09-30T\\d\\d%3A\\d\\d%3A\\d\\dZ';

  test('has its parameters in the order and the escaping of the service', async () => {
    const url = await firstLink();
    const guid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
    expect(url).toMatch(
      new RegExp(
        `^${session.blobOrigin}/private/user-\\w{24}/generations/generation-\\w{24}/image\\.webp\\?st=${time}&se=${time}&sp=r` +
          `&sv=2021-08-06&sr=b&rscd=inline&rsct=image/webp&skoid=${guid}&sktid=${guid}&skt=\\S+?&ske=\\S+?&sks=b&skv=2021-08-06` +
          '&sig=[A-Za-z0-9/%]+%3D$',
        'u',
      ),
    );
    const signature = url.slice(url.indexOf('&sig=') + 5);
    expect(signature).toContain('%2B');
    expect(signature).toContain('/');
  });

  test('lives 59 minutes before and after the answer', async () => {
    const { searchParams } = new URL(await firstLink());
    expect(searchParams.get('st')).toBe('2022-09-30T11:01:00Z');
    expect(searchParams.get('se')).toBe('2022-09-30T12:59:00Z');
  });

  test('is another one in every answer, and the older ones stay good', async () => {
    const links = [await firstLink(), await firstLink(), await firstLink()];
    expect(new Set(links).size).toBe(3);
    for (const link of links) expect((await exchange(link)).status).toBe(200);
  });

  test('is refused in any other spelling of the same query', async () => {
    const url = await firstLink();
    const { href } = new URL(url);
    const decoded = new URL(url);
    decoded.search = new URLSearchParams(decoded.search).toString();
    expect(href).toBe(url);
    for (const other of [
      decoded.href,
      url.replaceAll('%3A', ':'),
      url.replace('%2B', '%2b'),
      `${url}&`,
      url.replace(/\?.*$/u, ''),
    ]) {
      expect(other).not.toBe(url);
      expect((await exchange(other)).status).toBe(403);
    }
  });

  test('is no good for another picture', async () => {
    const record = await readTask(session.fake.addTask());
    const [first, second] = record.generations!.data.map(({ generation }) => generation.image_path.split('?'));
    expect((await exchange(`${first![0]}?${second![1]}`)).status).toBe(403);
  });

  test('is refused in the words of Azure once it has run out', async () => {
    const url = await firstLink();
    session.fake.clock.advance(59 * MINUTE - 1_000);
    expect((await exchange(url)).status).toBe(200);
    session.fake.clock.advance(1_000);
    const { status, headers, body } = await exchange(url);
    expect(status).toBe(403);
    expect(headers).toMatchObject({ 'content-type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' });
    const text = body.toString('utf8');
    expect(text).toMatch(/^\ufeff<\?xml version="1\.0" encoding="utf-8"\?><Error><Code>AuthenticationFailed<\/Code>/u);
    expect(text).toContain('Start [Fri, 30 Sep 2022 11:01:00 GMT] - Expiry [Fri, 30 Sep 2022 12:59:00 GMT]');
    expect((await exchange(await firstLink())).status).toBe(200);
  });
});

describe('a picture', () => {
  test('comes with the headers of Azure and a digest of its bytes', async () => {
    const { status, headers, body } = await exchange(await firstLink());
    expect(status).toBe(200);
    expect(body.equals(session.fake.tasks[0]!.generations[0]!.picture)).toBe(true);
    expect(body.subarray(8, 12).toString('latin1')).toBe('WEBP');
    expect(headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(body.length),
      'content-md5': createHash('md5').update(body).digest('base64'),
      etag: expect.stringMatching(/^"0x8DA[0-9A-F]{12}"$/u),
      'last-modified': 'Fri, 30 Sep 2022 12:00:15 GMT',
      'accept-ranges': 'bytes',
    });
  });

  test('is another file, a PNG, from /download', async () => {
    const { generations } = session.fake.addTask();
    const { status, headers, body } = await api(`/generations/${generations[0]!.id}/download`);
    expect([status, headers['content-type']]).toEqual([200, 'image/png']);
    expect(body.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect((await api(`/generations/${generations[0]!.id}/download`, {})).status).toBe(401);
  });

  test('comes in parts as long as it has not changed', async () => {
    const url = await firstLink();
    const { headers, body } = await exchange(url);
    const part = await exchange(url, { headers: { Range: 'bytes=100-', 'If-Range': String(headers.etag) } });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 100-${body.length - 1}/${body.length}`);
    expect(part.headers).not.toHaveProperty('content-md5');
    expect(Buffer.concat([body.subarray(0, 100), part.body]).equals(body)).toBe(true);
    const middle = await exchange(url, { headers: { Range: 'bytes=10-19' } });
    expect(middle.body.equals(body.subarray(10, 20))).toBe(true);
    const changed = await exchange(url, { headers: { Range: 'bytes=100-', 'If-Range': '"0x8DA000000000000"' } });
    expect([changed.status, changed.body.length]).toEqual([200, body.length]);
  });

  test('refuses a part behind its end and answers conditions', async () => {
    const url = await firstLink();
    const { headers, body } = await exchange(url);
    const behind = await exchange(url, { headers: { Range: `bytes=${body.length}-` } });
    expect([behind.status, behind.headers['content-range']]).toEqual([416, `bytes */${body.length}`]);
    expect((await exchange(url, { headers: { 'If-None-Match': String(headers.etag) } })).status).toBe(304);
    expect((await exchange(url, { headers: { 'If-Match': '"other"' } })).status).toBe(412);
    const head = await exchange(url, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(body.length), 0]);
  });

  test('is shown to everybody once it is shared', async () => {
    const { generations } = session.fake.addTask();
    const { id, picture } = generations[0]!;
    expect((await api(`/public/generations/${id}`, {})).status).toBe(404);
    expect(json<GenerationRecord>(await post(`/generations/${id}/share`, {})).is_public).toBe(true);
    const shared = json<GenerationRecord & { prompt: object; user: object }>(
      await api(`/public/generations/${id}`, {}),
    );
    const { image_path: url } = shared.generation;
    expect(url).toMatch(new RegExp(`^https://${PUBLIC_HOST}/user-\\w+/generations/${id}/image.webp$`, 'u'));
    const { body } = await exchange(url.replace(`https://${PUBLIC_HOST}`, session.blobOrigin));
    expect(body.equals(picture)).toBe(true);
  });

  test('can be saved into the collection, whose list is paged like the history', async () => {
    const { generations } = session.fake.addTask();
    const ids = generations.map(({ id }) => id);
    expect(json(await post('/collections/private/generations', { generation_ids: ids }))).toMatchObject({
      alias: 'private',
    });
    const list = json<{ data: GenerationRecord[]; total_pages: number }>(
      await api('/collections/private/generations?page=2&limit=3'),
    );
    expect([list.data.map(({ id }) => id), list.total_pages]).toEqual([[ids[0]], 2]);
  });
});
