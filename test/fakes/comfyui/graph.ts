/** The graphs that a prompt consists of: the one that is executed and the one that the editor shows. */

import { LosslessNumber } from 'lossless-json';
import { NOT_A_NUMBER } from './python-json.js';

/** Node ids and what they are: `{ class_type, inputs }`. */
export type Graph = Readonly<Record<string, unknown>>;

export interface GraphText {
  readonly text: string;
  readonly negative: string;
  /** The digits; a seed has up to 64 bits. */
  readonly seed: string;
  /** `sampler`: text nodes at the sampler. `linked`: the text comes from a node of its own. `guided`: a guider stands between. */
  readonly form: GraphForm;
  /** Whether a node holds Python's NaN. */
  readonly notANumber: boolean;
}

export type GraphForm = 'sampler' | 'linked' | 'guided';

/** A node that writes something, by its id. */
export type OutputNode = readonly [id: string, classType: string];

export function executedGraph(given: GraphText, outputNodes: readonly OutputNode[]): Graph {
  const sampler = given.form === 'guided' ? guided(given) : plainSampler(given);
  const nodes: Record<string, unknown> = {
    ...sampler,
    4: { inputs: { ckpt_name: 'dreamshaper_8.safetensors' }, class_type: 'CheckpointLoaderSimple' },
    5: { inputs: { width: 512, height: 512, batch_size: 1 }, class_type: 'EmptyLatentImage' },
    6: encoder(given.form === 'linked' ? ['2', 0] : given.text, 'Positive'),
    7: encoder(given.negative, 'Negative'),
    8: { inputs: { samples: ['3', 0], vae: ['4', 2] }, class_type: 'VAEDecode' },
  };
  if (given.form === 'linked') nodes[2] = { inputs: { value: given.text }, class_type: 'PrimitiveStringMultiline' };
  if (given.notANumber) nodes[1] = { inputs: {}, class_type: 'RandomLine', is_changed: [NOT_A_NUMBER] };
  for (const [id, classType] of outputNodes) {
    nodes[id] = { inputs: { filename_prefix: 'ComfyUI', images: ['8', 0] }, class_type: classType };
  }
  return nodes;
}

/** The editor's graph has places and sizes in place of named inputs. */
export function editorGraph(workflowId: string, given: GraphText): object {
  const node = (id: number, type: string, values: readonly unknown[]) => ({
    id,
    type,
    pos: [id * 200, new LosslessNumber('186.0')],
    mode: 0,
    widgets_values: values,
  });
  return {
    id: workflowId,
    revision: 0,
    last_node_id: 9,
    nodes: [
      node(6, 'CLIPTextEncode', [given.text]),
      node(3, 'KSampler', [new LosslessNumber(given.seed), 'randomize']),
    ],
    links: [[4, 6, 0, 3, 1, 'CONDITIONING']],
    groups: [],
    version: new LosslessNumber('0.4'),
  };
}

function plainSampler({ seed }: GraphText): Record<string, unknown> {
  const inputs = { seed: new LosslessNumber(seed), steps: 20, cfg: new LosslessNumber('7.0'), sampler_name: 'euler' };
  const more = { scheduler: 'normal', denoise: new LosslessNumber('1.0') };
  const links = { model: ['4', 0], positive: ['6', 0], negative: ['7', 0], latent_image: ['5', 0] };
  return { 3: { inputs: { ...inputs, ...more, ...links }, class_type: 'KSampler', _meta: { title: 'KSampler' } } };
}

/** As Flux is used: the seed, the sampler and the text stand in nodes of their own. */
function guided({ seed }: GraphText): Record<string, unknown> {
  return {
    3: {
      inputs: { noise: ['30', 0], guider: ['31', 0], sampler: ['32', 0], sigmas: ['33', 0], latent_image: ['5', 0] },
      class_type: 'SamplerCustomAdvanced',
    },
    30: { inputs: { noise_seed: new LosslessNumber(seed) }, class_type: 'RandomNoise' },
    31: { inputs: { model: ['4', 0], conditioning: ['34', 0] }, class_type: 'BasicGuider' },
    32: { inputs: { sampler_name: 'euler' }, class_type: 'KSamplerSelect' },
    33: {
      inputs: { model: ['4', 0], scheduler: 'simple', steps: 20, denoise: new LosslessNumber('1.0') },
      class_type: 'BasicScheduler',
    },
    34: { inputs: { guidance: new LosslessNumber('3.5'), conditioning: ['6', 0] }, class_type: 'FluxGuidance' },
  };
}

function encoder(text: unknown, title: string): object {
  return { inputs: { text, clip: ['4', 1] }, class_type: 'CLIPTextEncode', _meta: { title } };
}
