import { cpSync, mkdirSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ArchiveServices, startArchiveServices } from '../support/archive-services.js';
import {
  filesBelow,
  GOLDEN,
  GOLDEN_ALBUMS,
  goldenTimes,
  loadGoldenAlbums,
  loadGoldenGallery,
  modifiedAt,
} from '../support/golden.js';
import { openSandbox, runProgram, type Sandbox } from '../support/program.js';

/** Gives consent as a person would in the browser. */
const BROWSER_SCRIPT = `${process.execPath} ${resolve('test/support/browser.mjs')}`;

let services: ArchiveServices;
let sandbox: Sandbox;

beforeEach(async () => {
  services = await startArchiveServices();
  sandbox = openSandbox();
});
afterEach(async () => {
  await services.close();
  sandbox.remove();
});

const run = (line: string, ...args: string[]) =>
  runProgram(sandbox, { args: ['local-filesystem', ...args, '-c', line], env: services.env });
const read = (...path: string[]) => readFileSync(sandbox.path(...path));
const golden = (...path: string[]) => readFileSync(join(GOLDEN, ...path));
/** Requests for files of a service since the last call. */
function downloads(fake: { readonly requests: readonly { readonly host: string }[] }, host: string): () => number {
  let before = 0;
  return () => {
    const all = fake.requests.filter((request) => request.host === host).length;
    const since = all - before;
    before = all;
    return since;
  };
}

describe('an archive of Imgur albums', () => {
  const fetchAlbums = (...options: string[]) =>
    run(`fetch ${GOLDEN_ALBUMS.map((id) => `imgur:a/${id}`).join(' ')} ${options.join(' ')} | save out`);
  const expected = join(GOLDEN, 'imgur/expected');
  const names = filesBelow(expected).filter((name) => name !== 'links.txt');

  beforeEach(() => loadGoldenAlbums(services.imgur));

  test('is to the byte what Imgur-archive wrote, and nothing beside it', async () => {
    const result = await fetchAlbums();
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(filesBelow(sandbox.path('out'))).toEqual(names);
    for (const name of names) expect([name, read('out', name)]).toEqual([name, golden('imgur/expected', name)]);
    expect(services.imgur.leaks()).toEqual([]);
    expect(services.proxy.refused).toEqual([]);
  });

  test('that the original made is taken as it is, without a catalog: no picture is fetched', async () => {
    cpSync(expected, sandbox.path('out'), { recursive: true });
    const files = downloads(services.imgur, 'media');
    expect(await fetchAlbums()).toMatchObject({ code: 0 });
    expect(files()).toBe(0);
    for (const name of names) expect([name, read('out', name)]).toEqual([name, golden('imgur/expected', name)]);
  });

  test('that the original left half done is completed: only what is missing or broken is fetched', async () => {
    cpSync(expected, sandbox.path('out'), { recursive: true });
    const [first, second] = names.filter((name) => /\.(png|jpg|mp4)$/u.test(name));
    truncateSync(sandbox.path('out', first!), 40);
    unlinkSync(sandbox.path('out', second!));
    unlinkSync(sandbox.path('out', `${GOLDEN_ALBUMS[0]}/descriptions_${GOLDEN_ALBUMS[0]}.json`));
    const files = downloads(services.imgur, 'media');
    expect(await fetchAlbums()).toMatchObject({ code: 0 });
    expect(files()).toBe(2);
    expect(filesBelow(sandbox.path('out'))).toEqual(filesBelow(expected));
    for (const name of names) expect([name, read('out', name)]).toEqual([name, golden('imgur/expected', name)]);
  });

  test('has one log line an album, however often it is run', async () => {
    for (let turn = 0; turn < 3; turn += 1) await fetchAlbums();
    expect(read('out', 'scraping_logs.json')).toEqual(golden('imgur/expected/scraping_logs.json'));
  });

  test('takes its albums from a file, and names the lines that are none', async () => {
    writeFileSync(
      sandbox.path('links.txt'),
      `# mine\n\n${GOLDEN_ALBUMS[0]}\nno album at all\n  imgur:a/${GOLDEN_ALBUMS[1]}  # two\n`,
    );
    const result = await run('fetch --from-file links.txt | save out', '--source', 'imgur');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('line 4 of links.txt');
    expect(filesBelow(sandbox.path('out'))).toEqual(names);
  });

  test('grows with its album, and keeps what was taken out of it', async () => {
    await fetchAlbums();
    const id = GOLDEN_ALBUMS[1];
    services.imgur.setAlbum(id, {
      images: (images) => [...images.slice(1), services.imgur.addImage({ description: 'new' })],
    });
    const files = downloads(services.imgur, 'media');
    files();
    expect(await fetchAlbums()).toMatchObject({ code: 0 });
    expect(files()).toBe(1);
    const script = JSON.parse(read('out', id, `script_${id}.json`).toString());
    expect(Object.keys(script)).toHaveLength(3);
    const descriptions = JSON.parse(read('out', id, `descriptions_${id}.json`).toString());
    expect(Object.keys(descriptions)).toHaveLength(3);
    expect(Object.values(descriptions)).toContain('new');
    for (const media of Object.values(script)) {
      expect(filesBelow(sandbox.path('out', id)).some((name) => name.startsWith(`${media}.`))).toBe(true);
    }
  });

  test('says of a removed picture that it is gone, and keeps no placeholder', async () => {
    const album = services.imgur.addAlbum({ images: [{}, { removed: true }] });
    const result = await run(`fetch imgur:a/${album.id} | save out`);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('placeholder');
    expect(filesBelow(sandbox.path('out', album.id)).filter((name) => !name.endsWith('.json'))).toHaveLength(1);
    expect(filesBelow(sandbox.path('out'))).not.toContain('scraping_logs.json');
  });
});

