import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { json, useFakeComfyUi } from './session.js';

const session = useFakeComfyUi();
const { server } = session;

describe('a file', () => {
  test('comes byte for byte, with its name and both graphs inside', async () => {
    const { files, graph } = session.fake.addPrompt({ text: 'première', seed: '7' });
    const { status, headers, body } = await server('/view?filename=ComfyUI_00001_.png&type=output&subfolder=');
    expect([status, body.equals(files[0]!.bytes)]).toEqual([200, true]);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'filename="ComfyUI_00001_.png"',
      'x-content-type-options': 'nosniff',
      etag: expect.any(String),
    });
    const text = body.toString('latin1');
    expect(text).toContain('tEXtprompt\0{"3":');
    expect(text).toContain('tEXtworkflow\0{"id":');
    expect(text).toContain('"text":"premi\\u00e8re"');
    expect(Object.keys(graph)).toContain('9');
  });

  test('that is an animated WebP has the graphs in its Exif', async () => {
    session.fake.addPrompt({ outputs: [{ kind: 'animated-webp' }] });
    const { headers, body } = await server('/api/view?filename=ComfyUI_00001_.webp');
    expect(headers['content-type']).toBe('image/webp');
    expect(body.readUInt32LE(4)).toBe(body.length - 8);
    expect(body.toString('latin1')).toMatch(/EXIF.*workflow:\{"id".*prompt:\{"3"/su);
  });

  test('has no graphs where the server writes none', async () => {
    await session.restartWith({ embedsGraphs: false });
    session.fake.addPrompt();
    expect((await server('/view?filename=ComfyUI_00001_.png')).body.toString('latin1')).not.toContain('tEXtprompt');
  });

  test('lies in its folder and subfolder, the output folder unless said otherwise', async () => {
    session.fake.addPrompt({ outputs: [{ subfolder: 'kites/red' }, { kind: 'preview' }] });
    const preview = 'ComfyUI_temp_qhxzc_00001_.png';
    const statuses = async (...queries: string[]) =>
      Promise.all(queries.map(async (query) => (await server(`/view?${query}`)).status));
    expect(
      await statuses(
        'filename=ComfyUI_00001_.png&subfolder=kites/red',
        'filename=ComfyUI_00001_.png&subfolder=kites/../kites/red',
        `filename=${preview}&type=temp`,
        `filename=${preview}%20[temp]`,
      ),
    ).toEqual([200, 200, 200, 200]);
    expect(await statuses('filename=ComfyUI_00001_.png', `filename=${preview}`, 'filename=blake3:00', '')).toEqual([
      404, 404, 404, 404,
    ]);
    expect(await statuses('filename=', 'filename=/etc/x', 'filename=../x', 'filename=x&type=secret')).toEqual([
      400, 400, 400, 400,
    ]);
    expect(await statuses('filename=x&subfolder=../..', 'filename=x&subfolder=/etc')).toEqual([403, 403]);
  });

  test('is refused without a word', async () => {
    expect((await server('/view?filename=nothing.png')).body).toHaveLength(0);
  });

  test('comes in parts', async () => {
    const { files } = session.fake.addPrompt();
    const { status, headers, body } = await server('/view?filename=ComfyUI_00001_.png', { Range: 'bytes=10-' });
    expect([status, headers['content-range']]).toEqual([
      206,
      `bytes 10-${files[0]!.bytes.length - 1}/${files[0]!.bytes.length}`,
    ]);
    expect(body.equals(files[0]!.bytes.subarray(10))).toBe(true);
  });

  test('loses its graphs as a preview or by its channel', async () => {
    session.fake.addPrompt();
    for (const [query, type] of [
      ['preview=webp;90', 'image/webp'],
      ['channel=rgb', 'image/png'],
    ]) {
      const { headers, body } = await server(`/view?filename=ComfyUI_00001_.png&${query}`);
      expect(headers['content-type']).toBe(type);
      expect(body.toString('latin1')).not.toContain('tEXtprompt');
    }
  });

  test('that a browser would execute is an attachment without a type', async () => {
    session.fake.addPrompt({ outputs: [{ filename: 'page.html', bytes: Buffer.from('<b>') }] });
    expect((await server('/view?filename=page.html')).headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="page.html"',
    });
  });

  test('of a video has a picture beside it', async () => {
    session.fake.addPrompt({ outputs: [{ kind: 'gif' }] });
    expect((await server('/view?filename=AnimateDiff_00001.mp4')).headers['content-type']).toBe('video/mp4');
    expect((await server('/view?filename=AnimateDiff_00001.png')).body.toString('latin1')).toContain('tEXtprompt');
  });

  test('has its name taken by another once the folder was emptied', async () => {
    const old = session.fake.addPrompt();
    session.fake.emptyOutputFolder();
    expect((await server('/view?filename=ComfyUI_00001_.png')).status).toBe(404);
    const fresh = session.fake.addPrompt();
    expect(fresh.outputs).toEqual(old.outputs);
    const { body } = await server('/view?filename=ComfyUI_00001_.png');
    expect([body.equals(fresh.files[0]!.bytes), body.equals(old.files[0]!.bytes)]).toEqual([true, false]);
    session.fake.removeFile(fresh.files[0]!);
    expect((await server('/view?filename=ComfyUI_00001_.png')).status).toBe(404);
  });
});

describe('the server', () => {
  test('refuses pages of other origins', async () => {
    const own = new URL(session.serverUrl).host;
    expect((await server('/history', { Origin: 'http://example.com' })).status).toBe(403);
    expect((await server('/history', { Origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await server('/history', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await server('/history', { Origin: `http://${own}` })).status).toBe(200);
  });

  test('tells what it is', async () => {
    expect(json(await server('/system_stats'))).toMatchObject({ system: { comfyui_version: '0.33.1' } });
  });

  test('knows a path with another method and says so', async () => {
    expect((await server('/upload/image')).status).toBe(404);
    const { status, headers } = await session.post('/view', {});
    expect([status, headers.allow]).toEqual([405, 'GET']);
  });

  test('compresses where it was told to and a client asks for it', async () => {
    await session.restartWith({ compresses: true });
    const plain = (await server('/history')).body;
    const { headers, body } = await server('/history', { 'Accept-Encoding': 'gzip, br' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).equals(plain)).toBe(true);
  });

  test('may stand behind a proxy that asks for a header', async () => {
    const requiredHeaders = { Authorization: 'Basic c3R1ZGlvOnNlY3JldA==' };
    await session.restartWith({ requiredHeaders });
    expect((await server('/history')).status).toBe(401);
    expect((await server('/history', requiredHeaders)).status).toBe(200);
    expect(session.fake.leaks()).toEqual([]);
  });
});
