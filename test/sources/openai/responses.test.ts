import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { NewResponse } from '../../fakes/openai/index.js';
import { answered, changed, type OpenAiRig, openOpenAiRig } from '../../support/openai-rig.js';

let rig: OpenAiRig;

beforeEach(async () => {
  rig = await openOpenAiRig();
});
afterEach(() => rig.shut());

const listNew = async (response: NewResponse = {}) => {
  const made = rig.fake.addResponse(response);
  return { made, ...(await rig.open(made.id)) };
};

describe('a response', () => {
  test('has an item for each picture, in the order of its output, with what it was made from', async () => {
    const { made, task, items } = await listNew({ prompt: 'a tin robot', images: [{}, { action: 'edit' }, {}] });
    expect(task).toMatchObject({ source: 'openai', id: made.id, count: 3, prompt: 'a tin robot' });
    expect(items.map(({ id, index }) => [id, index])).toEqual(made.images.map(({ id }, at) => [id, at + 1]));
    expect(items[0]).toMatchObject({
      taskId: made.id,
      mediaType: 'image/png',
      size: made.images[0]!.picture.length,
      createdAt: new Date(made.created * 1000),
      generation: { prompt: 'a tin robot', model: 'gpt-image-2', kind: 'generate', width: 1024, height: 1024 },
    });
    expect(items[1]!.generation.kind).toBe('edit');
    expect(rig.asked()).toEqual([`/responses/${made.id}`, `/responses/${made.id}/input_items?limit=2&order=desc`]);
  });

  test('takes its model from the picture tool, and its size from the picture before the tool', async () => {
    const { items } = await listNew({
      tool: { model: 'gpt-image-1', size: '1536x1024' },
      images: [{ bare: true }, {}],
    });
    expect(items.map(({ generation }) => [generation.model, generation.width])).toEqual([
      ['gpt-image-1', 1536],
      ['gpt-image-1', 1024],
    ]);
  });

  test('of a tool that chooses the size says none', async () => {
    const { items } = await listNew({ tool: { size: 'auto' }, images: [{ bare: true }] });
    expect(items[0]!.generation).not.toHaveProperty('width');
  });

  test('is kept as it came, but for the bytes: no field dropped, every number as it was written', async () => {
    const { made, task, items } = await listNew({ images: [{ revisedPrompt: 'A robot, in soft light' }, {}] });
    const { json, redacted } = items[0]!.raw;
    expect(redacted).toEqual(['item.result']);
    for (const written of ['"ticket":9007199254740993', '"seed":18446744073709551615', '"temperature":1.0'])
      expect(json).toContain(written);
    expect(json.length).toBeLessThan(4_000);
    const { response, item } = parse(json) as Record<string, Record<string, unknown>>;
    expect(item).toMatchObject({ id: made.images[0]!.id, result: '?…', revised_prompt: 'A robot, in soft light' });
    const types = (response!.output as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(['reasoning', 'message']);
    expect(task.raw!.json).not.toContain('image_generation_call');
  });

  test.each(['png', 'webp', 'jpeg'] as const)(
    'of pictures in %s says so, also where the format is not told',
    async (format) => {
      const { items } = await listNew({ images: [{ format }, { format, bare: true }] });
      expect(items.map(({ mediaType }) => mediaType)).toEqual([`image/${format}`, `image/${format}`]);
    },
  );

  test('has a picture that is whole although its status says that it is being made', async () => {
    const { items } = await listNew({ images: [{ status: 'generating' }, { status: 'failed', form: 'base64' }] });
    expect(items).toHaveLength(2);
    expect(rig.warnings).toEqual([]);
  });

  test.each([
    [{ status: 'failed' }, 'failed'],
    [{ status: 'in_progress' }, 'in_progress'],
    [{ form: 'null' }, 'completed'],
    [{ form: 'empty' }, 'completed'],
    [{ form: 'missing' }, 'completed'],
  ] as const)('passes over a picture like %j with a word', async (image, status) => {
    const { made, items } = await listNew({ images: [{}, image, {}] });
    expect(items.map(({ id, index }) => [id, index])).toEqual([
      [made.images[0]!.id, 1],
      [made.images[2]!.id, 2],
    ]);
    expect(rig.warnings).toEqual([`${made.images[1]!.id} of ${made.id} has no picture (${status})`]);
    const kept = (parse(items[0]!.raw.json) as { response: { output: { id: string }[] } }).response.output;
    expect(kept.map(({ id }) => id)).toContain(made.images[1]!.id);
  });

  test('has a picture once that it lists twice', async () => {
    const made = rig.fake.addResponse();
    const twice = (json: Record<string, unknown>) => ({
      ...json,
      output: [...(json.output as []), ...(json.output as [])],
    });
    rig.fake.faults.inject({ path: /\/responses\/[^/]+$/u, what: changed(twice) });
    expect((await rig.open(made.id)).items).toHaveLength(1);
  });

  test('one of its pictures keeps its number', async () => {
    const made = rig.fake.addResponse({ images: 3 });
    const { task, items } = await rig.open(`${made.id}/${made.images[1]!.id}`);
    expect(task).toMatchObject({ id: made.id, count: 1 });
    expect(items.map(({ id, index }) => [id, index])).toEqual([[made.images[1]!.id, 2]]);
  });

  test('a picture that it does not have is E_NOT_FOUND', async () => {
    const made = rig.fake.addResponse();
    await expect(rig.open(`${made.id}/ig_0123456789`)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'openai' });
  });

  test('a picture without an id is a bad answer', async () => {
    const made = rig.fake.addResponse({ images: [{ extra: { id: '../../up' } }] });
    await expect(rig.open(made.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'openai' });
  });
});

