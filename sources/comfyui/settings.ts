/** How a sampler was set, its model, and the size of what it made: each looked up along the links that can lead to it. */

import { type Graph, type GraphNode, inputOf, linked, walk } from './graph.js';
import { number, text, wholeNumber } from './values.js';

const SEEDS = ['seed', 'noise_seed'];
/** Nodes that hold a number for others. */
const HELD = [...SEEDS, 'value', 'int', 'number', 'Number', 'INT'];

/** Decimal text: seeds have 64 bits. It may come from a node that makes the noise, or from one that holds a number. */
export function seedOf(graph: Graph, sampler: GraphNode | undefined): string | undefined {
  if (sampler === undefined) return undefined;
  let seed: string | undefined;
  walk([sampler], (node) => {
    const names = node === sampler ? SEEDS : HELD;
    seed = names.map((name) => wholeNumber(inputOf(node, name))).find((found) => found !== undefined);
    if (seed !== undefined) return 'stop';
    return [...names, 'noise'].flatMap((name) => linked(graph, inputOf(node, name)) ?? []);
  });
  return seed;
}

/** As many as the sampler was told, or whoever makes its noise levels. */
export function stepsOf(graph: Graph, sampler: GraphNode | undefined): number | undefined {
  return settingOf(graph, sampler, 'steps', /^sigmas$/u, (value) => {
    const steps = number(value);
    return steps !== undefined && Number.isSafeInteger(steps) && steps > 0 ? steps : undefined;
  });
}

/**
 * The sampler alone (`euler`): ComfyUI's users choose the scheduler in a field of its own, and write it in no common way.
 */
export function samplerNameOf(graph: Graph, sampler: GraphNode | undefined): string | undefined {
  return settingOf(graph, sampler, 'sampler_name', /^sampler$/u, text);
}

/** The CFG scale; where there is none, the guidance that a model like Flux takes with its conditioning. */
export function guidanceOf(graph: Graph, sampler: GraphNode | undefined): number | undefined {
  const amount = (value: unknown) => {
    const scale = number(value);
    return scale !== undefined && scale >= 0 && scale < 1e9 ? scale : undefined;
  };
  return (
    settingOf(graph, sampler, 'cfg', /^guider$/u, amount) ??
    settingOf(graph, sampler, 'guidance', /^(?:guider|positive|conditioning|cond1)$/u, amount)
  );
}

/** @param along The links that lead to other nodes which may have it. */
function settingOf<T>(
  graph: Graph,
  start: GraphNode | undefined,
  name: string,
  along: RegExp,
  read: (value: unknown) => T | undefined,
): T | undefined {
  let setting: T | undefined;
  walk(start === undefined ? [] : [start], (node) => {
    setting = read(held(graph, inputOf(node, name), [name, ...HELD]));
    if (setting !== undefined) return 'stop';
    return node.inputs.flatMap(([own, value]) => (along.test(own) ? (linked(graph, value) ?? []) : []));
  });
  return setting;
}

/** A value as it was given, or as another node holds it under one of these names. */
function held(graph: Graph, value: unknown, names: readonly string[]): unknown {
  const node = linked(graph, value);
  return node === undefined ? value : names.map((name) => inputOf(node, name)).find((own) => own !== undefined);
}

const MODEL_NAMES = ['ckpt_name', 'unet_name', 'gguf_name', 'model_name', 'model'];
const MODEL_LINK = /^(?:model|guider|pipe|basic_pipe)_?\d*$/iu;

/** The name of the file that the model was loaded from; what changes it on the way (LoRAs) is not named here. */
export function modelOf(graph: Graph, sampler: GraphNode | undefined): string | undefined {
  if (sampler === undefined) return undefined;
  let model: string | undefined;
  walk([sampler], (node) => {
    model = MODEL_NAMES.map((name) => text(inputOf(node, name))).find((found) => found !== undefined);
    if (model !== undefined) return 'stop';
    return node.inputs.flatMap(([name, value]) => (MODEL_LINK.test(name) ? (linked(graph, value) ?? []) : []));
  });
  return model;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Links along which a picture comes, before and behind its decoding. */
const PICTURE_LINK = /^(?:images?|pixels|samples|latents?|latent_image|video|frames|destination)_?\d*$/iu;
/** A node with one of these makes a picture of another size than the one it is given. */
const RESIZING = /scale|upscale|megapixels|resize|crop|factor|longest|shortest|rotat|left|padding|outpaint/iu;

/** The size that the picture was given last; nothing where a node on the way changes it in a way of its own. */
export function sizeOf(graph: Graph, start: GraphNode | undefined): Size | undefined {
  if (start === undefined) return undefined;
  let size: Size | undefined;
  walk([start], (node) => {
    const [width, height] = ['width', 'height'].map((name) => sideOf(graph, inputOf(node, name)));
    if (width !== undefined && height !== undefined) {
      size = { width, height };
      return 'stop';
    }
    if (node.inputs.some(([name]) => name === 'width' || name === 'height' || RESIZING.test(name))) return 'stop';
    return node.inputs.flatMap(([name, value]) => (PICTURE_LINK.test(name) ? (linked(graph, value) ?? []) : []));
  });
  return size;
}

const LONGEST_SIDE = 1_000_000;

/** Pixels, given or held by another node. */
function sideOf(graph: Graph, value: unknown): number | undefined {
  const side = number(held(graph, value, HELD));
  return side !== undefined && Number.isInteger(side) && side > 0 && side <= LONGEST_SIDE ? side : undefined;
}
