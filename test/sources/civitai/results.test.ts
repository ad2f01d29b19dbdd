import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer, NewWorkflow } from '../../fakes/civitai/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type CivitaiRig, openCivitaiRig } from '../../support/civitai-rig.js';

let rig: CivitaiRig;

const open = closedAfterEach(openCivitaiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

/** The service's answer with a change in its JSON. */
const changed = (change: (workflow: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

type Step = Record<string, unknown> & { output: Record<string, unknown> & { images: Record<string, unknown>[] } };
const changedStep = (change: (step: Step) => object) =>
  changed(({ steps, ...workflow }) => {
    const [first, ...rest] = steps as Step[];
    return { ...workflow, steps: [change(first!), ...rest] };
  });

describe('what a workflow made', () => {
  test.each([
    ['imageGen', ['image/jpeg', 'image/jpeg']],
    ['videoGen', ['video/mp4']],
    ['comfy', ['image/png', 'image/png']],
    ['customComfy', ['image/png']],
    ['upscaled', ['image/jpeg', 'image/jpeg']],
    ['repeated', ['image/jpeg']],
    ['audio', ['audio/mpeg']],
  ] as const)('is found in the output of %s: what is cached or temporary is no result', async (kind, types) => {
    const made = rig.fake.addWorkflow({ kind, prompt: 'ferns' });
    const { items } = await rig.list(made.id);
    expect(items.map(({ mediaType }) => mediaType)).toEqual(types);
    expect(items.map(({ index }) => index)).toEqual(types.map((_type, position) => position + 1));
    for (const item of items) expect(item.generation.prompt).toBe('ferns');
    expect(rig.warnings).toEqual([]);
  });

  test('are all videos of one step', async () => {
    const made = rig.fake.addWorkflow({ kind: 'videoGen', blobs: [{}, {}, {}] });
    const { items } = await rig.list(made.id);
    expect(items).toHaveLength(3);
    expect(items[0]!.generation).toMatchObject({ kind: 'videoGen', width: 768, height: 512 });
  });

  test('has the prompt of the picture that was made larger', async () => {
    const made = rig.fake.addWorkflow({ kind: 'upscaled', prompt: 'ferns', seed: '5' });
    const [first, larger] = (await rig.list(made.id)).items;
    expect(first!.generation).toMatchObject({ kind: 'textToImage', prompt: 'ferns', seed: '5' });
    expect(larger!.generation).toMatchObject({ kind: 'imageUpscaler', prompt: 'ferns', seed: '5' });
    expect(larger!.raw.json).toContain('"step":"upscaler"');
    expect([first!.generation.parent, larger!.generation.parent]).toEqual([undefined, first!.id]);
  });

  test('may be nothing that can be kept, which is told and no failure', async () => {
    const made = rig.fake.addWorkflow({ kind: 'mediaHash' });
    const { task, items } = await rig.list(made.id);
    expect([task.count, items]).toEqual([0, []]);
    expect(rig.warnings).toEqual([`${made.id} made no pictures, videos or sounds: nothing to save`]);
  });

  test('may be a 3D model, which is told and not fetched', async () => {
    const made = rig.fake.addWorkflow({ kind: 'comfy', blobs: [{}, { format: 'glb' }] });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id}: no picture, video or sound, and not fetched: 3D models (1)`]);
  });

  test('that was blocked, got lost or has no link is told, not fetched, and the others keep no gap', async () => {
    const made = rig.fake.addWorkflow({
      blobs: [{ blockedReason: 'NSFW content' }, {}, { available: false }, { available: false }, {}],
    });
    const { task, items } = await rig.list(made.id);
    const blobs = made.steps[0]!.blobs;
    expect(items.map(({ id, index }) => [index, `${id}.jpeg`])).toEqual([
      [1, blobs[1]!.id],
      [2, blobs[4]!.id],
    ]);
    expect(task.count).toBe(2);
    expect(rig.warnings).toEqual([
      `${made.id}: 1 of 5 results: blocked (NSFW content)`,
      `${made.id}: 2 of 5 results: not available`,
    ]);
  });

  test('whose record says that it is there, and has no link, is not', async () => {
    const made = rig.fake.addWorkflow();
    rig.fake.faults.inject({
      what: changedStep(({ output, ...step }) => {
        const [first, ...rest] = output.images;
        return { ...step, output: { images: [{ ...first, url: null }, ...rest] } };
      }),
    });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id}: 1 of 2 results: not available`]);
  });

  test('has an id of its own, also where two files are called alike but for their endings', async () => {
    const blobs = [{ id: 'SAME.jpeg' }, { id: 'SAME.png', format: 'png' }, { id: 'blob_01JD3K2M' }] as const;
    const made = rig.fake.addWorkflow({ blobs });
    const { items } = await rig.list(made.id);
    expect(items.map(({ id, mediaType }) => [id, mediaType])).toEqual([
      ['SAME', 'image/jpeg'],
      ['SAME.png', 'image/png'],
      ['blob_01JD3K2M', undefined],
    ]);
  });

  test.each(['../../etc/passwd', 'a/b.jpeg', '..', 'a\u0000b', 'a\u202eb', 'a?b#c'])(
    'with the id %j is none',
    async (id) => {
      const made = rig.fake.addWorkflow();
      rig.fake.faults.inject({
        what: changedStep(({ output, ...step }) => ({
          ...step,
          output: { images: [{ ...output.images[0], id }, output.images[1]] },
        })),
      });
      expect((await rig.list(made.id)).items).toHaveLength(1);
    },
  );
});

