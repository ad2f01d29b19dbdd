/**
 * How a picture was made, read out of its graph. No field of the records says it: the prompt is whatever text lies behind
 * the sampler's `positive` input, and so on. What cannot be found is left out rather than guessed; the whole graph is kept
 * in any case.
 */

import { fromService, type Generation } from '../../src/plugin.js';
import { type Graph, type GraphNode, inExecutionOrder, inputOf, linked, walk } from './graph.js';
import { guidanceOf, modelOf, samplerNameOf, seedOf, sizeOf, stepsOf } from './settings.js';
import { encodedTexts, nodePrompt, textsOf } from './texts.js';
import { compact } from './values.js';

/** What is found, by the node that shows the file. Looked up once a node, however many files it shows. */
export type Generations = (outputNode: string) => Generation;

export function generationsOf(graph: Graph): Generations {
  const known = new Map<string, Generation>();
  return (outputNode) => {
    const found = known.get(outputNode) ?? generationOf(graph, graph.get(outputNode));
    known.set(outputNode, found);
    return found;
  };
}

function generationOf(graph: Graph, output: GraphNode | undefined): Generation {
  const sampler = lastSampler(graph, output);
  const maker = sampler ?? askingNode(graph, output);
  const negative = sampler === undefined ? [] : textsOf(graph, sampler, 'negative');
  const size = sizeOf(graph, output ?? sampler);
  return compact<Generation>({
    prompt: joined(positiveTexts(graph, sampler, maker, negative)),
    negativePrompt: joined(negative),
    model: asUntrusted(modelOf(graph, maker)),
    seed: seedOf(graph, maker),
    width: size?.width,
    height: size?.height,
    steps: stepsOf(graph, maker),
    sampler: asUntrusted(samplerNameOf(graph, maker)),
    guidance: guidanceOf(graph, maker),
  });
}

/** Where no text lies behind the sampler, or there is none: the prompt of a node that asks a service, else all texts. */
function positiveTexts(
  graph: Graph,
  sampler: GraphNode | undefined,
  maker: GraphNode | undefined,
  negative: readonly string[],
): readonly string[] {
  const found = sampler === undefined ? [] : textsOf(graph, sampler, 'positive');
  if (found.length > 0) return found;
  const asked = maker === undefined ? undefined : nodePrompt(maker);
  return asked === undefined ? encodedTexts(graph).filter((own) => !negative.includes(own)) : [asked];
}

/**
 * The last sampler, in the order of execution, that the file comes from: a picture that was refined goes through several.
 * A file whose node stands in no graph (a node may have made others while it ran) comes from the last of all.
 */
function lastSampler(graph: Graph, output: GraphNode | undefined): GraphNode | undefined {
  const all = () => inExecutionOrder(graph, [...graph.values()]).findLast((node) => isSampler(graph, node));
  return output === undefined ? all() : inExecutionOrder(graph, [output]).findLast((node) => isSampler(graph, node));
}

/**
 * Samplers have a hundred names. They all take a conditioning, or a guider that holds one, and something that says how the
 * noise begins or goes; nodes that only pass a conditioning on do not.
 */
function isSampler(graph: Graph, node: GraphNode): boolean {
  const isLinked = (name: string) => linked(graph, inputOf(node, name)) !== undefined;
  const has = (name: string) => inputOf(node, name) !== undefined;
  const conditioned = isLinked('guider') || isLinked('positive') || isLinked('conditioning');
  return conditioned && ['seed', 'noise_seed', 'noise', 'sigmas', 'steps', 'sampler_name'].some(has);
}

/** A node that has a picture made elsewhere, by an API, takes its prompt as it is and needs no sampler. */
function askingNode(graph: Graph, output: GraphNode | undefined): GraphNode | undefined {
  let asking: GraphNode | undefined;
  walk(output === undefined ? [] : [output], (node) => {
    if (nodePrompt(node) === undefined) return node.inputs.flatMap(([, value]) => linked(graph, value) ?? []);
    asking = node;
    return 'stop';
  });
  return asking;
}

function joined(texts: readonly string[]) {
  return asUntrusted(texts.length === 0 ? undefined : texts.join('\n'));
}

function asUntrusted(found: string | undefined) {
  return found === undefined ? undefined : fromService(found);
}
