import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Item } from '../../../src/plugin.js';
import type { NewOutput } from '../../fakes/comfyui/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type ComfyUiRig, openComfyUiRig } from '../../support/comfyui-rig.js';
import { sha256, sha256Of } from '../../support/digests.js';

let rig: ComfyUiRig;

const open = closedAfterEach(openComfyUiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

const link = (query: Record<string, string>) => `http://${rig.host}/view?${new URLSearchParams(query)}`;

describe('files of jobs', () => {
  test('come byte for byte, whatever kind they are of, with the graphs inside', async () => {
    const kinds = ['image', 'animated-webp', 'video', 'gif', 'audio', 'custom'] as const;
    const made = rig.fake.addPrompt({ outputs: kinds.map((kind): NewOutput => ({ kind })) });
    const { items } = await rig.list(made.id);
    for (const [position, item] of items.entries()) {
      const fetched = await rig.fetchBytes(item);
      expect(sha256Of(fetched)).toBe(sha256(made.files[position]!.bytes));
      expect(fetched.mediaType).toBe(item.mediaType);
    }
    let picture = '';
    for await (const chunk of (await rig.fetchBytes(items[0]!)).bytes.open())
      picture += Buffer.from(chunk).toString('latin1');
    expect(picture).toContain('tEXtworkflow\0{');
    for (const asked of rig.viewed()) expect(asked).not.toMatch(/preview|channel/u);
  });

  test('lie in their subfolders, under names with whatever letters', async () => {
    const outputs = [{ subfolder: 'kites/röd', filename: 'a&b=c #1%20.png' }, { subfolder: 'kites' }];
    const made = rig.fake.addPrompt({ outputs });
    const { items } = await rig.list(made.id);
    for (const [position, item] of items.entries()) {
      expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(made.files[position]!.bytes));
    }
  });

  test('are still had when the server was restarted, by the items that were listed', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.restart();
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.files[0]!.bytes));
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('are still had in another session after a restart, by what was written down of them', async () => {
    const made = rig.fake.addPrompt({ outputs: [{}, { subfolder: 'kites' }] });
    const { items } = await rig.list(made.id);
    rig.fake.restart();
    const later = await open({ now: rig.clock.now });
    for (const item of items) {
      for (const renew of [false, true]) {
        const location = await later.source.locate(JSON.parse(JSON.stringify(item)), { renew });
        const own = await rig.source.locate(item, { renew: false });
        expect(location.kind === 'request' && new URL(location.url).search).toBe(
          own.kind === 'request' && new URL(own.url).search,
        );
      }
    }
  });

  test('whose job and record are both unknown are E_NOT_FOUND', async () => {
    const made = rig.fake.addPrompt();
    const [{ id, taskId }] = (await rig.list(made.id)).items as [Item];
    rig.fake.restart();
    const later = await open();
    await expect(later.source.locate({ id, taskId }, { renew: false })).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'comfyui',
    });
  });

  test('that were deleted are E_NOT_FOUND after one more question', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    rig.fake.removeFile(made.files[0]!);
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'comfyui' });
    expect(rig.viewed()).toHaveLength(2);
  });

  test('whose folder was emptied are those that have their names now: the bytes tell them apart', async () => {
    const made = rig.fake.addPrompt();
    const [item] = (await rig.list(made.id)).items;
    const before = sha256Of(await rig.fetchBytes(item!));
    rig.fake.emptyOutputFolder();
    const later = rig.fake.addPrompt();
    const [other] = (await rig.list(later.id)).items;
    expect(other!.title).toBe(item!.title);
    expect(other!.id).not.toBe(item!.id);
    expect(sha256Of(await rig.fetchBytes(other!))).not.toBe(before);
  });

  test('that escape their folder are refused by the server, and end so', async () => {
    const entry = { filename: 'a.png', subfolder: '../../secrets', type: 'output' };
    const made = rig.fake.addPrompt({ outputs: [], rawOutputs: { 20: { images: [entry] } } });
    const [item] = (await rig.list(made.id)).items;
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({ code: 'E_EXPIRED', plugin: 'comfyui' });
  });

  test('of one job are asked for once when many are renewed together, also when one caller gives up', async () => {
    const made = rig.fake.addPrompt({ outputs: [{ count: 5 }] });
    const { items } = await rig.list(made.id);
    const controller = new AbortController();
    const work = items.map((item, position) =>
      rig.source.locate(item, { renew: true, ...(position === 0 ? { signal: controller.signal } : {}) }),
    );
    controller.abort();
    const ends = await Promise.allSettled(work);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', ...Array(4).fill('fulfilled')]);
    expect(rig.asked().length).toBeLessThanOrEqual(3);
  });
});

