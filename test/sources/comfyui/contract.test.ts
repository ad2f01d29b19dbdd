import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/comfyui/index.js';
import { parseNamedServer } from '../../../src/named-server.js';
import { createRegistry } from '../../../src/registry.js';
import { type OpenedSource, type SourceHarness, sourceContract } from '../../contract/source-contract.js';
import { type ComfyUiRigOptions, openComfyUiRig } from '../../support/comfyui-rig.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

async function opened(options: ComfyUiRigOptions): Promise<OpenedSource> {
  const { place = 'server' } = options;
  const rig = await openComfyUiRig({ recording: true, ...options });
  const { fake } = rig;
  const [oldest] = fake.addPrompts(120, (index) =>
    index === 0 ? { outputs: [{}, { kind: 'gif' }, { count: 2 }] } : {},
  );
  fake.addPrompt({ outcome: 'running' });
  const always = { host: place, count: Number.POSITIVE_INFINITY } as const;
  return {
    source: rig.source,
    reference: oldest!.id,
    unknown: UNKNOWN,
    secrets: [fake.cloudKey],
    hosts: [rig.host, rig.mediaHost],
    service: {
      requests: () => fake.requests.filter(({ host }) => host === place).length,
      running: rig.running,
      record: rig.record,
      ...(place === 'cloud' ? { revoke: () => void fake.rotateCloudKey() } : {}),
      stall() {
        fake.faults.clear();
        fake.faults.inject({ ...always, what: { kind: 'stall', when: 'before' } });
      },
      refuse(words) {
        fake.faults.clear();
        const body = JSON.stringify(place === 'cloud' ? { code: 'BAD_REQUEST', message: words } : { error: words });
        fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
      },
    },
    close: () => rig.shut(),
  };
}

const forms: Pick<SourceHarness, 'descriptor' | 'recognised' | 'foreign'> = {
  descriptor,
  recognised: [
    '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
    '3F0C2A4E-1111-4222-8333-9A9B9C9D9E9F',
    'http://127.0.0.1:8188/view?filename=ComfyUI_00001_.png&subfolder=kites&type=output',
    'http://192.168.1.20:8188/api/view?filename=a%20b.png',
    'http://localhost:8000/history/3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
    'https://comfy.example.org/studio/api/jobs/3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
    'https://cloud.comfy.org/api/jobs/3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
  ],
  foreign: [
    'https://imgur.com/a/aB3dE5f',
    'http://127.0.0.1:8188/',
    'http://127.0.0.1:8188/view',
    'http://127.0.0.1:8188/view?filename=',
    'http://user:word@127.0.0.1:8188/view?filename=a.png',
    'ftp://127.0.0.1/view?filename=a.png',
    'http://127.0.0.1:8188/history/../../etc',
    'http://127.0.0.1:8188/history/3f0c2a4e',
    '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9',
    '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f ',
    'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
    'demo',
  ],
};

describe('comfyui at a server of one’s own keeps the promises of a source', () => {
  sourceContract({ test }, { ...forms, open: () => opened({}), historyPages: 2, absent: ['pending'] });
});

describe('comfyui at a server without /api/jobs keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      ...forms,
      open: () => opened({ knowsJobs: false }),
      historyPages: 5,
      // The first one finds out that there is no /api/jobs. What still runs is in no history.
      firstPageRequests: 2,
    },
  );
});

describe('a ComfyUI server under a name of its own keeps the promises of a source', () => {
  const studio = parseNamedServer('studio', 'comfyui https://192.168.1.20:8188', createRegistry([descriptor]));
  sourceContract(
    { test },
    {
      descriptor: studio,
      recognised: [
        '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
        'https://192.168.1.20:8188/api/view?filename=a%20b.png',
        'https://192.168.1.20:8188/api/jobs/3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
      ],
      foreign: [
        ...forms.foreign,
        'http://127.0.0.1:8188/view?filename=ComfyUI_00001_.png&subfolder=kites&type=output',
        'https://cloud.comfy.org/api/jobs/3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
      ],
      open: () => opened({ descriptor: studio }),
      historyPages: 2,
      absent: ['pending'],
    },
  );
});

describe('comfyui at Comfy Cloud keeps the promises of a source', () => {
  sourceContract(
    { test },
    {
      ...forms,
      open: (credential) => opened({ place: 'cloud', ...(credential === undefined ? {} : { credential }) }),
      historyPages: 2,
      absent: ['pending'],
      renews: 'item',
      wrongCredentials: [
        '',
        'Bearer',
        'my password',
        'sk-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
        '3f0c2a4e-1111-4222-8333-9a9b9c9d9e9f',
        'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl',
        'https://cloud.comfy.org',
      ],
    },
  );
});
