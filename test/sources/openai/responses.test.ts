import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import { type NewResponse, RETENTION } from '../../fakes/openai/index.js';
import { answered, changed, type OpenAiRig, openOpenAiRig, START } from '../../support/openai-rig.js';

let rig: OpenAiRig;

beforeEach(async () => {
  rig = await openOpenAiRig();
});
afterEach(() => rig.shut());

const listNew = async (response: NewResponse = {}) => {
  const made = rig.fake.addResponse(response);
  return { made, ...(await rig.open(made.id)) };
};

const DAY = 24 * 3_600_000;

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

describe('a response that is being made in the background', () => {
  test('is awaited with a word, less and less often', async () => {
    const made = rig.fake.addResponse({ background: true, pollsBeforeEnd: 4 });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([2000, 3000, 4500, 6750]);
    expect(rig.progress[0]).toBe(`${made.id} is still queued; waiting up to 300 s more`);
    expect(rig.progress.at(-1)).toBe(`${made.id} is still in progress; waiting up to 291 s more`);
  });

  test('is given up after five minutes', async () => {
    const made = rig.fake.addResponse({ status: 'in_progress' });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'openai',
      message: `${made.id} was still in progress after 300 s`,
      hint: expect.stringContaining('--wait'),
    });
    expect(rig.clock.now() - START).toBeLessThanOrEqual(300_000);
    expect(rig.clock.now() - START).toBeGreaterThan(285_000);
  });

  test('is waited for as long as --wait says', async () => {
    const other = await openOpenAiRig({ options: { wait: '4' } });
    try {
      const made = other.fake.addResponse({ status: 'queued' });
      await expect(other.open(made.id)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
      expect(other.asked()).toHaveLength(2);
    } finally {
      await other.shut();
    }
  });

  test.each(['soon', '-1', ''])('--wait %j is a usage error before any request', async (wait) => {
    await expect(openOpenAiRig({ options: { wait } })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('an abort ends the wait', async () => {
    const made = rig.fake.addResponse({ status: 'queued' });
    const controller = new AbortController();
    const ended = expect(rig.open(made.id, { signal: controller.signal })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await ended;
  });
});

describe('a response without pictures', () => {
  test('that failed is told in the words of the service', async () => {
    const error = { code: 'image_content_policy_violation', message: 'Your request was rejected\u001b[2J.' };
    const made = rig.fake.addResponse({ status: 'failed', error });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      plugin: 'openai',
      message: `${made.id} failed: Your request was rejected[2J. (image_content_policy_violation)`,
    });
  });

  test.each([
    [{ status: 'incomplete', incompleteReason: 'content_filter' }, 'is incomplete: content_filter'],
    [{ status: 'incomplete', incompleteReason: 'max_output_tokens' }, 'is incomplete: max_output_tokens'],
    [{ status: 'cancelled' }, 'was cancelled'],
  ] as const)('like %j is told as what it is', async (response, words) => {
    const made = rig.fake.addResponse(response);
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id} ${words}`,
    });
  });

  test('whose pictures all failed is told so', async () => {
    const made = rig.fake.addResponse({
      images: [{ status: 'failed' }, { status: 'failed' }, { status: 'in_progress' }],
    });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id}: its picture was not made (failed, in_progress)`,
    });
  });

  test('that has words alone is E_NOT_FOUND', async () => {
    const made = rig.fake.addResponse({ images: 0 });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `${made.id} has no pictures`,
      hint: expect.stringContaining('--chain'),
    });
  });

  test('of which some were made is fetched, and its end told', async () => {
    const made = rig.fake.addResponse({ status: 'incomplete', images: 1 });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id} is incomplete: content_filter; the pictures that it has are fetched`]);
  });
});

describe('thirty days', () => {
  test('are told of a response', async () => {
    const { made, task, items } = await listNew();
    const end = new Date((made.created + RETENTION) * 1000);
    expect([task.expiresAt, items[0]!.expiresAt]).toEqual([end, end]);
  });

  test('are not told of one in a conversation, whose items stay', async () => {
    const { task, items } = await listNew({ conversation: rig.fake.addConversation() });
    expect([task.expiresAt, items[0]!.expiresAt]).toEqual([undefined, undefined]);
  });

  test.each([
    ['after them', { created: START / 1000 - RETENTION }],
    ['for a response that was not to be stored', { store: false }],
  ])('are named %s', async (_when, response) => {
    const made = rig.fake.addResponse(response);
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'openai',
      message: expect.stringContaining(`Response with id '${made.id}' not found.`),
      hint: expect.stringMatching(/thirty days.*store: false/u),
    });
    expect(rig.asked()).toHaveLength(1);
  });
});

describe('with --chain', () => {
  let chained: OpenAiRig;
  beforeEach(async () => {
    chained = await openOpenAiRig({ options: { chain: true } });
  });
  afterEach(() => chained.shut());
  const tasks = async (id: string, since?: Date) =>
    (await chained.openAll(id, since === undefined ? {} : { since })).map(({ task }) => task.id);

  test('a response is followed by those that it goes on from, newest first', async () => {
    const chain = chained.fake.addChain(4, (index) => ({ prompt: `turn ${index}` }));
    const listed = await chained.openAll(chain[3]!.id);
    expect(listed.map(({ task }) => task.id)).toEqual(chain.map(({ id }) => id).toReversed());
    expect(listed.map(({ task }) => task.prompt)).toEqual(['turn 3', 'turn 2', 'turn 1', 'turn 0']);
    for (const { task, items } of listed) expect(items.map(({ taskId }) => taskId)).toEqual([task.id]);
    expect(chained.warnings).toEqual([]);
  });

  test('none is asked for before it is needed', async () => {
    const chain = chained.fake.addChain(3);
    for await (const task of chained.source.open(chain[2]!.id, {})) {
      expect(task.id).toBe(chain[2]!.id);
      break;
    }
    expect(chained.asked().filter((path) => !path.includes('input_items'))).toEqual([`/responses/${chain[2]!.id}`]);
  });

  test('each says which one it goes on from, and how long it took', async () => {
    const [oldest, newest] = chained.fake.addChain(2);
    const [first] = await chained.openAll(newest!.id);
    expect(first!.items[0]!.generation).toMatchObject({
      parent: oldest!.id,
      durationMs: (newest!.completedAt! - newest!.created) * 1000,
    });
  });

  test('those without pictures are passed over', async () => {
    const chain = chained.fake.addChain(5, (index) => {
      if (index === 1) return { images: 0 };
      if (index === 2) return { status: 'failed' };
      return index === 4 ? { images: [{ status: 'failed' }] } : {};
    });
    expect(await tasks(chain[4]!.id)).toEqual([chain[3]!.id, chain[0]!.id]);
    expect(chained.warnings).toEqual([]);
  });

  test('a chain that has none is told as its newest is', async () => {
    const chain = chained.fake.addChain(2, () => ({ images: 0 }));
    await expect(tasks(chain[1]!.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: `${chain[1]!.id} has no pictures`,
    });
  });

  test('it ends, with a word, where the service has nothing any more', async () => {
    const [oldest, middle, newest] = chained.fake.addChain(3);
    chained.fake.removeResponse(oldest!.id);
    expect(await tasks(newest!.id)).toEqual([newest!.id, middle!.id]);
    expect(chained.warnings).toEqual([
      `the chain ends at ${middle!.id}: the service has ${oldest!.id} no more (it keeps responses thirty days)`,
    ]);
  });

  test('it ends, with a word, where it leads round in a circle', async () => {
    const chain = chained.fake.addChain(2);
    const [older, newer] = chain;
    const circle = changed((json) => ({ ...json, previous_response_id: json.previous_response_id ?? newer!.id }));
    chained.fake.faults.inject({ path: /\/responses\/[^/]+$/u, count: 99, what: circle });
    expect(await tasks(newer!.id)).toEqual([newer!.id, older!.id]);
    expect(chained.warnings).toEqual([expect.stringContaining('leads round in a circle')]);
  });

  test.each(['../../up', 'resp_\u001b[2J', '', 7])('an id like %j leads nowhere', async (previous) => {
    const made = chained.fake.addResponse();
    const change = changed((json) => ({ ...json, previous_response_id: previous }));
    chained.fake.faults.inject({ path: /\/responses\/[^/]+$/u, what: change });
    expect(await tasks(made.id)).toEqual([made.id]);
    expect(chained.asked()).toHaveLength(2);
  });

  test('it ends where everything is older than is wanted', async () => {
    const chain = chained.fake.addChain(5, (index) => ({ created: Math.floor((START - (5 - index) * DAY) / 1000) }));
    expect(await tasks(chain[4]!.id, new Date(START - 2.5 * DAY))).toEqual([4, 3, 2].map((at) => chain[at]!.id));
    expect(chained.asked().some((path) => path.includes(chain[1]!.id))).toBe(false);
  });

  test('an outage in the middle ends it: nothing is left out silently', async () => {
    const [older, newer] = chained.fake.addChain(2);
    chained.fake.faults.inject({ path: new RegExp(older!.id, 'u'), count: 99, what: { kind: 'status', status: 500 } });
    await expect(tasks(newer!.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
  });

  test('one picture of a response is one picture', async () => {
    const [, newer] = chained.fake.addChain(2);
    expect(await tasks(`${newer!.id}/${newer!.images[0]!.id}`)).toEqual([newer!.id]);
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
