import { describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import { readPrediction } from '../../../sources/replicate/answers.js';
import { generationOf } from '../../../sources/replicate/facts.js';

/** What is read from an input, as it stands in a record. */
function facts(input: string, record: Readonly<Record<string, unknown>> = {}) {
  const json = JSON.stringify({ id: 'a', status: 'succeeded', ...record, input: '?' }).replace('"?"', input);
  const { model: _model, ...read } = generationOf(readPrediction(JSON.parse(json), parse(json), 'reading a'));
  return read;
}

describe('how an output was made', () => {
  test.each([
    ['{"prompt":"a kite"}', { prompt: 'a kite' }],
    ['{"text_prompt":"a kite","negative_prompt":"rain"}', { prompt: 'a kite', negativePrompt: 'rain' }],
    ['{"text":"words","prompt":"a kite"}', { prompt: 'a kite' }],
    ['{"prompt":"","n_prompt":"rain"}', { negativePrompt: 'rain' }],
    ['{"prompt":["a","kite"]}', {}],
    ['{"seed":18446744073709551615}', { seed: '18446744073709551615' }],
    ['{"seed":"42"}', { seed: '42' }],
    ['{"seed":null,"noise_seed":7}', { seed: '7' }],
    ['{"seed":-1}', {}],
    ['{"seed":1.5}', {}],
    ['{"seed":1E+2}', {}],
    ['{"width":1024,"height":768}', { width: 1024, height: 768 }],
    ['{"width":1024}', {}],
    ['{"width":-5,"height":768}', {}],
    ['{"size":"1024x768"}', { width: 1024, height: 768 }],
    ['{"image_dimensions":"512 × 640"}', { width: 512, height: 640 }],
    ['{"size":"auto","aspect_ratio":"1:1"}', {}],
    [
      '{"num_inference_steps":28,"guidance_scale":7.5,"scheduler":"K_EULER"}',
      { steps: 28, guidance: 7.5, sampler: 'K_EULER' },
    ],
    ['{"steps":4.5,"guidance":-1,"sampler":3}', {}],
    ['{"cfg":0,"num_steps":1e300}', { guidance: 0 }],
    ['{"__proto__":{"prompt":"inherited"}}', {}],
    ['[]', {}],
  ])('is read from the input %s', (input, read) => {
    expect(facts(input)).toEqual(read);
  });

  test('a seed that was left to chance is read from the log', () => {
    const logs = 'Loading\nUsing seed: 51423\n  0%|   | 0/4\n';
    expect(facts('{}', { logs })).toEqual({ seed: '51423' });
    expect(facts('{"seed":-1}', { logs })).toEqual({ seed: '51423' });
    expect(facts('{"seed":9}', { logs })).toEqual({ seed: '9' });
    expect(facts('{}', { logs: 'reseeding: 4\nseed: none' })).toEqual({});
  });

  test('how long it took is what the service says of the work itself', () => {
    expect(facts('{}', { metrics: { predict_time: 2.4004, total_time: 3.4 } })).toEqual({ durationMs: 2400 });
    expect(facts('{}', { metrics: { predict_time: '2.4' } })).toEqual({});
  });

  test('the model is the one of the prediction', () => {
    const record = { id: 'a', status: 'succeeded', model: 'acme/kites', input: { model: 'other' } };
    expect(generationOf(readPrediction(record, record, 'reading a')).model).toBe('acme/kites');
  });
});
