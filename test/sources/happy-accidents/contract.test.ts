import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/happy-accidents/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { openHappyAccidentsRig, START } from '../../support/happy-accidents-rig.js';

const MODEL = '0123456789abcdef0123456789abcdef';

describe('happy-accidents keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      async open(credential) {
        const rig = await openHappyAccidentsRig({
          recording: true,
          options: { 'page-size': '20' },
          ...(credential === undefined ? {} : { credential }),
        });
        const { fake } = rig;
        for (let number = 0; number < 43; number += 1) {
          fake.addInference({ madeAt: START - 1_000_000 + number * 10_000, modelId: MODEL });
        }
        const { id } = fake.addInference({ count: 4, modelId: MODEL, madeAt: START - 500_000 });
        const always = { host: 'api', count: Number.POSITIVE_INFINITY } as const;
        return {
          source: rig.source,
          reference: id,
          unknown: '00000000-0000-4000-a000-000000000000',
          secrets: [fake.token, fake.cookie],
          hosts: [rig.imageHost],
          service: {
            requests: () => rig.asked().length,
            running: rig.running,
            record: rig.record,
            revoke() {
              fake.faults.clear();
              fake.faults.inject({ ...always, what: { kind: 'status', status: 401 } });
            },
            stall() {
              fake.faults.clear();
              fake.faults.inject({ ...always, what: { kind: 'stall', when: 'before' } });
            },
            refuse(words) {
              fake.faults.clear();
              const body = JSON.stringify({ detail: words });
              fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
            },
          },
          close: () => rig.shut(),
        };
      },
      recognised: [
        '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506',
        '1F0C2A34-5B6D-4E7F-8A90-B1C2D3E4F506',
        'inf-000004-8FR7EwLt',
        'img-4-0-hbHACX',
      ],
      foreign: [
        'https://www.happyaccidents.ai/create',
        'https://imgur.com/a/aB3dE5f',
        'https://example.org/1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506',
        '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506?x=1',
        '1f0c2a345b6d4e7f8a90b1c2d3e4f506',
        'inf-',
        'inf-../../../etc',
        'img-abc',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'demo',
      ],
      wrongCredentials: [
        '',
        'Bearer',
        'sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'sess-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln…',
        'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0',
        '%5B%22eyJhbGciOiJIUzI1NiJ9.eyJz',
        '1f0c2a34-5b6d-4e7f-8a90-b1c2d3e4f506',
        'my password',
      ],
      historyPages: 3,
    },
  );
});
