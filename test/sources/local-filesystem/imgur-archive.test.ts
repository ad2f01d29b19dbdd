import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mp4, png } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

let rig: FolderRig;
beforeEach(() => {
  rig = openFolderRig();
});
afterEach(() => rig.close());

/** As Imgur-archive writes it: one line, no end of line, everything beyond ASCII escaped. */
const METADATA =
  '{"id": "aB3dE5f", "datetime": 1600000000, "title": "Grandmother\\u2019s recipes", "description": null, "n_media": 3}';
const SCRIPT = '{"0": "wTHavZL", "1": "C0jJ4D0", "2": "7mbv358"}';
const DESCRIPTIONS = '{"wTHavZL": "Step 1: \\u00e9clairs", "C0jJ4D0": null, "7mbv358": ""}';

function writeAlbum(folder = 'archive/aB3dE5f'): void {
  rig.record(`${folder}/metadata_aB3dE5f.json`, METADATA);
  rig.record(`${folder}/script_aB3dE5f.json`, SCRIPT);
  rig.record(`${folder}/descriptions_aB3dE5f.json`, DESCRIPTIONS);
  rig.write(`${folder}/wTHavZL.png`, png(8, 8, 1));
  rig.write(`${folder}/C0jJ4D0.mp4`, mp4(2, 700));
  rig.write(`${folder}/7mbv358.png`, png(8, 8, 3));
}