describe('an archive of a Happy Accidents gallery', () => {
  const expected = join(GOLDEN, 'happy-accidents/expected');
  const names = filesBelow(expected);
  const fetchAll = () => run('fetch --all --source happy-accidents | save out');

  beforeEach(() => loadGoldenGallery(services.happyAccidents));

  function expectGolden(): void {
    expect(filesBelow(sandbox.path('out'))).toEqual(names);
    for (const name of names) {
      if (name.endsWith('.png'))
        expect([name, read('out', name)]).toEqual([name, golden('happy-accidents/expected', name)]);
      else {
        const [own, original] = [read('out', name), golden('happy-accidents/expected', name)].map((text) =>
          JSON.parse(text.toString()),
        );
        expect([name, own]).toEqual([name, original]);
      }
    }
  }

  test('is what the original downloader wrote: names, bytes, records and times', async () => {
    expect(await fetchAll()).toMatchObject({ code: 0 });
    expectGolden();
    const times = goldenTimes();
    for (const [name, time] of times) expect([name, modifiedAt(sandbox.path('out', name))]).toEqual([name, time]);
    expect(services.happyAccidents.leaks()).toEqual([]);
  });

  test('that the original left half done is completed, a half-written picture included', async () => {
    cpSync(expected, sandbox.path('out'), { recursive: true });
    const [cut, gone, whole] = names.filter((name) => name.endsWith('.png'));
    truncateSync(sandbox.path('out', cut!), 300);
    unlinkSync(sandbox.path('out', gone!));
    unlinkSync(sandbox.path('out', whole!.replace('.png', '_metadata.json')));
    unlinkSync(sandbox.path('out', 'models/model-1.json'));
    const files = downloads(services.happyAccidents, 'image');
    expect(await fetchAll()).toMatchObject({ code: 0 });
    expect(files()).toBe(2);
    expectGolden();
    expect(await fetchAll()).toMatchObject({ code: 0 });
    expect(files()).toBe(0);
  });

  test('notes a deleted model and goes on', async () => {
    services.happyAccidents.removeModel('model-2');
    const result = await fetchAll();
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('model-2');
    expect(filesBelow(sandbox.path('out'))).toEqual(names.filter((name) => name !== 'models/model-2.json'));
  });
});

