/** How a prompt looks in `/history` and `/queue`. */

import type { FakePrompt } from './prompts.js';

export function promptTuple({ number, id, graph, extraData, outputNodes }: FakePrompt): readonly unknown[] {
  return [number, id, graph, extraData, outputNodes];
}

export function historyRecord(prompt: FakePrompt): object {
  return {
    prompt: promptTuple(prompt),
    outputs: prompt.outputs,
    status: prompt.given.withoutStatus ? null : statusRecord(prompt),
    meta: metaRecord(prompt),
  };
}

export function metaRecord({ outputs }: FakePrompt): object {
  const nodes = Object.keys(outputs).map((node) => [
    node,
    { node_id: node, display_node: node, parent_node: null, real_node_id: node },
  ]);
  return Object.fromEntries(nodes);
}

export function statusRecord(prompt: FakePrompt): object {
  const facts = (timestamp: number | undefined) => ({ prompt_id: prompt.id, timestamp });
  const succeeded = prompt.outcome === 'success';
  return {
    status_str: succeeded ? 'success' : 'error',
    completed: succeeded,
    messages: [
      ['execution_start', facts(prompt.started)],
      ['execution_cached', { nodes: [], ...facts(prompt.started) }],
      lastMessage(prompt, facts(prompt.ended)),
    ],
  };
}

function lastMessage(prompt: FakePrompt, facts: object): readonly [string, object] {
  if (prompt.outcome === 'success') return ['execution_success', facts];
  const where = { node_id: '3', node_type: 'KSampler', executed: ['4', '5', '6', '7'] };
  if (prompt.outcome === 'interrupted') return ['execution_interrupted', { ...facts, ...where }];
  return ['execution_error', { ...facts, ...errorRecord(prompt), executed: where.executed }];
}

/** What a node that failed says. */
export function errorRecord(prompt: FakePrompt): object {
  return {
    node_id: '3',
    node_type: 'KSampler',
    exception_message: 'Allocation on device would exceed allowed memory. (out of memory)\n',
    exception_type: 'torch.OutOfMemoryError',
    traceback: ['  File "/opt/comfyui/execution.py", line 496, in execute\n'],
    current_inputs: { steps: ['20'], positive: [prompt.text] },
    current_outputs: ['4', '5', '6', '7'],
  };
}