describe('a file that a link names', () => {
  test('is one item that says what is known of it', async () => {
    const made = rig.fake.addPrompt({ outputs: [{ subfolder: 'kites' }] });
    const [file] = made.files;
    const { task, items } = await rig.list(link({ filename: file!.filename, subfolder: 'kites', preview: 'webp;90' }));
    expect(task).toMatchObject({ id: 'view-output-kites-ComfyUI_00001_-png', title: 'ComfyUI_00001_.png', count: 1 });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      id: task.id,
      taskId: task.id,
      index: 1,
      mediaType: 'image/png',
      size: file!.bytes.length,
      generation: {},
    });
    expect(sha256Of(await rig.fetchBytes(items[0]!))).toBe(sha256(file!.bytes));
    expect(rig.asked()).toEqual([]);
  });

  test('is had after a restart, when no job tells of it', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.restart();
    const { items } = await rig.list(link({ filename: made.files[0]!.filename, type: 'output' }));
    expect(sha256Of(await rig.fetchBytes(items[0]!))).toBe(sha256(made.files[0]!.bytes));
  });

  test('of the temp folder is had too, because it was named', async () => {
    const made = rig.fake.addPrompt({ outputs: [{ kind: 'preview' }] });
    const { items } = await rig.list(link({ filename: made.files[0]!.filename, type: 'temp' }));
    expect(sha256Of(await rig.fetchBytes(items[0]!))).toBe(sha256(made.files[0]!.bytes));
  });

  test('is located by whoever only wrote its id down, with letters of all kinds in its name', async () => {
    const outputs = [{ subfolder: 'a-b/ç', filename: 'x-y_z.1=2D é.png' }];
    const made = rig.fake.addPrompt({ outputs });
    const [file] = made.files;
    const { items } = await rig.list(link({ filename: file!.filename, subfolder: file!.subfolder }));
    const { id, taskId } = items[0]!;
    expect(id).toMatch(/^[A-Za-z0-9._=-]+$/u);
    rig = await open({ now: rig.clock.now });
    rig.fake.addPrompt({ outputs });
    expect(sha256Of(await rig.fetchBytes({ id, taskId }))).toBe(sha256(rig.fake.prompts[0]!.files[0]!.bytes));
  });

  test.each([
    ['is not there', { filename: 'none.png' }, 'E_NOT_FOUND'],
    ['leads out of its folder', { filename: 'a.png', subfolder: '../..' }, 'E_CREDENTIALS'],
    ['is in no folder of the server', { filename: 'a.png', type: 'secret' }, 'E_BAD_ANSWER'],
  ])('that %s is refused before anything is listed', async (_what, query, code) => {
    await expect(rig.list(link(query))).rejects.toMatchObject({ code, plugin: 'comfyui' });
  });

  test.each(['http://192.0.2.7:8188', 'http://127.0.0.1:1', 'https://cloud.comfy.org'])(
    'on the server %s, which is not the one that is read, is a usage error without a request',
    async (origin) => {
      for (const path of ['/view?filename=a.png', '/history/3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f']) {
        await expect(rig.list(`${origin}${path}`)).rejects.toMatchObject({
          code: 'E_USAGE',
          hint: `start with --base-url ${origin}`,
        });
      }
      expect(rig.fake.requests).toEqual([]);
    },
  );

  test('a job is had by a link to it, also by the other name of this machine', async () => {
    const made = rig.fake.addPrompt();
    const port = new URL(`http://${rig.host}`).port;
    for (const reference of [`http://${rig.host}/history/${made.id}`, `http://localhost:${port}/api/jobs/${made.id}`]) {
      expect((await rig.list(reference)).task.id).toBe(made.id);
    }
  });
});
