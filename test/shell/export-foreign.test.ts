import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256 } from '../support/digests.js';
import { type ExportRig, openExportRig } from '../support/export-rig.js';
import { gif, mp4, png } from '../support/pictures.js';

let rig: ExportRig;
beforeEach(async () => {
  rig = await openExportRig();
});
afterEach(() => rig.close());

describe('export of other archives', () => {
  test('of Imgur-archive writes the albums in their order, with sizes and digests of the bytes', async () => {
    rig.write(
      'imgur/aB3dE5f/metadata_aB3dE5f.json',
      '{"id": "aB3dE5f", "datetime": 1600000000, "title": "T", "n_media": 2}',
    );
    rig.write('imgur/aB3dE5f/script_aB3dE5f.json', '{"0": "wTHavZL", "1": "C0jJ4D0"}');
    rig.write(
      'imgur/aB3dE5f/descriptions_aB3dE5f.json',
      '{"wTHavZL": "Step 1"}{"wTHavZL": "Step one", "C0jJ4D0": null}',
    );
    rig.write('imgur/aB3dE5f/wTHavZL.png', png(8, 9, 1));
    rig.write('imgur/aB3dE5f/C0jJ4D0.mp4', mp4(2, 700));
    rig.write('imgur/scraping_logs.json', '\n{}\n{}');
    expect(await rig.toManifest('imgur')).toBe(0);
    const [first, second] = rig.linesOf('imgur/metadata.jsonl');
    expect(first).toEqual({
      file_name: 'aB3dE5f/wTHavZL.png',
      sha256: sha256(png(8, 9, 1)),
      size: png(8, 9, 1).length,
      width: 8,
      height: 9,
      media_type: 'image/png',
      source: 'imgur',
      task: 'aB3dE5f',
      id: 'wTHavZL',
      index: 1,
      title: 'Step one',
      created_at: '2020-09-13T12:26:40.000Z',
    });
    expect(second).toMatchObject({ file_name: 'aB3dE5f/C0jJ4D0.mp4', media_type: 'video/mp4', index: 2 });
  });

  test('of the Happy Accidents downloader writes prompt, model and seed, and captions', async () => {
    const payload = '{"prompt": "a fern", "negativePrompt": "blurry", "modelId": "m1", "seed": 18446744073709551615}';
    const inference = `"inferenceId": "inf-1", "inferencePayload": ${payload}`;
    for (const [position, id] of ['img-1', 'img-0'].entries()) {
      rig.write(`gallery/${id}.png`, png(8, 8, position));
      rig.write(
        `gallery/${id}_metadata.json`,
        `{"id": "${id}", "createdAt": "2023-11-14T22:11:20.000Z", "inference_prefetch": {${inference}}, "model_prefetch": {"name": "Model", "id": "m1"}}`,
      );
    }
    rig.write('gallery/inf-1_inference.json', `{${inference}, "images": [{"id": "img-1"}, {"id": "img-0"}]}`);
    rig.write('gallery/models/m1.json', '{}');
    expect(await rig.toManifest('gallery', '--captions')).toBe(0);
    const facts = { prompt: 'a fern', text: 'a fern', negative_prompt: 'blurry', model: 'Model', task: 'inf-1' };
    expect(rig.linesOf('gallery/metadata.jsonl')).toEqual([
      expect.objectContaining({
        ...facts,
        id: 'img-1',
        index: 1,
        seed: '18446744073709551615',
        source: 'happy-accidents',
      }),
      expect.objectContaining({ ...facts, id: 'img-0', index: 2 }),
    ]);
    expect(readFileSync(rig.path('gallery', 'img-0.txt'), 'utf8')).toBe('a fern');
  });

  test('of plain pictures writes what their bytes and names say', async () => {
    for (const name of ['img10.gif', 'img9.gif', 'a\\b.gif', 'twin.gif', 'twin.png', "o'dd & 100%.gif"])
      rig.write(`plain/${name}`, name.endsWith('png') ? png(4, 4, 1) : gif(name.length, 700));
    rig.write('plain/notes.txt', 'x');
    rig.write('plain/deep/er/img9.gif', gif(1, 700));
    expect(await rig.toManifest('plain')).toBe(0);
    expect(rig.namesIn('plain/metadata.jsonl')).toEqual([
      'a\\b.gif',
      'img9.gif',
      'img10.gif',
      "o'dd & 100%.gif",
      'twin.gif',
      'twin.png',
      'deep/er/img9.gif',
    ]);
    expect(rig.linesOf('plain/metadata.jsonl')[5]).toMatchObject({
      source: 'local-filesystem',
      task: 'plain',
      id: 'twin.png',
      index: 6,
      width: 4,
      sha256: sha256(png(4, 4, 1)),
    });
  });

  test('leaves out what is no whole picture, for all its name', async () => {
    rig.write('plain/good.png', png(8, 8, 1));
    rig.write('plain/page.png', '<!doctype html><title>x</title>');
    rig.write('plain/half.png', png(8, 8, 2).subarray(0, 60));
    rig.write('plain/old.bmp', Buffer.concat([Buffer.from('BM????\0\0\0\0', 'latin1'), Buffer.alloc(40)]));
    expect(await rig.toManifest('plain')).toBe(1);
    expect(rig.namesIn('plain/metadata.jsonl')).toEqual(['good.png', 'old.bmp']);
    expect(rig.failures()).toEqual([
      ['E_FORMAT', 'half', expect.stringContaining('half.png')],
      ['E_FORMAT', 'page', expect.stringContaining('HTML')],
    ]);
  });

  test('tells what its bytes say of every picture, where nothing reads other programs’ records', async () => {
    const bare = await openExportRig([]);
    try {
      bare.write('plain/a.png', png(8, 8, 1));
      expect(await bare.toManifest('plain')).toBe(0);
      const [line] = bare.linesOf('plain/metadata.jsonl');
      expect(Object.keys(line!)).toEqual(['file_name', 'sha256', 'size', 'width', 'height', 'media_type']);
    } finally {
      await bare.close();
    }
  });
});
