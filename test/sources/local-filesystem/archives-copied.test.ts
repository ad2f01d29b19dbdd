import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import happyAccidents from '../../../sources/happy-accidents/index.js';
import imgur from '../../../sources/imgur/index.js';
import descriptor from '../../../sources/local-filesystem/index.js';
import { fromService } from '../../../src/plugin.js';
import { type ArchiveRig, openArchiveRig } from '../../support/archive-rig.js';
import { gif, mp4, png } from '../../support/pictures.js';
import { openFolderRig } from './folder-rig.js';

let rig: ArchiveRig;
beforeEach(async () => {
  rig = await openArchiveRig({ plugins: [descriptor, imgur, happyAccidents] });
});
afterEach(() => rig.close());

/** Every file below a folder with its bytes, as text that differs where they do. */
function tree(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name)).toString('latin1')]));
}

async function copy(): Promise<Readonly<Record<string, string>>> {
  expect((await rig.run('fetch ./original | save copied')).exit).toBe(0);
  expect(rig.complaints()).toEqual([]);
  return tree(rig.path('copied'));
}

describe('an archive that is copied with the layout of its service is the same tree', () => {
  test('of this program', async () => {
    const generation = {
      ...{ prompt: fromService('a fern, ünï 😀'), negativePrompt: fromService('rain'), seed: '18446744073709551615' },
      ...{ model: fromService('m'), kind: fromService('text2im'), parent: 'p', width: 512, height: 640 },
      ...{ steps: 28, sampler: fromService('euler'), guidance: 7.5, durationMs: 9000.25, cost: '4 blue buzz' },
    };
    const task = rig.service.add({
      count: 3,
      companions: 1,
      facts: { title: fromService('Ferns') },
      itemFacts: (number) => (number === 1 ? { title: fromService('A fern') } : { generation }),
    });
    await rig.run(`fetch ${task.id} | save original`);
    expect(tree(rig.path('original'))[`${task.items[1]!.id}.json`]).toMatch(/"taskTitle": "Ferns".*"steps": 28/su);
    expect(await copy()).toEqual(tree(rig.path('original')));
    rig.service.located.length = 0;
    const before = tree(rig.path('copied'));
    expect(await copy()).toEqual(before);
    expect(rig.told('saved').at(-1)).toMatchObject({ outcome: 'present' });
  });

  test('of Imgur-archive', async () => {
    const files = openFolderRig({ base: rig.path() });
    const metadata = '{"id": "aB3dE5f", "datetime": 1600000000, "title": "\\u00e9", "description": null, "n_media": 2}';
    files.write('original/aB3dE5f/metadata_aB3dE5f.json', metadata);
    files.write('original/aB3dE5f/script_aB3dE5f.json', '{"0": "wTHavZL", "1": "C0jJ4D0"}');
    files.write('original/aB3dE5f/descriptions_aB3dE5f.json', '{"wTHavZL": "Step 1: \\u00e9", "C0jJ4D0": null}');
    files.write('original/aB3dE5f/wTHavZL.png', png(8, 8, 1));
    files.write('original/aB3dE5f/C0jJ4D0.mp4', mp4(2, 700));
    files.write('original/scraping_logs.json', `\n${metadata}`);
    expect(await copy()).toEqual(tree(rig.path('original')));
  });

  test('of Imgur-archive, of which some media are missing, with all that is known of them, and not logged as whole', async () => {
    const files = openFolderRig({ base: rig.path() });
    files.write(
      'original/aB3dE5f/metadata_aB3dE5f.json',
      '{"id": "aB3dE5f", "datetime": 1600000000, "title": null, "description": null, "n_media": 3}',
    );
    files.write('original/aB3dE5f/script_aB3dE5f.json', '{"0": "wTHavZL", "1": "C0jJ4D0", "2": "7mbv358"}');
    files.write(
      'original/aB3dE5f/descriptions_aB3dE5f.json',
      '{"wTHavZL": null, "C0jJ4D0": "Step 2: \\u00e9", "7mbv358": ""}',
    );
    files.write('original/aB3dE5f/wTHavZL.png', png(8, 8, 1));
    await rig.run('fetch ./original | save copied');
    expect(rig.complaints()).toEqual([expect.stringContaining('records of what is not there: 7mbv358, C0jJ4D0')]);
    expect(tree(rig.path('copied'))).toEqual(tree(rig.path('original')));
  });

  test('of Imgur-archive, without its metadata or its descriptions: nothing is invented in their place', async () => {
    const files = openFolderRig({ base: rig.path() });
    const script = '{"0": "wTHavZL"}';
    files.write('original/aB3dE5f/script_aB3dE5f.json', script);
    files.write('original/aB3dE5f/wTHavZL.png', png(8, 8, 1));
    expect(await copy()).toEqual(tree(rig.path('original')));
    files.write('original/aB3dE5f/descriptions_aB3dE5f.json', '{"wTHavZL": "x"}');
    expect(await copy()).toEqual(tree(rig.path('original')));
  });

  test('of Imgur-archive, with a GIF and its MP4 form', async () => {
    const files = openFolderRig({ base: rig.path() });
    const metadata = '{"id": "aB3dE5f", "datetime": 1600000000, "title": null, "description": null, "n_media": 1}';
    files.write('original/aB3dE5f/metadata_aB3dE5f.json', metadata);
    files.write('original/aB3dE5f/script_aB3dE5f.json', '{"0": "C0jJ4D0"}');
    files.write('original/aB3dE5f/descriptions_aB3dE5f.json', '{"C0jJ4D0": "both"}');
    files.write('original/aB3dE5f/C0jJ4D0.mp4', mp4(2, 700));
    files.write('original/aB3dE5f/C0jJ4D0.gif', gif(1, 900));
    files.write('original/scraping_logs.json', `\n${metadata}`);
    expect(await copy()).toEqual(tree(rig.path('original')));
  });

  test('of the Happy Accidents downloader', async () => {
    const files = openFolderRig({ base: rig.path() });
    const image = '"id": "img-1", "createdAt": "2023-11-14T22:11:20.000Z", "nsfw": false';
    const inference =
      '"inferenceId": "inf-1", "inferencePayload": {"modelId": "m1", "seed": 18446744073709551615, "w": 7.0}';
    const model = '{"name": "M", "id": "m1"}';
    files.write('original/img-1.png', png(8, 8, 1));
    files.write(
      'original/img-1_metadata.json',
      `{${image}, "inference_prefetch": {${inference}}, "model_prefetch": ${model}}`,
    );
    files.write('original/inf-1_inference.json', `{${inference}, "images": [{${image}}]}`);
    files.write('original/models/m1.json', '{"id": "m1", "versions": []}');
    expect(await copy()).toEqual(tree(rig.path('original')));
  });

  const golden = fileURLToPath(new URL('../../../../shared/golden', import.meta.url));
  test.each(['imgur', 'happy-accidents'])(
    'of what the original program for %s wrote, where it is at hand',
    async (name) => {
      if (!existsSync(golden)) return;
      mkdirSync(rig.path('original'));
      cpSync(join(golden, name, 'expected'), rig.path('original'), { recursive: true });
      const { 'links.txt': _links, ...expected } = tree(rig.path('original'));
      expect(await copy()).toEqual(expected);
    },
  );
});