describe('the prompt', () => {
  const prompts = async (given: NewWorkflow): Promise<unknown> =>
    (await rig.list(rig.fake.addWorkflow(given).id)).items[0]!.generation.prompt;

  test('by reference is that of the workflow’s arguments', async () => {
    expect(await prompts({ promptByReference: true, prompt: 'ferns' })).toBe('ferns');
  });

  test.each([
    ['a reference into another step', { $ref: '0', path: 'input.negativePrompt' }, 'blurry'],
    ['a reference into a list', { $ref: '$arguments', path: 'prompts[1].text' }, 'second'],
    ['a reference to nothing', { $ref: '$arguments', path: 'constructor.name' }, 'in the metadata'],
    ['a reference to a step that is not there', { $ref: 'x', path: 'input.prompt' }, 'in the metadata'],
    ['a reference to itself', { $ref: '0', path: 'input.prompt' }, 'in the metadata'],
    ['a reference without a path', { $ref: '$arguments' }, 'in the metadata'],
    ['a number', 7, 'in the metadata'],
    ['nothing', undefined, 'in the metadata'],
    ['blanks', '  ', 'in the metadata'],
  ])('given as %s', async (_form, prompt, expected) => {
    const made = rig.fake.addWorkflow({ metadata: { params: { prompt: 'in the metadata' } } });
    const change = changed(({ steps, ...workflow }) => ({
      ...workflow,
      arguments: { prompts: [{ text: 'first' }, { text: 'second' }] },
      steps: (steps as Step[]).map((step) => ({ ...step, input: { ...(step.input as object), prompt } })),
    }));
    rig.fake.faults.inject({ what: change });
    const { generation } = (await rig.list(made.id)).items[0]!;
    expect(generation.prompt).toBe(expected);
  });

  test('and the seed of any are left out', async () => {
    const made = rig.fake.addWorkflow({ metadata: {} });
    rig.fake.faults.inject({ what: changedStep((step) => ({ ...step, input: { seed: -1, engine: 'kling' } })) });
    const { generation } = (await rig.list(made.id)).items[0]!;
    expect(generation).toEqual({
      ...{ model: 'kling', kind: 'textToImage', width: 1024, height: 1024 },
      ...{ durationMs: 26_000, cost: '4 blue buzz' },
    });
  });
});
