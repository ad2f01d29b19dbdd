import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import layoutBody from '../../../sources/happy-accidents/layout.js';
import type { Item, SourceLayout } from '../../../src/plugin.js';
import { type HappyAccidentsRig, openHappyAccidentsRig } from '../../support/happy-accidents-rig.js';
import { listAll } from '../../support/listed.js';
import { EXPECTED, GOLDEN } from './golden.js';
import { LayoutFolder } from './layout-folder.js';

let rig: HappyAccidentsRig;
let folder: LayoutFolder;

beforeEach(async () => {
  // Links go on leading to the real image host, as in the golden tree; the images are on the loopback one.
  rig = await openHappyAccidentsRig({ elsewhere: true, extraFields: false });
  folder = new LayoutFolder();
});
afterEach(() => rig.shut());

const layout = (): SourceLayout => layoutBody.create({ extensionOf: () => 'bin' });

async function bytesOf(item: Item): Promise<Buffer> {
  const { bytes } = await rig.fetchBytes(item);
  const parts: Uint8Array[] = [];
  for await (const part of bytes.open()) parts.push(part);
  return Buffer.concat(parts);
}

/** The whole gallery, as a run of the program would save it. */
async function save(): Promise<Item[]> {
  const saved: Item[] = [];
  const own = layout();
  for (const { task, items } of await listAll(rig.source.all!({}))) {
    await folder.save(own, { id: task.id, items, complete: true }, bytesOf);
    saved.push(...items);
  }
  return saved;
}

describe('an archive of the same gallery as the original downloader had', () => {
  beforeEach(async () => {
    rig.fake.loadGolden(GOLDEN);
    await save();
  });

  test('has the same files under the same names', () => {
    expect([...folder.files.keys()].sort()).toEqual([...EXPECTED.keys()].sort());
    expect(folder.files.size).toBe(71);
  });

  test('has the same bytes in its images, and the same values in its documents', () => {
    for (const [path, { bytes }] of EXPECTED) {
      if (path.endsWith('.png')) expect(folder.files.get(path)?.bytes.equals(bytes)).toBe(true);
      else expect(JSON.parse(folder.text(path))).toEqual(JSON.parse(bytes.toString('utf8')));
    }
  });

  test('has documents that are worded in the same way, but for the order of what a model tells', () => {
    const others = [...EXPECTED].filter(([path]) => path.endsWith('.json') && !path.endsWith('_metadata.json'));
    expect(others).toHaveLength(19);
    for (const [path, { bytes }] of others) expect(folder.text(path)).toBe(bytes.toString('utf8'));
    for (const [path, { bytes }] of EXPECTED) {
      if (path.endsWith('_metadata.json')) expect(folder.text(path)).toHaveLength(bytes.length);
    }
  });

  test('has the same modification times, and none of its own where the original set none', () => {
    for (const [path, { modifiedAt }] of EXPECTED) {
      expect([path, folder.files.get(path)?.modifiedAt]).toEqual([path, modifiedAt]);
    }
  });

  test('is not written to again by a second run', async () => {
    folder.written.length = 0;
    await save();
    expect(folder.written).toEqual([]);
  });
});

describe('an archive that the original downloader began', () => {
  beforeEach(() => {
    rig.fake.loadGolden(GOLDEN);
    for (const { path, bytes, modifiedAt } of EXPECTED.values()) folder.put(path, bytes, modifiedAt);
  });

  test('is complete where it is complete: not a byte is written and no image is asked for', async () => {
    await save();
    expect(folder.written).toEqual([]);
    expect(rig.fake.requests.filter(({ host }) => host === 'image')).toEqual([]);
  });

  test('gets what is missing, and nothing else', async () => {
    const missing = ['img-3-2-b3gxFf.png', 'img-3-2-b3gxFf_metadata.json', 'models/lora-1.json'];
    for (const path of missing) folder.files.delete(path);
    await save();
    expect(folder.written.sort()).toEqual(missing);
    for (const path of missing) expect(folder.files.get(path)?.modifiedAt).toEqual(EXPECTED.get(path)?.modifiedAt);
  });

  test.each(['inf-000003-zMrKecVF_inference.json', 'img-3-2-b3gxFf_metadata.json', 'models/model-3.json'])(
    'has %s replaced where it ends anywhere in the middle',
    async (path) => {
      const whole = EXPECTED.get(path)!.bytes;
      const document = (await save())
        .flatMap((item) => layout().documents!(item))
        .find(({ folder: below = [], stem, suffix = '' }) => [...below, `${stem}${suffix}.json`].join('/') === path)!;
      for (let length = 0; length < whole.length; length += 1) {
        expect(document.merge!(whole.toString('utf8', 0, length))).toBe(document.text);
      }
      expect(document.merge!(whole.toString('utf8'))).toBeUndefined();
      expect(document.merge!(`${whole.toString('utf8')}{}`)).toBe(document.text);
    },
  );

  test('keeps what it knows of a model that the service has no more', async () => {
    rig.fake.removeModel('model-3');
    await save();
    expect(folder.written).toEqual([]);
    expect(JSON.parse(folder.text('img-3-2-b3gxFf_metadata.json')).model_prefetch.id).toBe('model-3');
    expect(folder.files.has('models/model-3.json')).toBe(true);
  });

  test('gets what is new in a record, and keeps the deleted model there too', async () => {
    const path = 'img-3-2-b3gxFf_metadata.json';
    rig.fake.removeModel('model-3');
    folder.put(path, folder.text(path).replace('"favorite": false', '"favorite": true'));
    await save();
    expect(folder.written).toEqual([path]);
    expect(JSON.parse(folder.text(path))).toEqual(JSON.parse(EXPECTED.get(path)!.bytes.toString('utf8')));
  });

  test('does not keep another model than the record names', async () => {
    const path = 'img-3-2-b3gxFf_metadata.json';
    rig.fake.removeModel('model-3');
    folder.put(path, folder.text(path).replace('"id": "model-3"', '"id": "model-4"'));
    await save();
    expect(JSON.parse(folder.text(path)).model_prefetch).toEqual({});
  });
});

