import { describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import { generationOf } from '../../../sources/civitai/generation.js';
import { readImagePage } from '../../../sources/civitai/images.js';
import { resultsOf } from '../../../sources/civitai/results.js';
import { readWorkflow } from '../../../sources/civitai/workflows.js';

const blob = (id: string) => ({ type: 'image', id, available: true, url: 'https://x.invalid/' });
const step = (input: unknown, more: object = {}, id = 'A.jpeg') => ({
  $type: 'imageGen',
  name: '0',
  input,
  output: { images: [blob(id)] },
  ...more,
});

/** How the last result of a workflow was made. */
function made(steps: readonly object[], more: object = {}) {
  const json = JSON.stringify({ id: 'w', status: 'succeeded', steps, ...more });
  const workflow = readWorkflow(parse(json), 'reading w');
  const { kind: _kind, ...generation } = generationOf(workflow, resultsOf(workflow).available.at(-1)!);
  return generation;
}

describe('steps, sampler and guidance of a workflow', () => {
  test.each([
    [
      { steps: 25, scheduler: 'eulerA', cfgScale: 7.5 },
      { steps: 25, sampler: 'eulerA', guidance: 7.5 },
    ],
    [
      { steps: 8, sampler: 'euler', scheduler: 'simple', cfgScale: 1 },
      { steps: 8, sampler: 'euler', guidance: 1 },
    ],
    [{ sampleMethod: 'dpm++2m', schedule: 'karras' }, { sampler: 'dpm++2m' }],
    [
      { numInferenceSteps: 28, guidanceScale: 3.5 },
      { steps: 28, guidance: 3.5 },
    ],
    [{ cfg: 0 }, { guidance: 0 }],
    [{ steps: 4.5, sampler: 3, cfgScale: -1 }, {}],
    [{ steps: 0, sampler: ' ', cfgScale: 1e300 }, {}],
    [{ steps: '25', sampler: null, cfgScale: '7' }, {}],
    [{ steps: [25], sampler: { name: 'euler' }, cfgScale: {} }, {}],
  ])('are read from the input %j', (input, read) => {
    expect(made([step(input)])).toEqual(read);
  });

  test('are read from what the site’s generator wrote, where the step has none', () => {
    const metadata = { params: { steps: 30, sampler: 'Euler a', cfgScale: 4 } };
    expect(made([step({})], { metadata })).toEqual({ steps: 30, sampler: 'Euler a', guidance: 4 });
    expect(made([step({ steps: 5 })], { metadata })).toEqual({ steps: 5, sampler: 'Euler a', guidance: 4 });
  });

  test('are looked up where the input refers to the workflow’s arguments', () => {
    const input = { steps: { $ref: '$arguments', path: 'steps' }, cfgScale: { $ref: 'x', path: 'input.cfgScale' } };
    expect(made([step(input)], { arguments: { steps: 12, cfgScale: 9 } })).toEqual({ steps: 12 });
  });

  test('of a picture that was only made larger are those of the step that made it', () => {
    const larger = step({ numberOfRepeats: 1 }, { name: 'upscaler' }, 'B.jpeg');
    expect(made([step({ steps: 25, cfgScale: 5 }), larger])).toEqual({ steps: 25, guidance: 5 });
  });
});

describe('how a result of one step among several was made', () => {
  const kite = step({ prompt: 'a kite', seed: 41, steps: 25, negativePrompt: 'blurry' }, { name: 'a' });
  const boat = step({ prompt: 'a boat', seed: 42 }, { name: 'b' }, 'B.jpeg');
  const taking = (target: string) => ({ image: { $ref: target, path: 'output.images[0].url' } });
  const metadata = { params: { seed: 7, cfgScale: 5 } };

  test('is told by the step that it was taken from, and not by the first', () => {
    const larger = step(taking('b'), { name: 'larger' }, 'C.jpeg');
    expect(made([kite, boat, larger], { metadata })).toEqual({ prompt: 'a boat', seed: '42', parent: 'B' });
  });

  test('is told by the step before the one that it was taken from, where that has no prompt either', () => {
    const converted = step(taking('b'), { name: 'c' }, 'C.jpeg');
    const larger = step(taking('c'), { name: 'larger' }, 'D.jpeg');
    expect(made([kite, boat, converted, larger])).toEqual({ prompt: 'a boat', seed: '42', parent: 'C' });
  });

  test('has nothing of another that has a prompt of its own', () => {
    const video = step({ prompt: 'it sails', ...taking('a') }, { name: 'video' }, 'C.mp4');
    expect(made([kite, video], { metadata })).toEqual({ prompt: 'it sails', parent: 'A' });
  });

  test('is not guessed where nothing says from which it was taken', () => {
    expect(made([kite, boat, step({}, { name: 'larger' }, 'C.jpeg')], { metadata })).toEqual({});
    expect(made([kite, step({}, { name: 'c' }, 'C.jpeg'), step({}, { name: 'd' }, 'D.jpeg')])).toMatchObject({
      seed: '41',
    });
  });

  test('ends where steps take from each other', () => {
    const [one, two] = [step(taking('d'), { name: 'c' }, 'C.jpeg'), step(taking('c'), { name: 'd' }, 'D.jpeg')];
    expect(made([one, two])).toEqual({ parent: 'C' });
  });
});

describe('the step that made what a step takes', () => {
  /** @param target As JSON. */
  function parentBy(target: string): string | undefined {
    const taking = step({ image: { $ref: 'TARGET', path: 'output.images[0].url' } }, { name: 'larger' }, 'B.jpeg');
    const steps = JSON.stringify([step({}, { name: 'first' }), taking]).replace('"TARGET"', target);
    const workflow = readWorkflow(parse(`{"id":"w","status":"succeeded","steps":${steps}}`), 'reading w');
    return generationOf(workflow, resultsOf(workflow).available.at(-1)!).parent;
  }

  test.each(['"first"', '"0"', '0'])('is found by %s', (target) => {
    expect(parentBy(target)).toBe('A');
  });

  // A number that is too small for JavaScript cannot be converted without an error.
  test.each(['-1e-999', '1e999', '7', '"other"', '{}', 'null'])('is none by %s', (target) => {
    expect(parentBy(target)).toBeUndefined();
  });
});

describe('how long it took', () => {
  const times = (startedAt: unknown, completedAt: unknown) => ({ startedAt, completedAt });
  const [early, late] = ['2026-11-20T09:30:12Z', '2026-11-20T09:30:40.5Z'];

  test('is what its step says, or else the workflow', () => {
    expect(made([step({}, times(early, late))], times(early, '2026-11-20T10:00:00Z'))).toEqual({ durationMs: 28_500 });
    expect(made([step({}, times(early, null))], times(early, late))).toEqual({ durationMs: 28_500 });
  });

  test.each([
    [null, late],
    [early, null],
    [late, early],
    ['yesterday', late],
    [0, 5],
  ])('is nothing between %j and %j', (startedAt, completedAt) => {
    expect(made([step({})], times(startedAt, completedAt))).toEqual({});
  });
});

describe('what it cost', () => {
  test.each([
    [{ base: 4, total: 6 }, ['blue'], '6 blue buzz'],
    [{ total: 0 }, ['yellow'], '0 yellow buzz'],
    [{ total: 12 }, ['blue', 'yellow'], '12 buzz'],
    [{ total: 12 }, [], '12 buzz'],
    [{ total: 12 }, undefined, '12 buzz'],
    [{ total: 12 }, 'blue', '12 buzz'],
    [{ total: 12 }, ['\u001b[31m', 'green', 7], '12 green buzz'],
    [{ total: 12 }, ['x'.repeat(500)], '12 buzz'],
  ])('in %j with the currencies %j is %s', (cost, currencies, told) => {
    expect(made([step({})], { cost, currencies })).toEqual({ cost: told });
  });

  test.each([undefined, null, 4, '4', { base: 4 }, { total: '4' }, { total: -4 }, { total: 1e300 }])(
    'is not told by %j',
    (cost) => {
      expect(made([step({})], { cost, currencies: ['blue'] })).toEqual({});
    },
  );
});

describe('what the maker of a published image wrote of it', () => {
  const published = (meta: unknown) =>
    readImagePage(parse(JSON.stringify({ items: [{ id: 5, meta }] })), 'reading image 5').images[0]!.generation;

  test.each([
    [
      { steps: 30, sampler: 'DPM++ 2M Karras', cfgScale: 7 },
      { steps: 30, sampler: 'DPM++ 2M Karras', guidance: 7 },
    ],
    [
      { steps: '30', cfgScale: '6.5' },
      { steps: 30, guidance: 6.5 },
    ],
    [{ steps: 'many', sampler: '', cfgScale: 'high' }, {}],
    [{ steps: -1, sampler: 4, cfgScale: -2 }, {}],
    [{ steps: '1e9', cfgScale: '9'.repeat(50) }, {}],
  ])('%j has its steps, sampler and guidance', (meta, read) => {
    expect(published(meta)).toEqual(read);
    expect(published({ id: 5, meta })).toEqual(read);
  });
});
