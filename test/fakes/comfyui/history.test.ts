import { describe, expect, test } from '@jest/globals';
import { json, START, useFakeComfyUi } from './session.js';

const session = useFakeComfyUi();
const { server, post } = session;

interface Item {
  prompt: [number, string, Record<string, { class_type: string; inputs: Record<string, unknown> }>, object, string[]];
  outputs: Record<string, Record<string, unknown>>;
  status: { status_str: string; completed: boolean; messages: [string, Record<string, unknown>][] } | null;
}
type History = Record<string, Item>;

const ids = async (query: string) => Object.keys(json<History>(await server(`/history${query}`)));

describe('the history', () => {
  test('stands in the order of ending, also behind /api', async () => {
    const prompts = session.fake.addPrompts(3);
    for (const path of ['/history', '/api/history']) {
      expect(Object.keys(json<History>(await server(path)))).toEqual(prompts.map(({ id }) => id));
    }
  });

  test('is cut to the newest by max_items alone, and counted from the oldest by an offset', async () => {
    const all = session.fake.addPrompts(5).map(({ id }) => id);
    expect(await ids('?max_items=2')).toEqual(all.slice(3));
    expect(await ids('?max_items=9')).toEqual(all);
    expect(await ids('?max_items=2&offset=1')).toEqual(all.slice(1, 3));
    expect(await ids('?offset=3')).toEqual(all.slice(3));
    expect(await ids('?offset=9')).toEqual([]);
    expect(await ids('?max_items=0')).toEqual([]);
  });

  test('breaks over a number that is none', async () => {
    const { status, body } = await server('/history?max_items=two');
    expect([status, body.toString()]).toEqual([500, '500 Internal Server Error\n\nServer got itself in trouble']);
  });

  test('answers an unknown id with an empty object', async () => {
    const answer = await server('/history/00000000-0000-4000-8000-000000000000');
    expect([answer.status, json(answer)]).toEqual([200, {}]);
  });

  test('holds no more than its cap', async () => {
    await session.restartWith({ historyCap: 3 });
    const all = session.fake.addPrompts(5).map(({ id }) => id);
    expect(await ids('')).toEqual(all.slice(2));
  });

  test('is lost by a restart, which keeps the files that were saved', async () => {
    const { files } = session.fake.addPrompt({ outputs: [{}, { kind: 'preview' }] });
    const view = ({ filename, folder }: { filename: string; folder: string }) =>
      server(`/view?filename=${filename}&type=${folder}`);
    expect((await view(files[1]!)).status).toBe(200);
    session.fake.restart();
    expect(await ids('')).toEqual([]);
    expect((await view(files[0]!)).status).toBe(200);
    expect((await view(files[1]!)).status).toBe(404);
  });

  test('can be changed over the API, which is told of', async () => {
    const [first, second] = session.fake.addPrompts(3);
    await post('/history', { delete: [first!.id] });
    expect(await ids('')).toHaveLength(2);
    expect(await ids('')).toContain(second!.id);
    await post('/api/history', { clear: true });
    expect(await ids('')).toEqual([]);
    expect(session.fake.changes().map(({ target }) => target)).toEqual(['/history', '/api/history']);
  });

  test('of ten thousand prompts costs no encoded picture', async () => {
    const [oldest, next] = session.fake.addPrompts(10_001);
    expect(await ids('?offset=0&max_items=1')).toEqual([next!.id]);
    expect((await server(`/api/jobs/${oldest!.id}`)).status).toBe(404);
    const { pagination } = json<{ pagination: object }>(await server('/api/jobs?limit=10&offset=9990'));
    expect(pagination).toEqual({ offset: 9_990, limit: 10, total: 10_000, has_more: false });
  });
});

