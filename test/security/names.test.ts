/** Names that led out of a folder, over another file, or into a program, in other programs. */

import { lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isExtension } from '../../src/archive/extension.js';
import { flatLayout } from '../../src/archive/general-layouts.js';
import { extensionOf, fileName, folderName, type NameRules } from '../../src/archive/names.js';
import { trustedPlace } from '../../src/http/address.js';
import { download } from '../../src/transfer/download.js';
import { createWorkshop } from '../http/support.js';
import { fileOf, freshFolder, openStore } from '../sinks/local-filesystem/fixture.js';
import { fetchedItem } from '../support/fetched.js';
import { png } from '../support/pictures.js';
import { judge } from '../transfer/formats/judge.js';

const RULES: NameRules = { longestName: 255, caseSensitive: true };

/** What is in the folder after an item with this id was saved there, from its own parent on. */
async function savedAs(id: string): Promise<string[]> {
  const parent = await freshFolder();
  const folder = join(parent, 'destination');
  const store = await openStore(folder);
  const plan = flatLayout(RULES).plan(fetchedItem({ id }), { overwrite: true });
  const names: string[] = [];
  for (const { file } of plan.media) names.push((await store.put(file, {})).name);
  for (const { file } of plan.documents(names)) await store.put(file, {});
  expect(await readdir(parent)).toEqual(['destination']);
  return readdir(folder, { recursive: true });
}

const OUTSIDE = [
  '..',
  '.',
  '../evil',
  'a/../../b',
  '/etc/passwd',
  '//server/share',
  '\\\\server\\share',
  'C:\\Windows\\x',
  'C:x',
  'a\0.webp',
  '..\\..\\evil',
  '~/.ssh/authorized_keys',
];

describe('a name from a service stays in its folder', () => {
  test.each(OUTSIDE)('rclone CVE-2026-71313 / GHSA-7p4m-qxvv-g567: %j', async (id) => {
    const files = await savedAs(id);
    expect(files).toHaveLength(2);
    for (const name of files) expect(name).not.toMatch(/[/\\\0:]|^\.{1,2}$/u);
    expect(folderName(id, RULES)).not.toMatch(/[/\\\0:]|^\.{1,2}$/u);
  });

  test('gh GHSA-2m9h-r57g-45pj (CVE-2024-54132): `..` is no folder, and `.thing.output.json` is still a name', async () => {
    expect(folderName('..', RULES)).toMatch(/^[^.].*~[a-z2-7]{8}$/u);
    const [name] = (await savedAs('.thing.output.json')).filter((file) => file.endsWith('.png'));
    expect(name).toMatch(/thing\.output\.json~[a-z2-7]{8}\.png$/u);
    expect(fileName({ stem: 'a..b', extension: 'png' }, RULES)).toBe('a..b.png');
  });

  test.each(['%2e%2e%2fevil', '%2e%2e%5cevil', '%2fetc%2fpasswd', '%252e%252e%252fevil', '%5c%5cserver'])(
    'curl CVE-2022-27780, CVE-2016-0754 and wcurl (Red Hat bug 2442571): %j is not decoded on its way into a name',
    async (id) => {
      const stem = fileName({ stem: id, extension: 'png' }, RULES);
      expect(stem).toBe(`${id}.png`);
      expect(await savedAs(id)).toEqual(expect.arrayContaining([stem]));
    },
  );

  test('@actions/artifact GHSA-cxww-7g56-2vh6 (CVE-2024-42471), rclone CVE-2026-59732: an archive is refused, never unpacked', () => {
    for (const magic of ['PK\u0003\u0004', '\u001f\u008b\u0008', 'Rar!\u001a\u0007', '7z\u00bc\u00af\u0027\u001c']) {
      const archive = Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.alloc(900)]);
      expect(judge(archive, { declaredSize: archive.length }).ok).toBe(false);
    }
  });

  test('Windows: devices, streams, drives and trailing dots name no file, on any system', () => {
    for (const stem of ['CON', 'nul', 'COM1', 'LPT¹', 'aux.x', 'a:b', 'C:', 'dot.', 'blank ', 'GENERA~1']) {
      const name = fileName({ stem, extension: 'png' }, RULES);
      expect(name).toMatch(/~[a-z2-7]{8}\.png$/u);
      expect(name).not.toMatch(/[:]|^(?:con|nul|com1|aux)\./iu);
    }
  });
});

test('macOS, Drive: names that look alike, in both normal forms are told apart by their marks', () => {
  const names = ['gr\u00f6\u00dfe', 'gro\u0308\u00dfe'].map((stem) => fileName({ stem, extension: 'png' }, RULES));
  expect(new Set(names.map((name) => name.normalize('NFD').toLowerCase())).size).toBe(2);
  for (const name of names) expect(name).toBe(name.normalize('NFC'));
});

const workshop = createWorkshop();