describe('an archive of Imgur-archive', () => {
  test('is an album a folder, in the order of its script', async () => {
    writeAlbum();
    // Not JSON: each run adds a line.
    rig.write('archive/scraping_logs.json', `\n${METADATA}\n${METADATA}`);
    rig.write('archive/links.txt', 'aB3dE5f\n');
    const { task, items } = await rig.only('./archive');
    expect(task).toMatchObject({
      source: 'imgur',
      id: 'aB3dE5f',
      title: 'Grandmother’s recipes',
      count: 3,
      createdAt: new Date(1_600_000_000_000),
    });
    expect(items.map(({ source, taskId, id, index, title }) => [source, taskId, id, index, title])).toEqual([
      ['imgur', 'aB3dE5f', 'wTHavZL', 1, 'Step 1: éclairs'],
      ['imgur', 'aB3dE5f', 'C0jJ4D0', 2, undefined],
      ['imgur', 'aB3dE5f', '7mbv358', 3, undefined],
    ]);
    const album =
      '{"id":"aB3dE5f","datetime":1600000000,"title":"Grandmother’s recipes","description":null,"n_media":3}';
    const images = JSON.stringify([
      { id: 'wTHavZL', description: 'Step 1: éclairs' },
      { id: 'C0jJ4D0', description: null },
      { id: '7mbv358', description: '' },
    ]);
    expect(items[2]).toEqual({
      source: 'imgur',
      taskId: 'aB3dE5f',
      id: '7mbv358',
      index: 3,
      mediaType: 'image/png',
      size: png(8, 8, 3).length,
      generation: {},
      createdAt: new Date(1_600_000_000_000),
      raw: { json: `{"album":${album},"image":{"id":"7mbv358","description":""}}`, redacted: [] },
      documents: [{ kind: 'album', id: 'aB3dE5f', json: `${album.slice(0, -1)},"images":${images}}` }],
    });
    for (const item of items) expect(item.documents![0]).toBe(items[0]!.documents![0]);
    expect(await rig.read(items[1]!)).toEqual(mp4(2, 700));
    expect(rig.warnings).toEqual([]);
  });

  test('is read though a second run has added descriptions behind the first ones', async () => {
    writeAlbum();
    rig.record(
      'archive/aB3dE5f/descriptions_aB3dE5f.json',
      `${DESCRIPTIONS}{"wTHavZL": "a \\"new} one{", "C0jJ4D0": "x"}`,
    );
    expect((await rig.items('./archive')).map(({ title }) => title)).toEqual(['a "new} one{', 'x', undefined]);
  });

  test('is read though descriptions were added behind ones that were not written to their end, or were cut themselves', async () => {
    writeAlbum();
    const told = async (text: string) => {
      rig.record('archive/aB3dE5f/descriptions_aB3dE5f.json', text);
      return (await rig.items('./archive')).map(({ title }) => title);
    };
    expect(await told(`${DESCRIPTIONS.slice(0, 30)}${DESCRIPTIONS}`)).toEqual([
      'Step 1: éclairs',
      undefined,
      undefined,
    ]);
    expect(await told(`${DESCRIPTIONS}{"wTHavZL": "n`)).toEqual(['Step 1: éclairs', undefined, undefined]);
    expect(rig.warnings).toEqual([]);
  });

  test('is read in a folder of another name, beside another album', async () => {
    writeAlbum('flat');
    rig.record('flat/script_zY9xW7v.json', '{"0": "LAjU5nu", "1": "wTHavZL"}');
    rig.write('flat/LAjU5nu.png', png(8, 8, 4));
    expect(await rig.ids('./flat')).toEqual(['flat: wTHavZL C0jJ4D0 7mbv358 LAjU5nu']);
    const items = await rig.items('./flat');
    expect(items.map(({ taskId, index }) => `${taskId} ${index}`)).toEqual([
      'aB3dE5f 1',
      'aB3dE5f 2',
      'aB3dE5f 3',
      'zY9xW7v 1',
    ]);
    expect(items[3]!.documents).toEqual([
      { kind: 'album', id: 'zY9xW7v', json: '{"id":"zY9xW7v","images":[{"id":"LAjU5nu"},{"id":"wTHavZL"}]}' },
    ]);
  });

  test('says which media of its script are not there, and takes files that are in no script as plain ones', async () => {
    writeAlbum();
    rig.record('archive/aB3dE5f/script_aB3dE5f.json', '{"0": "gone123", "1": "wTHavZL"}');
    rig.record('archive/aB3dE5f/descriptions_aB3dE5f.json', '{}');
    const items = await rig.items('./archive');
    expect(items.map(({ source, id, index }) => [source, id, index])).toEqual([
      ['imgur', 'wTHavZL', 2],
      ['local-filesystem', '7mbv358', 2],
      ['local-filesystem', 'C0jJ4D0', 3],
    ]);
    expect(rig.warnings).toEqual([expect.stringMatching(/not there: gone123$/u)]);
    const { images } = JSON.parse(items[0]!.documents![0]!.json);
    expect(images).toEqual([{ id: 'gone123' }, { id: 'wTHavZL' }]);
  });

  test.each(['metadata', 'script', 'descriptions'])(
    'is read as far as it goes when its %s is damaged',
    async (part) => {
      writeAlbum();
      rig.write(`archive/aB3dE5f/${part}_aB3dE5f.json`, '{"id": "aB3');
      const items = await rig.items('./archive');
      expect(new Set(items.map(({ source, taskId }) => `${source} ${taskId}`))).toEqual(new Set(['imgur aB3dE5f']));
      expect(items.map(({ id }) => id).sort()).toEqual(['7mbv358', 'C0jJ4D0', 'wTHavZL']);
      expect(rig.warnings).toEqual([expect.stringContaining(`${part}_aB3dE5f.json is damaged: what it told is lost`)]);
    },
  );

  const golden = fileURLToPath(new URL('../../../../shared/golden/imgur/expected', import.meta.url));
  test('that the program itself wrote is read whole, where one is at hand', async () => {
    if (!existsSync(golden)) return;
    const listed = await rig.list(golden);
    expect(listed.map(({ task }) => task.id)).toEqual(['aB3dE5f', 'zY9xW7v']);
    for (const { task, items } of listed) {
      expect(items.map(({ index }) => index)).toEqual(items.map((_item, position) => position + 1));
      const media = readdirSync(`${golden}/${task.id}`).filter((name) => !name.endsWith('.json'));
      expect(items.map(({ id }) => id).sort()).toEqual(media.map((name) => name.replace(/\.\w+$/u, '')).sort());
      for (const item of items) expect((await rig.read(item)).length).toBe(item.size);
    }
    expect(rig.warnings).toEqual([]);
  });
});
