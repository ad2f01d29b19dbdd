import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/demo/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { openSourceRig } from '../../support/source-rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('demo keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      async open() {
        const rig = await openSourceRig({ descriptor, baseUrl: descriptor.baseUrl, clock: new VirtualClock() });
        return { source: rig.source, reference: 'demo', unknown: 'demo2', close: async () => rig.close() };
      },
      recognised: ['demo'],
      foreign: ['Demo', 'demo ', 'demo2', 'task-Qm3xVb7TnL2kRs9WpYc4ZdHa', 'https://demo.invalid/'],
    },
  );
});