describe('an archive of work of every kind', () => {
  test('names each image .png, whatever is asked of the image host', async () => {
    await rig.shut();
    rig = await openHappyAccidentsRig({ elsewhere: true, options: { tr: 'lo-true,f-webp' } });
    const image = rig.fake.addInference().images[0]!;
    const [item] = await save();
    expect(layout().media(item!, 'image/webp')).toEqual(layout().media(item!, undefined));
    expect(folder.files.get(`${image.id}.png`)!.bytes.toString('latin1', 0, 4)).toBe('RIFF');
  });

  test('has records without a model where there is none, and says so as the original did', async () => {
    for (const inferenceType of ['UPSCALING', 'FACE_RESTORE'] as const) rig.fake.addInference({ inferenceType });
    for (const item of await save()) {
      expect(folder.text(`${item.id}_metadata.json`)).toMatch(/, "model_prefetch": \{\}\}$/u);
    }
    expect([...folder.files.keys()].some((path) => path.startsWith('models/'))).toBe(false);
  });

  test('has every number as the service wrote it, and everything else than ASCII escaped', async () => {
    await rig.shut();
    rig = await openHappyAccidentsRig({ elsewhere: true, extraFields: true });
    const { id, images } = rig.fake.addInference({ prompt: 'Öl 👩‍🚀 "quoted"\n\u007f' });
    await save();
    const metadata = folder.text(`${images[0]!.id}_metadata.json`);
    expect(metadata).toContain('"rank": 9007199254740993, "score": 0.10, "inference_prefetch": {');
    for (const text of [metadata, folder.text(`${id}_inference.json`)]) {
      expect(text).toContain('"guidanceScale": 7.0');
      expect(text).toContain('"cost": 1E+2');
      expect(text).toContain('"prompt": "\\u00d6l \\ud83d\\udc69\\u200d\\ud83d\\ude80 \\"quoted\\"\\n\\u007f"');
      expect(text).toMatch(/^[\x20-\x7e]+$/u);
    }
  });

  test('has the time of the last image on what belongs to all images of an inference', async () => {
    const madeAt = Date.UTC(2023, 4, 6, 7, 8, 9, 500);
    const { id, images } = rig.fake.addInference({ count: 3, madeAt });
    await save();
    expect(folder.files.get(`${id}_inference.json`)?.modifiedAt).toEqual(new Date(madeAt + 2000));
    expect(folder.files.get(`${images[0]!.id}.png`)?.modifiedAt).toEqual(new Date(madeAt));
    expect(folder.files.get(`${images[1]!.id}_metadata.json`)?.modifiedAt).toEqual(new Date(madeAt + 1000));
  });

  test('can be written from items alone that were kept as text since', async () => {
    rig.fake.loadGolden(GOLDEN);
    const items = (await listAll(rig.source.all!({}))).flatMap((listed) => listed.items);
    const again: Item[] = items.map((item) => ({
      ...(JSON.parse(JSON.stringify(item)) as Item),
      ...(item.createdAt === undefined ? {} : { createdAt: new Date(item.createdAt) }),
    }));
    const plain = (item: Item) => layout().documents!(item).map(({ merge: _merge, ...document }) => document);
    expect(again.flatMap(plain)).toEqual(items.flatMap(plain));
  });
});