describe('a name that the server chooses', () => {
  test('curl CVE-2020-8177, CVE-2010-3842, wget CVE-2016-4971: by Content-Disposition or a redirect, is nowhere asked for', async () => {
    const picture = png(9, 9, 1);
    const server = await workshop.serve((request, response) =>
      request.url === '/a'
        ? response.writeHead(302, { location: '/.bashrc' }).end()
        : response.writeHead(200, { 'content-disposition': 'attachment; filename="../../.bashrc"' }).end(picture),
    );
    try {
      const source = {
        open: () => {
          throw new Error('nothing is listed here');
        },
        locate: async () => ({ kind: 'request' as const, url: `${server.origin}/a` }),
      };
      const got = await download({ id: 'item-1', taskId: 'task-1' }, source, {
        client: workshop.client(),
        plugin: 'test',
        trusted: [trustedPlace(server.origin)],
        maxBytes: 1_000_000,
        retry: { sleep: async () => undefined },
        now: Date.now,
      });
      expect(Object.keys(got).sort()).toEqual(['bytes', 'height', 'mediaType', 'width']);
      expect(JSON.stringify({ ...got, bytes: undefined })).not.toContain('bashrc');
    } finally {
      await workshop.closeAll();
    }
  });

  test('curl CVE-2022-27778: a failure removes nothing but what it made itself', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'aB3dE5f.webp'), 'somebody’s');
    await writeFile(join(folder, 'aB3dE5f.webp.part'), 'somebody’s');
    const broken = fileOf('new', { onDifferent: 'replace' });
    const bytes = {
      ...broken.bytes,
      // biome-ignore lint/correctness/useYield: it fails before its first byte
      open: async function* () {
        throw new Error('gone');
      },
    };
    const { inMemory: _left, ...unread } = bytes as typeof bytes & { inMemory?: unknown };
    const store = await openStore(folder);
    await expect(store.put({ ...broken, bytes: unread }, {})).rejects.toBeDefined();
    expect((await readdir(folder)).sort()).toEqual(['aB3dE5f.webp', 'aB3dE5f.webp.part']);
    expect(await readFile(join(folder, 'aB3dE5f.webp'), 'utf8')).toBe('somebody’s');
  });
});

describe('an extension', () => {
  test.each([
    'application/x-desktop',
    'application/internet-shortcut',
    'application/x-mswinurl',
    'application/x-webloc',
    'application/x-msdownload',
    'application/x-sh',
    'text/html',
    'image/svg+xml',
    'image/png/../../evil.exe',
    'exe',
    '',
  ])('yt-dlp CVE-2024-38519, CVE-2026-50023: %j leads to none that a system runs', (mediaType) => {
    expect(extensionOf(mediaType)).toBe('bin');
  });

  test.each(['desktop', 'url', 'webloc', 'lnk', 'exe', 'scr', 'html', 'svg', 'sh', 'js'])(
    'yt-dlp CVE-2024-38519, CVE-2026-50023: .%s is no extension of any file here',
    (extension) => {
      expect(isExtension(extension)).toBe(false);
      expect(() => fileName({ stem: 'a', extension: extension as never }, RULES)).toThrow(
        /no file gets the extension/u,
      );
    },
  );

  test('yt-dlp CVE-2024-38519: what the service calls the bytes does not count, only what they are', () => {
    const fetched = { ...fetchedItem({ id: 'a' }), mediaType: 'image/png' };
    const item = { ...fetched.item, mediaType: 'application/x-msdownload' };
    const [file] = flatLayout(RULES)
      .plan({ ...fetched, item }, { overwrite: false })
      .media.map((one) => one.file);
    expect(file?.name).toBe('a.png');
  });
});

describe('a link in the destination', () => {
  test.each(['a file', 'nothing', 'a folder'])(
    'rclone CVE-2026-54572, CVE-2024-52522, wget CVE-2014-4877: to %s is neither followed nor replaced',
    async (what) => {
      const [folder, outside] = [await freshFolder(), await freshFolder()];
      const target = join(outside, 'target');
      if (what === 'a file') await writeFile(target, 'precious');
      if (what === 'a folder') await mkdir(target);
      await symlink(target, join(folder, 'aB3dE5f.webp'));
      const before = await readdir(outside, { recursive: true });
      const receipt = await (await openStore(folder)).put(fileOf('new', { onDifferent: 'replace' }), {});
      expect(receipt.name).toBe('aB3dE5f-2.webp');
      expect(await readlink(join(folder, 'aB3dE5f.webp'))).toBe(target);
      expect(await readdir(outside, { recursive: true })).toEqual(before);
      if (what === 'a file') expect(await readFile(target, 'utf8')).toBe('precious');
    },
  );

  test('rclone GHSA-945v-v9p3-v5xw: what is written is an ordinary file that nobody can run', async () => {
    const folder = await freshFolder();
    await (await openStore(folder)).put(fileOf('new'), {});
    const [name] = await readdir(folder);
    const facts = await lstat(join(folder, name!));
    expect(facts.isFile()).toBe(true);
    expect(facts.mode & 0o7111).toBe(0);
  });
});

test('the receipt of every hostile name leads into the destination', async () => {
  for (const id of OUTSIDE) {
    const folder = await freshFolder();
    const store = await openStore(folder);
    const [file] = flatLayout(RULES)
      .plan(fetchedItem({ id }), { overwrite: false })
      .media.map((one) => one.file);
    const { location } = await store.put(file!, {});
    expect(dirname(resolve(location)) + sep).toBe(folder + sep);
    expect((await stat(location)).isFile()).toBe(true);
  }
});