describe('the same archives on Google Drive', () => {
  /** Every file below the program's own folder, by its path. */
  function tree(): ReadonlyMap<string, Buffer> {
    const files = services.google.files();
    const root = files.find((file) => file.name === 'albaretto')!;
    const found = new Map<string, Buffer>();
    const walk = (id: string, above: string): void => {
      for (const child of services.google.children(id)) {
        const path = `${above}${child.name}`;
        if (child.mimeType === 'application/vnd.google-apps.folder') walk(child.id, `${path}/`);
        else {
          expect([path, found.has(path)]).toEqual([path, false]);
          found.set(path, child.content ?? Buffer.alloc(0));
        }
      }
    };
    walk(root.id, '');
    return found;
  }
  const folders = () =>
    services.google.files().filter((file) => file.mimeType === 'application/vnd.google-apps.folder');
  const toDrive = (line: string, machine = 'config') =>
    runProgram(sandbox, {
      args: ['google-drive', 'credentials.json', '-c', line],
      env: { ...services.env, BROWSER: BROWSER_SCRIPT, ALBARETTO_CONFIG_DIR: sandbox.path(machine) },
    });

  beforeEach(() => {
    services.google.addUser();
    const { installed } = services.google.addClient();
    writeFileSync(sandbox.path('credentials.json'), JSON.stringify({ installed }));
    loadGoldenAlbums(services.imgur);
    loadGoldenGallery(services.happyAccidents);
  });

  test('are the same trees, documents included, and nothing is doubled from another machine', async () => {
    const expected = join(GOLDEN, 'imgur/expected');
    const names = filesBelow(expected).filter((name) => name !== 'links.txt');
    const line = `fetch ${GOLDEN_ALBUMS.map((id) => `imgur:a/${id}`).join(' ')} | save`;
    for (const machine of ['config', 'config', 'another']) {
      expect(await toDrive(line, machine)).toMatchObject({ code: 0 });
      const stored = tree();
      expect([...stored.keys()].sort()).toEqual(names);
      for (const name of names) expect([name, stored.get(name)]).toEqual([name, golden('imgur/expected', name)]);
      expect(folders()).toHaveLength(3);
    }
    services.imgur.setAlbum(GOLDEN_ALBUMS[1], { title: 'Another title' });
    expect(await toDrive(line, 'another')).toMatchObject({ code: 0 });
    const changed = tree();
    expect([...changed.keys()].sort()).toEqual(names);
    const metadata = changed.get(`${GOLDEN_ALBUMS[1]}/metadata_${GOLDEN_ALBUMS[1]}.json`)!;
    expect(JSON.parse(metadata.toString()).title).toBe('Another title');
  });

  test('hold a gallery with its models in a folder', async () => {
    const expected = join(GOLDEN, 'happy-accidents/expected');
    const files = downloads(services.happyAccidents, 'image');
    expect(await toDrive('fetch --all --source happy-accidents | save')).toMatchObject({ code: 0 });
    const stored = tree();
    expect([...stored.keys()].sort()).toEqual(filesBelow(expected));
    for (const [name, content] of stored) {
      const original = golden('happy-accidents/expected', name);
      if (name.endsWith('.png')) expect([name, content]).toEqual([name, original]);
      else expect([name, JSON.parse(content.toString())]).toEqual([name, JSON.parse(original.toString())]);
    }
    files();
    expect(await toDrive('fetch --all --source happy-accidents | save', 'another')).toMatchObject({ code: 0 });
    expect(files()).toBe(0);
    expect(tree().size).toBe(stored.size);
  });
});

describe('an archive that is copied', () => {
  test('from one folder to another takes its records along', async () => {
    loadGoldenAlbums(services.imgur);
    mkdirSync(sandbox.path('deep'));
    expect(await run(`fetch imgur:a/${GOLDEN_ALBUMS[0]} | save deep --layout by-task`)).toMatchObject({ code: 0 });
    expect(await run('fetch ./deep | save copy --layout by-task')).toMatchObject({ code: 0 });
    const media = (folder: string) => filesBelow(sandbox.path(folder)).filter((name) => !name.endsWith('.json'));
    expect(media('copy')).toEqual(media('deep'));
    for (const name of media('copy')) {
      expect([name, read('copy', name)]).toEqual([name, read('deep', name)]);
      const [own, original] = ['copy', 'deep'].map((folder) =>
        JSON.parse(read(folder, name.replace(/\.\w+$/u, '.json')).toString()),
      );
      expect([name, own]).toEqual([name, original]);
    }
  });
});
