import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { gif, jpeg, png, wav } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

let rig: FolderRig;
beforeEach(() => {
  rig = openFolderRig();
});
afterEach(() => rig.close());

const MADE = new Date('2023-05-06T07:08:09.123Z');

describe('a picture without a record', () => {
  test('is known by its name, its folder and its time', async () => {
    rig.write('output/robot.png', png(8, 8, 1), MADE);
    const items = await rig.items('./output');
    const size = png(8, 8, 1).length;
    expect(items).toEqual([
      {
        source: 'local-filesystem',
        taskId: 'output',
        id: 'robot',
        index: 1,
        mediaType: 'image/png',
        size,
        generation: {},
        createdAt: MADE,
        raw: { json: `{"name":"robot.png","size":${size},"modified":"2023-05-06T07:08:09.123Z"}`, redacted: [] },
      },
    ]);
    expect(await rig.read(items[0]!)).toEqual(png(8, 8, 1));
  });

  test('stands where a person would count it, whatever its kind', async () => {
    rig.write('output/img10.png', png(8, 8, 1));
    rig.write('output/img9.JPG', jpeg(2, 700));
    rig.write('output/img1.gif', gif(3, 700));
    rig.write('output/img2.wav', wav(100));
    const items = await rig.items('./output');
    expect(items.map(({ id, index, mediaType }) => [id, index, mediaType])).toEqual([
      ['img1', 1, 'image/gif'],
      ['img2', 2, 'audio/wav'],
      ['img9', 3, 'image/jpeg'],
      ['img10', 4, 'image/png'],
    ]);
  });

  test('is called with its extension where two have one stem', async () => {
    for (const name of ['a.png', 'a.webp', 'b.png', 'c.PNG', 'c.png'])
      rig.write(`output/${name}`, png(8, 8, name.length));
    expect(await rig.ids('./output')).toEqual(['output: a.png a.webp b c.PNG c.png']);
  });

  test('of a second folder with the same name does not pass for the first one', async () => {
    for (const [number, folder] of ['output', 'output/p', 'output/q', 'output/r/p', 'output/s/p'].entries())
      rig.write(`${folder}/a.png`, png(8, 8, number));
    const listed = await rig.list('./output');
    const ids = listed.flatMap(({ items }) => items.map(({ taskId, id }) => `${taskId}: ${id}`));
    expect(ids).toEqual(['output: a', 'p: p-a', 'q: q-a', 'p: p-a.png', 'p: p-a.png~2']);
    const digests = new Set<string>();
    for (const { items } of listed)
      for (const item of items)
        digests.add(
          createHash('sha256')
            .update(await rig.read(item))
            .digest('hex'),
        );
    expect(digests.size).toBe(5);
  });
});

describe('names that no id may have', () => {
  // A backslash and a colon separate on Windows, and no name may hold them there.
  test.each(
    [
      ['with blank', 'with blank'],
      ['ünïcode 😀', 'ünïcode 😀'],
      ['a\\b', 'a%5Cb'],
      ['line\nbreak', 'line%0Abreak'],
      ['\u001b[2J', '%1B[2J'],
      ['100%', '100%'],
      ['x'.repeat(251), 'x'.repeat(251)],
      ['__proto__', '__proto__'],
    ].filter(([name]) => process.platform !== 'win32' || !/[\\\u0000-\u001f]/u.test(name!)),
  )('%j is called %j', async (name, id) => {
    rig.write(`output/${name}.png`, png(8, 8, 1));
    const items = await rig.items('./output');
    expect(items.map((item) => item.id)).toEqual([id]);
    expect(JSON.parse(items[0]!.raw.json)).toMatchObject({ name: `${name}.png` });
    expect(await rig.read(items[0]!)).toEqual(png(8, 8, 1));
    expect(await rig.read({ id, taskId: 'output' })).toEqual(png(8, 8, 1));
  });

  test('a name that is no UTF-8 is told when its bytes are asked for', async () => {
    mkdirSync(rig.path('output'));
    writeFileSync(
      Buffer.concat([Buffer.from(`${rig.path('output')}/bad`), Buffer.from([0xff]), Buffer.from('.png')]),
      'x',
    );
    const items = await rig.items('./output');
    expect(items.map(({ id }) => id)).toEqual(['bad\ufffd']);
    await expect(rig.read(items[0]!)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});

describe('a folder', () => {
  test('comes before those below it, and these by their names', async () => {
    for (const folder of ['output', 'output/b10/z', 'output/b10', 'output/b9', 'output/a/deep/deeper'])
      rig.write(`${folder}/${folder.replaceAll('/', '-')}.png`, png(8, 8, folder.length));
    rig.write('output/notes/readme.txt', 'no picture');
    expect(await rig.ids('./output')).toEqual([
      'output: output',
      'deeper: output-a-deep-deeper',
      'b9: output-b9',
      'b10: output-b10',
      'z: output-b10-z',
    ]);
  });

  test('passes over what is hidden, half written, no media or no file, and says so to --debug', async () => {
    rig.write('output/a.png', png(8, 8, 1));
    for (const name of [
      '.hidden.png',
      '.hidden/b.png',
      '.albaretto-00000000-00000000-00000000-00000000.part',
      'notes.txt',
      'a.png.part',
      'png',
      'model.safetensors',
      'other.json',
    ])
      rig.write(`output/${name}`, png(8, 8, 2));
    rig.write('elsewhere/secret.png', png(8, 8, 3));
    mkdirSync(rig.path('output', 'folder.png'));
    symlinkSync(rig.path('elsewhere', 'secret.png'), rig.path('output', 'link.png'));
    symlinkSync(rig.path('elsewhere'), rig.path('output', 'linked'));
    symlinkSync(rig.path('output'), rig.path('output', 'loop'));
    expect(await rig.ids('./output')).toEqual(['output: a']);
    expect(rig.debug).toEqual([
      `passed over in ${rig.path('output')}, no media: a.png.part, model.safetensors, notes.txt, other.json, png`,
      `passed over in ${rig.path('output')}, no files: link.png, linked, loop`,
    ]);
    expect(rig.warnings).toEqual([]);
  });

  test('may be named by a link, which is followed once', async () => {
    rig.write('output/a.png', png(8, 8, 1));
    symlinkSync(rig.path('output'), rig.path('link'));
    expect(await rig.ids('./link')).toEqual(['output: a']);
    const items = await rig.items('./link');
    expect(await rig.read(items[0]!)).toEqual(png(8, 8, 1));
  });

  test.each([
    ['./nowhere', /it is not there/u],
    ['./output/a.png', /is no folder/u],
    ['./output/a.png/b', /a part of the path is a file/u],
    ['./empty', /no pictures, videos or sounds/u],
    ['./loop', /it is a link/u],
  ])('%s is E_NOT_FOUND, with the reason', async (reference, reason) => {
    rig.write('output/a.png', png(8, 8, 1));
    rig.write('empty/notes.txt', 'x');
    symlinkSync(rig.path('loop'), rig.path('loop'));
    await expect(rig.list(reference)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'local-filesystem',
      message: expect.stringMatching(reason),
      hint: expect.any(String),
    });
  });
});
