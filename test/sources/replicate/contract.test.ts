import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/replicate/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { openReplicateRig, START } from '../../support/replicate-rig.js';

describe('replicate keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      async open(credential) {
        const rig = await openReplicateRig({ recording: true, ...(credential === undefined ? {} : { credential }) });
        const { fake } = rig;
        fake.addPrediction({ created: START - 2 * 3_600_000 });
        fake.addPredictions(103, () => ({ output: 'single' }));
        fake.addPrediction({ created: START - 300, status: 'processing' });
        const prediction = fake.addPrediction({ created: START - 500, output: 'nested', inputPicture: true });
        const always = { host: 'api', count: Number.POSITIVE_INFINITY } as const;
        return {
          source: rig.source,
          reference: prediction.id,
          unknown: '0'.repeat(26),
          secrets: [fake.token],
          hosts: [rig.deliveryHost],
          service: {
            requests: () => rig.asked().length,
            running: rig.running,
            record: rig.record,
            revoke: () => void fake.rotateToken(),
            stall() {
              fake.faults.clear();
              fake.faults.inject({ ...always, what: { kind: 'stall', when: 'before' } });
            },
            refuse(words) {
              fake.faults.clear();
              const body = JSON.stringify({ title: 'Refused', detail: words, status: 400 });
              fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
            },
          },
          close: () => rig.shut(),
        };
      },
      recognised: [
        'q9bd2x4mr5rj40cgw0pv5n0tdr',
        'https://replicate.com/p/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'https://www.replicate.com/p/q9bd2x4mr5rj40cgw0pv5n0tdr/',
        'https://api.replicate.com/v1/predictions/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'replicate.com/p/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'https://api.replicate.com/v1/predictions/q9bd2x4mr5rj40cgw0pv5n0tdr/cancel',
      ],
      foreign: [
        'q9bd2x4mr5rj40cgw0pv5n0td',
        'q9bd2x4mr5rj40cgw0pv5n0tdrr',
        'Q9BD2X4MR5RJ40CGW0PV5N0TDR',
        'q9bd2x4mr5rj40cgw0pv5n0td/',
        'https://replicate.com/black-forest-labs/flux-schnell',
        'https://replicate.com.example.org/p/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'https://replicate.delivery/xezq/AbCdEf0123456789/out-0.webp',
        'https://example.org/p/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'example.org/p/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'ftp://replicate.com/p/q9bd2x4mr5rj40cgw0pv5n0tdr',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'resp_0123456789abcdef',
        'demo',
      ],
      wrongCredentials: [
        '',
        'sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'hf_Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'q9bd2x4mr5rj40cgw0pv5n0tdr',
        'https://replicate.com/account/api-tokens',
        'r8_',
        'r8_Yw4Rk9 LmQ2xZt7',
        'Bearer',
        'my password',
      ],
      historyPages: 2,
      absent: ['pending', 'gone'],
    },
  );
});
