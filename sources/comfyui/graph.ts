/** The graph that ComfyUI executes: nodes, and the links between them. */

import { type Fields, fields, text, wholeNumber } from './values.js';

export interface GraphNode {
  readonly id: string;
  /** The class in the server's code: `KSampler`, `CLIPTextEncode`. */
  readonly classType: string;
  /** By name: a value, or a link to another node. */
  readonly inputs: readonly (readonly [name: string, value: unknown])[];
}

export type Graph = ReadonlyMap<string, GraphNode>;

/** What is no node is left out. */
export function readGraph(value: unknown): Graph {
  const nodes = Object.entries(fields(value) ?? {}).flatMap(([id, given]): [string, GraphNode][] => {
    const node = fields(given);
    const classType = text(node?.class_type);
    const inputs: Fields = fields(node?.inputs) ?? {};
    return classType === undefined ? [] : [[id, { id, classType, inputs: Object.entries(inputs) }]];
  });
  return new Map(nodes);
}

export function inputOf(node: GraphNode, name: string): unknown {
  return node.inputs.find(([own]) => own === name)?.[1];
}

/** The node at the other end of a link: `["4", 0]` is the first output of node 4. */
export function linked(graph: Graph, value: unknown): GraphNode | undefined {
  if (!Array.isArray(value) || value.length !== 2 || wholeNumber(value[1]) === undefined) return undefined;
  const id = text(value[0]) ?? wholeNumber(value[0]);
  return id === undefined ? undefined : graph.get(id);
}

/** What a walk does at a node: which of its links it follows, or that it has come to its end. */
export type Step = readonly GraphNode[] | 'stop';

/**
 * Looks at nodes from `start` on, along the links that `visit` answers: the first of them and all behind it before the
 * second. Each node is looked at once, so that links in a circle end too.
 */
export function walk(start: readonly GraphNode[], visit: (node: GraphNode) => Step): void {
  const seen = new Set<GraphNode>();
  const waiting = start.toReversed();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const next = visit(node);
    if (next === 'stop') return;
    for (const other of next.toReversed()) waiting.push(other);
  }
}

/** The nodes that `start` needs, in an order in which they can be executed: each behind all that it needs itself. */
export function inExecutionOrder(graph: Graph, start: readonly GraphNode[]): GraphNode[] {
  const ordered: GraphNode[] = [];
  const begun = new Set<GraphNode>();
  const waiting: { readonly node: GraphNode; readonly needed: boolean }[] = [];
  for (const node of start.toReversed()) waiting.push({ node, needed: false });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, needed } = next;
    if (needed) ordered.push(node);
    if (needed || begun.has(node)) continue;
    begun.add(node);
    waiting.push({ node, needed: true });
    for (const [, value] of node.inputs.toReversed()) {
      const other = linked(graph, value);
      if (other !== undefined && !begun.has(other)) waiting.push({ node: other, needed: false });
    }
  }
  return ordered;
}
