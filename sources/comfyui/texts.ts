/** The texts of a graph: what lies behind a sampler's positive and negative inputs. */

import { type Graph, type GraphNode, inputOf, linked, walk } from './graph.js';

export type Role = 'positive' | 'negative';

/** Inputs that hold the text itself: of text encoders, and of the nodes that hand them a text. */
const TEXT_INPUT =
  /^(?:(?:positive_|negative_|wildcard_|populated_)?(?:text|string|prompt|value|caption)(?:_?[a-z0-9])?|clip_[lg]|t5xxl|llama)$/iu;

/** Links behind which no text of a prompt lies, although others do: file names, the texts of an earlier picture. */
const OTHER_LINK =
  /^(?:model|clip|vae|image|images|pixels|mask|latent|latent_image|samples|control_net|style_model|clip_vision|clip_vision_output|reference|noise|sampler|sigmas|audio|video|lora\w*)_?\d*$/iu;

/** Takes a conditioning and makes one without any text of it: what many use in place of a negative prompt. */
const EMPTIED = /zero_?out/iu;

/** The texts behind one input of a sampler, each once, in the order of the graph's links. */
export function textsOf(graph: Graph, sampler: GraphNode, role: Role): string[] {
  const texts = new Set<string>();
  const start = beginnings(graph, sampler, role);
  walk(start, (node) => {
    if (EMPTIED.test(node.classType)) return [];
    const own = inputOf(node, role);
    if (typeof own === 'string') {
      if (own.trim() !== '') texts.add(own);
      return [];
    }
    // A node that passes both on: only its own side of them is meant.
    const side = linked(graph, own);
    if (side !== undefined) return [side];
    if (linked(graph, inputOf(node, other(role))) !== undefined) return [];
    const next: GraphNode[] = [];
    for (const [name, value] of node.inputs) {
      if (typeof value === 'string' && TEXT_INPUT.test(name) && value.trim() !== '') texts.add(value);
      const behind = OTHER_LINK.test(name) ? undefined : linked(graph, value);
      if (behind !== undefined) next.push(behind);
    }
    return next;
  });
  return [...texts];
}

/** A guider stands between the sampler and what it is guided by; one with a single conditioning has no negative one. */
function beginnings(graph: Graph, sampler: GraphNode, role: Role): GraphNode[] {
  const guider = linked(graph, inputOf(sampler, 'guider')) ?? sampler;
  const names = role === 'negative' ? ['negative'] : ['positive', 'conditioning', 'cond1', 'cond2'];
  return names.flatMap((name) => linked(graph, inputOf(guider, name)) ?? []);
}

function other(role: Role): Role {
  return role === 'positive' ? 'negative' : 'positive';
}

/** What a node asks a service for: nodes of that kind have no sampler. */
export function nodePrompt(node: GraphNode): string | undefined {
  const prompt = inputOf(node, 'prompt');
  return typeof prompt === 'string' && prompt.trim() !== '' ? prompt : undefined;
}

/** The texts of all text encoders, in the order of the graph. */
export function encodedTexts(graph: Graph): string[] {
  const texts = [...graph.values()]
    .filter(({ classType }) => classType.startsWith('CLIPTextEncode'))
    .flatMap((node) => {
      const found: string[] = [];
      for (const [name, value] of node.inputs) {
        const held = typeof value === 'string' ? value : heldText(linked(graph, value));
        if (TEXT_INPUT.test(name) && held !== undefined && held.trim() !== '') found.push(held);
      }
      return found;
    });
  return [...new Set(texts)];
}

/** The text of a node that does nothing but hold one. */
function heldText(node: GraphNode | undefined): string | undefined {
  const found = node?.inputs.find(([name, value]) => typeof value === 'string' && TEXT_INPUT.test(name))?.[1];
  return typeof found === 'string' ? found : undefined;
}
