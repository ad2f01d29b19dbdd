import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../fakes/comfyui/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type ComfyUiRig, openComfyUiRig } from '../../support/comfyui-rig.js';

let rig: ComfyUiRig;

const open = closedAfterEach(openComfyUiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

/** The server's answer with a change in its JSON. */
const changed = (change: (job: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

describe('a record as servers send it, too', () => {
  test('a job that failed after it had written files has these, with a word', async () => {
    const made = rig.fake.addPrompt();
    const error = { exception_message: 'out of memory', node_type: 'KSampler' };
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, status: 'failed', execution_error: error })) });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id} failed: out of memory (KSampler); what it had made before is fetched`]);
  });

  test('the words of an error are made printable', async () => {
    const made = rig.fake.addPrompt({ outcome: 'error' });
    const error = { exception_message: 'no\u001b[2J\u202e\r\nway' };
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, execution_error: error })) });
    await expect(rig.list(made.id)).rejects.toMatchObject({ message: `${made.id} failed: no[2J way` });
  });

  test('a job called failed although it was interrupted, by servers that knew no other word', async () => {
    const other = await open({ knowsCancelled: false });
    const made = other.fake.addPrompt({ outcome: 'interrupted' });
    await expect(other.list(made.id)).rejects.toMatchObject({ code: 'E_TASK_FAILED' });
  });

  test('3D models are told and not fetched', async () => {
    const made = rig.fake.addPrompt({ outputs: [{}, { kind: 'model' }] });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id}: no picture, video or sound, and not fetched: ComfyUI_00001_.glb`]);
  });

  test('a workflow that is one of the graphs itself is taken for that', async () => {
    const made = rig.fake.addPrompt({ text: 'a kite' });
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, workflow: made.graph })) });
    const executed = (await rig.list(made.id)).items[0]!;
    expect(executed.generation.prompt).toBe('a kite');
    expect(JSON.parse(executed.documents![0]!.json)).toHaveProperty('9.class_type', 'SaveImage');
    const editor = { nodes: [], links: [], version: 0.4 };
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, workflow: editor })) });
    const edited = (await rig.list(made.id)).items[0]!;
    expect([edited.generation, JSON.parse(edited.documents![0]!.json)]).toEqual([{ durationMs: 9000 }, editor]);
  });

  test('a job without its workflow has no document', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: changed(({ workflow: _gone, ...job }) => job) });
    const [item] = (await rig.list(made.id)).items;
    expect([item!.generation, item!.documents]).toEqual([{ durationMs: 9000 }, undefined]);
  });

  test.each([
    ['an end before its beginning', { execution_start_time: 1_790_000_000_100, execution_end_time: 1_790_000_000_000 }],
    ['no beginning', { execution_start_time: null, execution_end_time: 1_790_000_000_000 }],
    ['no end but of its last change', { execution_end_time: undefined, update_time: 1_790_000_000_000 }],
    ['words for times', { execution_start_time: 'then', execution_end_time: 'now' }],
  ])('a job with %s does not tell how long it took', async (_what, times) => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, ...times })) });
    const [item] = (await rig.list(made.id)).items;
    expect(item!.generation).toMatchObject({ steps: 20 });
    expect(item!.generation).not.toHaveProperty('durationMs');
  });

  test('one without a status is a bad answer', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: changed(({ status: _gone, ...job }) => job) });
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'comfyui' });
  });

  test('answers that are compressed are read', async () => {
    const other = await open({ compresses: true });
    const made = other.fake.addPrompt();
    expect((await other.list(made.id)).items).toHaveLength(1);
  });

  test('two nodes whose names differ by what cannot stand in a name keep their own ids', async () => {
    const entry = { filename: 'a.png', subfolder: '', type: 'output' };
    const long = 'x'.repeat(5000);
    const nodes = ['5:7', '5=3A7', '5-7', 'é', long, `${long}y`];
    const made = rig.fake.addPrompt({
      outputs: [],
      rawOutputs: Object.fromEntries(nodes.map((node) => [node, { images: [entry] }])),
    });
    const ids = (await rig.list(made.id)).items.map(({ id }) => id.slice(37));
    expect(ids.slice(0, 4)).toEqual(['5=3A7-images-0', '5=3D3A7-images-0', '5=2D7-images-0', '=C3=A9-images-0']);
    expect(new Set(ids).size).toBe(nodes.length);
    for (const id of ids) expect(id.length).toBeLessThan(100);
  });
});