describe('an item', () => {
  test('has the graph, the outputs and the messages', async () => {
    const prompt = session.fake.addPrompt({ text: 'a red kite' });
    const item = json<History>(await server(`/history/${prompt.id}`))[prompt.id]!;
    const [number, id, graph, extra, nodes] = item.prompt;
    expect([number, id, nodes]).toEqual([0, prompt.id, ['9']]);
    expect(graph[6]).toMatchObject({ class_type: 'CLIPTextEncode', inputs: { text: 'a red kite' } });
    expect(extra).toMatchObject({
      create_time: START,
      extra_pnginfo: { workflow: { id: prompt.workflowId, nodes: expect.any(Array) } },
    });
    expect(item.outputs).toEqual({
      9: { images: [{ filename: 'ComfyUI_00001_.png', subfolder: '', type: 'output' }] },
    });
    expect(item.status!.messages.map(([name]) => name)).toEqual([
      'execution_start',
      'execution_cached',
      'execution_success',
    ]);
    expect(item.status!.messages[0]![1].timestamp).toBe(START + 100);
  });

  test('prints numbers as Python does, and escapes whatever is not ASCII', async () => {
    session.fake.addPrompt({ text: 'première 🪁', notANumber: true });
    const text = (await server('/history')).body.toString('utf8');
    for (const raw of [
      '"cfg":7.0',
      '"seed":18446744073709551615',
      'premi\\u00e8re \\ud83e\\ude81',
      '"is_changed":[NaN]',
    ]) {
      expect(text).toContain(raw);
    }
  });

  test('that failed says where and why, and one that was interrupted says so', async () => {
    const failed = session.fake.addPrompt({ outcome: 'error' });
    const interrupted = session.fake.addPrompt({ outcome: 'interrupted' });
    const history = json<History>(await server('/history'));
    for (const [prompt, event] of [
      [failed, 'execution_error'],
      [interrupted, 'execution_interrupted'],
    ] as const) {
      const { status, outputs } = history[prompt.id]!;
      expect([status!.status_str, status!.completed, outputs]).toEqual(['error', false, {}]);
      expect(status!.messages.at(-1)).toEqual([event, expect.objectContaining({ node_type: 'KSampler' })]);
    }
  });

  test('of an old server may have no status', async () => {
    const { id } = session.fake.addPrompt({ withoutStatus: true, withoutCreateTime: true });
    const item = json<History>(await server('/history'))[id]!;
    expect(item.status).toBeNull();
    expect(item.prompt[3]).not.toHaveProperty('create_time');
  });

  test('shows the outputs of each kind of node in its own way', async () => {
    session.fake.addPrompt({
      outputs: [
        { count: 2, subfolder: 'kites' },
        { kind: 'animated-webp' },
        { kind: 'video' },
        { kind: 'gif' },
        { kind: 'audio' },
        { kind: 'preview' },
        { kind: 'text', text: 'a line' },
        { kind: 'model' },
        { kind: 'custom' },
      ],
      rawOutputs: { 40: { numbers: [1, null] } },
    });
    const [item] = Object.values(json<History>(await server('/history')));
    expect(Object.values(item!.outputs)).toEqual([
      {
        images: [
          { filename: 'ComfyUI_00001_.png', subfolder: 'kites', type: 'output' },
          { filename: 'ComfyUI_00002_.png', subfolder: 'kites', type: 'output' },
        ],
      },
      { images: [{ filename: 'ComfyUI_00001_.webp', subfolder: '', type: 'output' }], animated: [true] },
      { images: [{ filename: 'ComfyUI_00001_.mp4', subfolder: 'video', type: 'output' }], animated: [true] },
      { gifs: [expect.objectContaining({ filename: 'AnimateDiff_00001.mp4', format: 'video/h264-mp4' })] },
      { audio: [{ filename: 'ComfyUI_00001_.flac', subfolder: 'audio', type: 'output' }] },
      { images: [{ filename: 'ComfyUI_temp_qhxzc_00001_.png', subfolder: '', type: 'temp' }] },
      { text: ['a line'] },
      { result: ['mesh/ComfyUI_00001_.glb', null] },
      { a_images: [{ filename: 'pair_00001_.png', subfolder: '', type: 'output' }] },
      { numbers: [1, null] },
    ]);
  });

  test('that was wholly cached succeeded without any output', async () => {
    session.fake.addPrompt({ outputs: [] });
    const [item] = Object.values(json<History>(await server('/history')));
    expect([item!.outputs, item!.status!.status_str]).toEqual([{}, 'success']);
  });

  test('may have its text in a node of its own, or behind a guider', async () => {
    const linked = session.fake.addPrompt({ form: 'linked', text: 'a red kite' });
    const guided = session.fake.addPrompt({ form: 'guided' });
    const history = json<History>(await server('/history'));
    expect(history[linked.id]!.prompt[2]).toMatchObject({
      2: { inputs: { value: 'a red kite' } },
      6: { inputs: { text: ['2', 0] } },
    });
    expect(history[guided.id]!.prompt[2]).toMatchObject({
      3: { inputs: { guider: ['31', 0] } },
      31: { inputs: { conditioning: ['34', 0] } },
    });
  });
});

test('a prompt of the queue is not in the history until it has ended', async () => {
  const running = session.fake.addPrompt({ outcome: 'running' });
  const pending = session.fake.addPrompt({ outcome: 'pending' });
  const queue = json<Record<string, [number, string][]>>(await server('/queue'));
  const heads = ['queue_running', 'queue_pending'].map((name) => queue[name]!.map((tuple) => tuple.slice(0, 2)));
  expect(heads).toEqual([[[0, running.id]], [[1, pending.id]]]);
  expect(json(await server('/prompt'))).toEqual({ exec_info: { queue_remaining: 2 } });
  expect(await ids('')).toEqual([]);
  session.fake.clock.advance(5_000);
  expect(session.fake.finishPrompt(running.id).files).toHaveLength(1);
  expect(await ids('')).toEqual([running.id]);
});
