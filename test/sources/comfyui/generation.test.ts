import { describe, expect, test } from '@jest/globals';
import { readGraph } from '../../../sources/comfyui/graph.js';
import { parsePythonJson } from '../../../sources/comfyui/python-json.js';
import { generationsOf } from '../../../sources/comfyui/sampling.js';

type Nodes = Readonly<Record<string, readonly [classType: string, inputs: Readonly<Record<string, unknown>>]>>;

/** What is found for the file of node 9. */
function found(nodes: Nodes, output = '9') {
  const entries = Object.entries(nodes).map(([id, [class_type, inputs]]) => [id, { class_type, inputs }]);
  return generationsOf(readGraph(parsePythonJson(JSON.stringify(Object.fromEntries(entries)))))(output);
}

const sampler = (more: Readonly<Record<string, unknown>> = {}) =>
  [
    'KSampler',
    {
      seed: 41,
      steps: 20,
      cfg: 7,
      sampler_name: 'euler',
      scheduler: 'normal',
      model: ['4', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['5', 0],
      ...more,
    },
  ] as const;

const PLAIN: Nodes = {
  3: sampler(),
  4: ['CheckpointLoaderSimple', { ckpt_name: 'dreamshaper_8.safetensors' }],
  5: ['EmptyLatentImage', { width: 512, height: 768, batch_size: 1 }],
  6: ['CLIPTextEncode', { text: 'a red kite', clip: ['4', 1] }],
  7: ['CLIPTextEncode', { text: 'blurry', clip: ['4', 1] }],
  8: ['VAEDecode', { samples: ['3', 0], vae: ['4', 2] }],
  9: ['SaveImage', { filename_prefix: 'kite', images: ['8', 0] }],
};

const PLAIN_FOUND = {
  prompt: 'a red kite',
  negativePrompt: 'blurry',
  model: 'dreamshaper_8.safetensors',
  seed: '41',
  width: 512,
  height: 768,
  steps: 20,
  sampler: 'euler',
  guidance: 7,
};

describe('from a graph', () => {
  test('with one sampler come prompt, negative prompt, model, seed, size, steps, sampler and guidance', () => {
    expect(found(PLAIN)).toEqual(PLAIN_FOUND);
  });

  test('come seeds of 64 bits as they were written', () => {
    const json = JSON.stringify({
      9: { class_type: 'SaveImage', inputs: { images: ['3', 0] } },
      3: { class_type: 'KSampler', inputs: { seed: 'SEED', positive: ['6', 0] } },
      6: { class_type: 'CLIPTextEncode', inputs: { text: 'x' } },
    }).replace('"SEED"', '18446744073709551615');
    expect(generationsOf(readGraph(parsePythonJson(json)))('9').seed).toBe('18446744073709551615');
  });

  test('comes the text of a node of its own, through as many as there are', () => {
    const nodes: Nodes = {
      ...PLAIN,
      6: ['CLIPTextEncode', { text: ['20', 0], clip: ['4', 1] }],
      20: ['StringConcatenate', { string_a: ['21', 0], string_b: 'at dawn', delimiter: ', ' }],
      21: ['PrimitiveStringMultiline', { value: 'a blue kite' }],
    };
    expect(found(nodes).prompt).toBe('at dawn\na blue kite');
  });

  test('come the texts of both encoders of SDXL and of Flux, the same one once', () => {
    const clip = { clip: ['4', 1] };
    expect(
      found({ ...PLAIN, 6: ['CLIPTextEncodeSDXL', { text_g: 'a kite', text_l: 'a kite', width: 1024, ...clip }] })
        .prompt,
    ).toBe('a kite');
    expect(
      found({ ...PLAIN, 6: ['CLIPTextEncodeFlux', { clip_l: 'kite', t5xxl: 'a red kite', guidance: 3.5, ...clip }] })
        .prompt,
    ).toBe('kite\na red kite');
  });

  test('comes what a guider is guided by, the seed of the noise, and no negative prompt', () => {
    const nodes: Nodes = {
      ...PLAIN,
      3: [
        'SamplerCustomAdvanced',
        { noise: ['30', 0], guider: ['31', 0], sampler: ['32', 0], sigmas: ['33', 0], latent_image: ['5', 0] },
      ],
      4: ['UNETLoader', { unet_name: 'flux1-dev.safetensors', weight_dtype: 'default' }],
      30: ['RandomNoise', { noise_seed: 77 }],
      31: ['BasicGuider', { model: ['4', 0], conditioning: ['34', 0] }],
      32: ['KSamplerSelect', { sampler_name: 'euler' }],
      33: ['BasicScheduler', { model: ['4', 0], scheduler: 'simple', steps: 20 }],
      34: ['FluxGuidance', { guidance: 3.5, conditioning: ['6', 0] }],
    };
    const { negativePrompt: _none, ...rest } = PLAIN_FOUND;
    expect(found(nodes)).toEqual({ ...rest, model: 'flux1-dev.safetensors', seed: '77', guidance: 3.5 });
    const guided: Nodes = {
      ...nodes,
      31: ['CFGGuider', { cfg: 1, model: ['4', 0], positive: ['34', 0], negative: ['7', 0] }],
    };
    expect(found(guided)).toMatchObject({ prompt: 'a red kite', negativePrompt: 'blurry', guidance: 1 });
  });

  test('come steps behind sigmas that were split, a sampler behind one that changes it, and the guidance of an encoder', () => {
    const nodes: Nodes = {
      ...PLAIN,
      3: [
        'SamplerCustomAdvanced',
        { noise: ['30', 0], guider: ['31', 0], sampler: ['35', 0], sigmas: ['36', 0], latent_image: ['5', 0] },
      ],
      30: ['RandomNoise', { noise_seed: 77 }],
      31: ['BasicGuider', { model: ['4', 0], conditioning: ['37', 0] }],
      32: ['KSamplerSelect', { sampler_name: 'dpmpp_2m' }],
      33: ['BasicScheduler', { model: ['4', 0], scheduler: 'beta', steps: ['38', 0] }],
      35: ['DetailDaemonSamplerNode', { sampler: ['32', 0], detail_amount: 0.1 }],
      36: ['SplitSigmas', { sigmas: ['33', 0], step: 10 }],
      37: ['CLIPTextEncodeFlux', { clip_l: 'kite', t5xxl: 'a red kite', guidance: 4.25, clip: ['4', 1] }],
      38: ['PrimitiveInt', { value: 28 }],
    };
    expect(found(nodes)).toMatchObject({ steps: 28, sampler: 'dpmpp_2m', guidance: 4.25 });
  });

  test('comes the guidance of SamplerCustom, which has it itself', () => {
    const nodes: Nodes = {
      ...PLAIN,
      3: [
        'SamplerCustom',
        { cfg: 5.5, noise_seed: 3, positive: ['6', 0], negative: ['7', 0], sampler: ['32', 0], sigmas: ['33', 0] },
      ],
      32: ['KSamplerSelect', { sampler_name: 'lcm' }],
      33: ['KarrasScheduler', { steps: 8, sigma_max: 14.6 }],
    };
    expect(found(nodes)).toMatchObject({ steps: 8, sampler: 'lcm', guidance: 5.5 });
  });

  test.each([
    ['a number of steps that is none', { steps: 4.5 }],
    ['no steps', { steps: 0 }],
    ['steps below zero', { steps: -3 }],
    ['steps that are text', { steps: '20' }],
    ['a guidance that is text', { cfg: 'high' }],
    ['a guidance below zero', { cfg: -1 }],
    ['a sampler that is a number', { sampler_name: 3 }],
    ['a sampler without a name', { sampler_name: '' }],
    ['links to a node that is not there', { steps: ['99', 0], cfg: ['99', 0], sampler_name: ['99', 0] }],
    ['links to a node that holds something else', { steps: ['7', 0], cfg: ['7', 0], sampler_name: ['7', 0] }],
  ])('comes nothing for %s', (_what, inputs) => {
    const names = { steps: 'steps', cfg: 'guidance', sampler_name: 'sampler' } as const;
    const generation = found({ ...PLAIN, 3: sampler(inputs) });
    for (const name of Object.keys(inputs)) expect(generation).not.toHaveProperty(names[name as keyof typeof names]);
    expect(generation.prompt).toBe('a red kite');
  });

  test('comes each side of a node that passes both on', () => {
    const net = [
      'ControlNetApplyAdvanced',
      { positive: ['6', 0], negative: ['7', 0], control_net: ['50', 0], image: ['51', 0], strength: 1 },
    ] as const;
    const nodes: Nodes = { ...PLAIN, 3: sampler({ positive: ['40', 0], negative: ['40', 1] }), 40: net };
    expect(found(nodes)).toEqual(PLAIN_FOUND);
  });

  test('comes no negative prompt out of a positive one that was emptied', () => {
    const nodes: Nodes = { ...PLAIN, 7: ['ConditioningZeroOut', { conditioning: ['6', 0] }] };
    expect(found(nodes)).toMatchObject({ prompt: 'a red kite' });
    expect(found(nodes).negativePrompt).toBeUndefined();
  });

  test('comes no text that belongs to the picture it began with, and no name of a file', () => {
    const nodes: Nodes = {
      ...PLAIN,
      6: ['InpaintModelConditioning', { positive: ['60', 0], negative: ['7', 0], pixels: ['61', 0], mask: ['61', 1] }],
      60: ['CLIPTextEncode', { text: 'a hat', clip: ['62', 0] }],
      61: ['LoadImage', { image: 'kite.png', text: 'what the picture shows' }],
      62: ['CLIPLoader', { clip_name: 'clip_l.safetensors', type: 'flux' }],
    };
    expect(found(nodes).prompt).toBe('a hat');
  });

  test('comes the last of several samplers in the order of execution', () => {
    const nodes: Nodes = {
      ...PLAIN,
      8: ['VAEDecode', { samples: ['2', 0], vae: ['4', 2] }],
      // A smaller number than the first one: the numbers tell nothing.
      2: sampler({
        ...{ seed: 42, positive: ['10', 0], latent_image: ['11', 0], model: ['12', 0] },
        ...{ steps: 12, sampler_name: 'heun' },
      }),
      10: ['CLIPTextEncode', { text: 'a sharp red kite', clip: ['4', 1] }],
      11: [
        'LatentUpscale',
        { samples: ['3', 0], upscale_method: 'bilinear', width: 1024, height: 1536, crop: 'disabled' },
      ],
      12: ['LoraLoader', { lora_name: 'kites.safetensors', strength_model: 1, model: ['13', 0], clip: ['4', 1] }],
      13: ['CheckpointLoaderSimple', { ckpt_name: 'refiner.safetensors' }],
    };
    expect(found(nodes)).toEqual({
      prompt: 'a sharp red kite',
      negativePrompt: 'blurry',
      model: 'refiner.safetensors',
      seed: '42',
      width: 1024,
      height: 1536,
      steps: 12,
      sampler: 'heun',
      guidance: 7,
    });
  });

  test('comes for each file the sampler that it came from', () => {
    const nodes: Nodes = {
      ...PLAIN,
      14: ['SaveImage', { images: ['15', 0] }],
      15: ['VAEDecode', { samples: ['16', 0], vae: ['4', 2] }],
      16: sampler({ seed: 99, positive: ['17', 0] }),
      17: ['CLIPTextEncode', { text: 'a green kite', clip: ['4', 1] }],
    };
    expect(found(nodes)).toEqual(PLAIN_FOUND);
    expect(found(nodes, '14')).toMatchObject({ prompt: 'a green kite', seed: '99' });
  });

  test('comes for a file of a node that is in no graph the last sampler of all', () => {
    expect(found(PLAIN, '9.0.0.1')).toEqual(PLAIN_FOUND);
  });

  test('comes no size where a node on the way changes it in a way of its own', () => {
    const scaled = (classType: string, inputs: Readonly<Record<string, unknown>>): Nodes => ({
      ...PLAIN,
      9: ['SaveImage', { images: ['70', 0] }],
      70: [classType, { ...inputs, image: ['8', 0] }],
    });
    expect(found(scaled('ImageScaleBy', { upscale_method: 'area', scale_by: 2 })).width).toBeUndefined();
    expect(found(scaled('ImageUpscaleWithModel', { upscale_model: ['71', 0] })).width).toBeUndefined();
    expect(found(scaled('ImageScale', { width: 0, height: 600, crop: 'center' })).width).toBeUndefined();
    expect(found(scaled('ImageScale', { width: 800, height: 600, crop: 'center' }))).toMatchObject({
      width: 800,
      height: 600,
    });
    expect(found(scaled('ImageSharpen', { sigma: 1 }))).toMatchObject({ width: 512, height: 768 });
  });

  test('come numbers and names that other nodes hold', () => {
    const nodes: Nodes = {
      ...PLAIN,
      3: sampler({ seed: ['80', 0], steps: ['82', 0], cfg: ['82', 1], sampler_name: ['82', 2] }),
      5: ['EmptySD3LatentImage', { width: ['81', 0], height: ['81', 0] }],
      80: ['Seed (rgthree)', { seed: 123 }],
      81: ['PrimitiveInt', { value: 1024 }],
      82: ['KSampler Config (rgthree)', { steps: 33, cfg: 6.5, sampler_name: 'uni_pc', scheduler: 'simple' }],
    };
    expect(found(nodes)).toMatchObject({
      ...{ seed: '123', width: 1024, height: 1024 },
      ...{ steps: 33, guidance: 6.5, sampler: 'uni_pc' },
    });
  });

  test('of a node that asks a service come its prompt, seed, model, steps and guidance', () => {
    const nodes: Nodes = {
      9: ['SaveImage', { images: ['90', 0] }],
      90: [
        'FluxProUltraImageNode',
        {
          prompt: 'a kite made elsewhere',
          seed: 5,
          model: 'flux-pro-1.1',
          steps: 25,
          guidance: 3,
          aspect_ratio: '16:9',
        },
      ],
    };
    expect(found(nodes)).toEqual({
      ...{ prompt: 'a kite made elsewhere', seed: '5', model: 'flux-pro-1.1' },
      ...{ steps: 25, guidance: 3 },
    });
  });

  test('without a sampler come all texts that are encoded', () => {
    const nodes: Nodes = {
      1: ['CLIPTextEncode', { text: 'one' }],
      2: ['CLIPTextEncodeSDXL', { text_g: ['3', 0], text_l: 'two' }],
      3: ['PrimitiveString', { value: 'three' }],
      9: ['SaveImage', { images: ['4', 0] }],
    };
    expect(found(nodes)).toEqual({ prompt: 'one\nthree\ntwo' });
  });

  test('without anything comes nothing', () => {
    expect(found({ 9: ['SaveImage', { images: ['8', 0] }], 8: ['LoadImage', { image: 'a.png' }] })).toEqual({});
    expect(generationsOf(readGraph(undefined))('9')).toEqual({});
    expect(generationsOf(readGraph([1, 'x', null]))('9')).toEqual({});
  });

  test('whose links run in a circle comes what there is', () => {
    const nodes: Nodes = {
      9: ['SaveImage', { images: ['3', 0] }],
      3: sampler({
        ...{ latent_image: ['3', 0], model: ['9', 0], positive: ['6', 0], seed: ['3', 0] },
        ...{
          steps: ['3', 0],
          cfg: ['3', 0],
          sampler_name: ['3', 0],
          sampler: ['3', 0],
          sigmas: ['3', 0],
          guider: ['3', 0],
        },
      }),
      6: ['ConditioningCombine', { conditioning_1: ['6', 0], conditioning_2: ['61', 0] }],
      61: ['CLIPTextEncode', { text: ['61', 0], prompt: 'round' }],
    };
    expect(found(nodes)).toEqual({ prompt: 'round' });
  });

  test('with a hundred thousand nodes in a row it ends soon', () => {
    const nodes: Record<string, [string, Record<string, unknown>]> = { 9: ['SaveImage', { images: ['n0', 0] }] };
    for (let number = 0; number < 100_000; number += 1)
      nodes[`n${number}`] = ['Pass', { images: [`n${number + 1}`, 0] }];
    nodes.n100000 = ['EmptyLatentImage', { width: 64, height: 64 }];
    const before = process.cpuUsage();
    expect(found(nodes)).toEqual({ width: 64, height: 64 });
    const { user, system } = process.cpuUsage(before);
    // Some two seconds; with a loop in a loop it would be hours.
    expect((user + system) / 1000).toBeLessThan(20_000);
  });
});