describe('the prompt', () => {
  test('is all that the user wrote last, in its parts', async () => {
    const { task } = await listNew({ prompt: ['a tin robot', 'in the rain'], inputPicture: true });
    expect(task.prompt).toBe('a tin robot\nin the rain');
  });

  test('of a turn is its own, though the turns before stand in the input too', async () => {
    const [first, second] = rig.fake.addChain(2, (index) => ({ prompt: `turn ${index}`, images: 2 }));
    expect((await rig.open(second!.id)).task.prompt).toBe('turn 1');
    expect((await rig.open(first!.id)).task.prompt).toBe('turn 0');
    expect(rig.asked().filter((path) => path.includes('input_items'))).toHaveLength(2);
  });

  test('of a turn that is a picture alone is the revised one, and not that of the turn before', async () => {
    const turns = [
      { prompt: 'a tin robot' },
      { prompt: [], inputPicture: true, images: [{ revisedPrompt: 'The same robot, in the rain' }] },
    ];
    const [, second] = rig.fake.addChain(2, (index) => turns[index]!);
    const { task, items } = await rig.open(second!.id);
    expect(task.prompt).toBeUndefined();
    expect(items.map(({ generation }) => generation.prompt)).toEqual(['The same robot, in the rain']);
  });

  test('is looked for page by page, where tools have written behind it', async () => {
    const made = rig.fake.addResponse({ prompt: 'a tin robot' });
    const tool = (number: number) => ({ id: `fc_${number}`, type: 'function_call_output', output: 'x' });
    const pages = [
      { data: [tool(1), tool(2)], has_more: true, last_id: 'fc_2' },
      {
        data: [tool(3), { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'no' }] }],
        has_more: true,
        last_id: 'x',
      },
      { data: [{ type: 'message', role: 'user', content: 'found' }], has_more: false },
    ];
    rig.fake.faults.inject({ path: /input_items/u, count: 3, what: answered(...pages) });
    expect((await rig.open(made.id)).task.prompt).toBe('found');
    expect(rig.asked().slice(1)).toEqual(
      ['', '&after=fc_2', '&after=x'].map((after) => `/responses/${made.id}/input_items?limit=2&order=desc${after}`),
    );
  });

  test('is the revised one where the service tells no other', async () => {
    const made = rig.fake.addResponse({ images: [{ revisedPrompt: 'A robot' }, { revisedPrompt: null }] });
    rig.fake.faults.inject({ path: /input_items/u, what: changed((json) => ({ ...json, data: [], has_more: false })) });
    const { task, items } = await rig.open(made.id);
    expect(task.prompt).toBeUndefined();
    expect(items.map(({ generation }) => generation.prompt)).toEqual(['A robot', undefined]);
  });

  test.each([
    ['gone', { kind: 'status', status: 404 }],
    ['no list', { kind: 'status', status: 400 }],
  ] as const)('that is %s does not keep its pictures from being fetched', async (_what, what) => {
    const made = rig.fake.addResponse();
    rig.fake.faults.inject({ path: /input_items/u, what });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([expect.stringContaining(`the prompt of ${made.id} could not be read: `)]);
  });

  test('that an outage keeps back ends it: no picture goes without its prompt for that', async () => {
    const made = rig.fake.addResponse();
    rig.fake.faults.inject({ path: /input_items/u, count: 99, what: { kind: 'status', status: 500 } });
    await expect(rig.open(made.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });
});

describe('what cannot be fetched', () => {
  test.each([
    ['ig_0c1b2c3d4e5f6071', 'name its conversation or its response before it: conv_…/ig_0c1b2c3d4e5f6071'],
    ['video_0c1b2c3d4e5f6071', 'nothing can be fetched from it any more'],
  ])('%s is explained, without a request', async (reference, hint) => {
    await expect(rig.openAll(reference)).rejects.toMatchObject({
      code: 'E_USAGE',
      plugin: 'openai',
      hint: expect.stringContaining(hint),
    });
    expect(rig.asked()).toEqual([]);
  });

  test('there is no list of everything', () => {
    expect(rig.source.all).toBeUndefined();
  });
});
