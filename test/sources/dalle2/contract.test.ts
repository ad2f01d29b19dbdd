import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/dalle2/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { openDalle2Rig } from '../../support/dalle2-rig.js';

describe('dalle2 keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      async open(credential) {
        const rig = await openDalle2Rig({ recording: true, ...(credential === undefined ? {} : { credential }) });
        const { fake } = rig;
        for (let number = 0; number < 53; number += 1) fake.addTask({ count: 1, created: 1_660_000_000 + number });
        const task = fake.addTask({ kind: 'inpainting', created: 1_660_000_100 });
        const always = { host: 'api', count: Number.POSITIVE_INFINITY } as const;
        return {
          source: rig.source,
          reference: task.id,
          unknown: 'task-000000000000000000000000',
          secrets: [fake.token],
          hosts: [rig.blobHost],
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
              const body = JSON.stringify({ error: { message: words, type: 'invalid_request_error', code: null } });
              fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
            },
          },
          close: () => rig.shut(),
        };
      },
      recognised: [
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'Qm3xVb7TnL2kRs9WpYc4ZdHa',
        '012345678901234567890123',
        'generation-ZJQ3vCqpLDxCu56ULN79OUs9',
        'https://labs.openai.com/s/ZJQ3vCqpLDxCu56ULN79OUs9',
      ],
      foreign: [
        'https://imgur.com/a/aB3dE5f',
        'https://labs.openai.com/history',
        'https://labs.openai.com.example.org/s/ZJQ3vCqpLDxCu56ULN79OUs9',
        'https://example.org/s/ZJQ3vCqpLDxCu56ULN79OUs9',
        'prompt-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'task-',
        'task-../../../etc',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa ',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa?x=1',
        'demo',
      ],
      wrongCredentials: [
        '',
        'sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'sess-',
        'sess-Yw4Rk9 LmQ2xZt7',
        'Bearer',
        'my password',
      ],
      historyPages: 2,
    },
  );
});
