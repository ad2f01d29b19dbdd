import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/civitai/index.js';
import { sourceContract } from '../../contract/source-contract.js';
import { openCivitaiRig } from '../../support/civitai-rig.js';

const ID = '1234567-20261120093012345';

describe('civitai keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      descriptor,
      async open(credential) {
        const rig = await openCivitaiRig({ recording: true, ...(credential === undefined ? {} : { credential }) });
        const { fake, hosts } = rig;
        const [oldest] = fake.addWorkflows(130, (index) =>
          index === 0 ? { id: ID, blobs: [{}, {}, { format: 'png' }] } : {},
        );
        fake.addWorkflow({ status: 'processing' });
        const always = { host: 'orchestrator', count: Number.POSITIVE_INFINITY } as const;
        return {
          source: rig.source,
          reference: oldest!.id,
          unknown: '1234567-20200101000000000',
          secrets: [fake.key],
          hosts: Object.values(hosts),
          service: {
            requests: () => rig.asked().length,
            running: rig.running,
            record: rig.record,
            revoke: () => void fake.rotateKey(),
            stall() {
              fake.faults.clear();
              fake.faults.inject({ ...always, what: { kind: 'stall', when: 'before' } });
            },
            refuse(words) {
              fake.faults.clear();
              const body = JSON.stringify({ type: 'about:blank', title: 'Bad Request', status: 400, detail: words });
              fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
            },
          },
          close: () => rig.shut(),
        };
      },
      recognised: [
        '1234567-20261120093012345',
        '0-0192f3a4-1111-7222-8333-9a9b9c9d9e9f',
        'wf_01JD3K2M4N5P6Q7R8S9T0V1W2X',
        'https://civitai.com/images/80000001',
        'https://civitai.red/images/80000001?x=1',
        'https://www.civitai.com/posts/9000001',
        'image-80000001',
        'post-9000001',
        '80000001',
      ],
      foreign: [
        'https://imgur.com/a/aB3dE5f',
        'https://civitai.com/models/4201/dreamshaper',
        'https://civitai.com/user/fernwatcher/images',
        'https://civitai.com.example.org/images/1',
        'https://civitai.com@example.org/images/1',
        'ftp://civitai.com/images/1',
        'https://civitai.com/images/0',
        'https://civitai.com/images/1e9',
        'https://civitai.com/images/9999999999999999',
        '1234567-2026112009301234',
        '1234567-20261120093012345 ',
        'wf_',
        'wf_../../x',
        '0-0192f3a4',
        '012345',
        'image-',
        '-1',
        'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
        'demo',
      ],
      wrongCredentials: [
        '',
        'Bearer',
        'my password',
        '1234567-20261120093012345',
        'wf_01JD3K2M4N5P6Q7R8S9T0V1W2X',
        '0-0192f3a4-1111-7222-8333-9a9b9c9d9e9f',
        'sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl',
        'https://civitai.com/user/account',
      ],
      historyPages: 2,
      absent: ['pending'],
    },
  );
});
