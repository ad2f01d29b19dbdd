import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { png } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

let rig: FolderRig;
beforeEach(() => {
  rig = openFolderRig();
});
afterEach(() => rig.close());

const image = (id: string) =>
  `"id": "${id}", "url": "https://ik.imagekit.io/x/${id}.png", "createdAt": "2023-11-14T22:11:20.000Z", "nsfw": false`;
const inference = (id: string) =>
  `"inferenceId": "${id}", "inferenceType": "TEXT_TO_IMAGE", "createdAt": "2024-04-04T23:29:15.431843", "inferencePayload": {"prompt": "a fern, ünï", "negativePrompt": "blurry", "modelId": "model-2", "lora": [{"id": "lora-0", "weight": 0.80}], "embeddingIds": ["emb-1"], "seed": 18446744073709551615, "outputWpx": 512, "outputHpx": 768, "guidanceScale": 7.0}`;

const pictureOf = (id: string) => png(8, 8, id.charCodeAt(4));

/** As the downloader writes it. */
function writeImage(id: string, job: string, model = '{"name": "Model 2", "id": "model-2"}'): void {
  rig.write(`gallery/${id}.png`, pictureOf(id), new Date('2023-11-14T22:11:20Z'));
  rig.record(
    `gallery/${id}_metadata.json`,
    `{${image(id)}, "inference_prefetch": {${inference(job)}}, "model_prefetch": ${model}}`,
  );
}
function writeInference(job: string, ...ids: readonly string[]): void {
  rig.record(
    `gallery/${job}_inference.json`,
    `{${inference(job)}, "images": [${ids.map((id) => `{${image(id)}}`).join(', ')}]}`,
  );
}
function writeGallery(): void {
  writeImage('img-b', 'inf-1');
  writeImage('img-a', 'inf-1');
  writeImage('img-c', 'inf-10', '{}');
  writeInference('inf-1', 'img-b', 'img-a');
  writeInference('inf-10', 'img-c');
  for (const name of ['model-2', 'lora-0', 'emb-1', 'model-9'])
    rig.record(`gallery/models/${name}.json`, `{"id": "${name}", "v": 1.0}`);
}

describe('an archive of the Happy Accidents downloader', () => {
  test('is one task a folder, whose items are those of their inferences', async () => {
    writeGallery();
    const { task, items } = await rig.only('./gallery');
    expect([task.source, task.id, task.count]).toEqual(['local-filesystem', 'gallery', 3]);
    expect(items.map(({ source, taskId, id, index }) => [source, taskId, id, index])).toEqual([
      ['happy-accidents', 'inf-1', 'img-b', 1],
      ['happy-accidents', 'inf-1', 'img-a', 2],
      ['happy-accidents', 'inf-10', 'img-c', 1],
    ]);
    const { raw, documents, ...facts } = items[0]!;
    expect(facts).toEqual({
      source: 'happy-accidents',
      taskId: 'inf-1',
      id: 'img-b',
      index: 1,
      mediaType: 'image/png',
      size: pictureOf('img-b').length,
      generation: {
        prompt: 'a fern, ünï',
        negativePrompt: 'blurry',
        model: 'Model 2',
        seed: '18446744073709551615',
        kind: 'TEXT_TO_IMAGE',
        width: 512,
        height: 768,
      },
      createdAt: new Date('2023-11-14T22:11:20.000Z'),
    });
    for (const number of [':18446744073709551615,', ':7.0}', ':0.80}']) expect(raw.json).toContain(number);
    expect(JSON.parse(raw.json)).toMatchObject({
      image: { id: 'img-b' },
      inference: { inferenceId: 'inf-1' },
      model: { id: 'model-2' },
    });
    expect(documents?.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'inference inf-1',
      'model model-2',
      'model lora-0',
      'model emb-1',
    ]);
    expect(documents?.[1]?.json).toBe('{"id":"model-2","v":1.0}');
    expect(items[1]!.documents![0]).toBe(documents![0]);
    expect(items[2]!.generation.model).toBe('model-2');
    expect(await rig.read(items[1]!)).toEqual(pictureOf('img-a'));
  });

  test('of one inference is the task of that', async () => {
    writeImage('img-a', 'inf-1');
    writeInference('inf-1', 'img-a');
    expect((await rig.list('./gallery')).map(({ task }) => [task.source, task.id])).toEqual([
      ['happy-accidents', 'inf-1'],
    ]);
  });

  test('is read without its inferences and models, in the order of its names', async () => {
    for (const id of ['img-10', 'img-9']) writeImage(id, 'inf-1');
    const items = await rig.items('./gallery');
    expect(items.map(({ id, index }) => [id, index])).toEqual([
      ['img-9', 1],
      ['img-10', 2],
    ]);
    expect(items[0]!.documents).toBeUndefined();
  });

  test('takes a picture as a plain one when its metadata is damaged or speaks of another picture', async () => {
    writeGallery();
    rig.write('gallery/img-a_metadata.json', '{"id": "img-a", ');
    rig.record('gallery/img-c_metadata.json', `{${image('img-x')}, "inference_prefetch": {${inference('inf-1')}}}`);
    rig.write('gallery/models/model-2.json', 'half');
    const items = await rig.items('./gallery');
    expect(items.map(({ source, id }) => [source, id])).toEqual([
      ['happy-accidents', 'img-b'],
      ['local-filesystem', 'img-a'],
      ['local-filesystem', 'img-c'],
    ]);
    expect(items[0]!.documents!.map(({ id }) => id)).toEqual(['inf-1', 'lora-0', 'emb-1']);
  });

  test('says which pictures of its metadata are not there', async () => {
    writeGallery();
    rig.record('gallery/img-z_metadata.json', `{${image('img-z')}}`);
    await rig.items('./gallery');
    expect(rig.warnings).toEqual([expect.stringMatching(/not there: img-z$/u)]);
  });

  const golden = fileURLToPath(new URL('../../../../shared/golden/happy-accidents/expected', import.meta.url));
  test('that the program itself wrote is read whole, where one is at hand', async () => {
    if (!existsSync(golden)) return;
    const items = await rig.items(golden);
    const pictures = readdirSync(golden).filter((name) => name.endsWith('.png'));
    expect(items.map(({ id }) => `${id}.png`).sort()).toEqual(pictures.sort());
    for (const item of items) {
      expect(item).toMatchObject({ source: 'happy-accidents', generation: { kind: expect.any(String) } });
      expect(item.documents![0]).toMatchObject({ kind: 'inference', id: item.taskId });
      expect(item.createdAt!.toISOString()).toMatch(/^2023-11-14T22:/u);
    }
    expect(rig.warnings).toEqual([]);
  });
});
