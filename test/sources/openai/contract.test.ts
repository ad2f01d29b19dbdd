import { describe, test } from '@jest/globals';
import descriptor from '../../../sources/openai/index.js';
import { type SourceHarness, sourceContract } from '../../contract/source-contract.js';
import { type OpenAiRig, openOpenAiRig } from '../../support/openai-rig.js';

/** Adds what is listed to the fake, and says what names it. */
type Arrange = (rig: OpenAiRig) => { readonly reference: string; readonly unknown: string };

function harnessOf(arrange: Arrange): SourceHarness {
  return {
    descriptor,
    async open(credential) {
      const rig = await openOpenAiRig({ recording: true, ...(credential === undefined ? {} : { credential }) });
      const { fake } = rig;
      const always = { host: 'api', count: Number.POSITIVE_INFINITY } as const;
      return {
        source: rig.source,
        ...arrange(rig),
        secrets: [fake.key],
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
            const body = JSON.stringify({ error: { message: words, type: 'invalid_request_error', param: null } });
            fake.faults.inject({ ...always, what: { kind: 'status', status: 400, body } });
          },
        },
        close: () => rig.shut(),
      };
    },
    recognised: [
      'resp_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071',
      'resp_abcDEF12',
      'conv_0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071',
      'conv_0a1b2c3d4e5f6071/ig_0c1b2c3d4e5f6071',
      'resp_0a1b2c3d4e5f6071/ig_0c1b2c3d4e5f6071',
      'ig_0c1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071',
      'video_0c1b2c3d4e5f6071',
      'https://platform.openai.com/logs/resp_0a1b2c3d4e5f6071',
      'https://platform.openai.com/logs/conv_0a1b2c3d4e5f6071?api=responses',
      'platform.openai.com/logs/resp_0a1b2c3d4e5f6071',
      'https://api.openai.com/v1/responses/resp_0a1b2c3d4e5f6071',
      'https://api.openai.com/v1/responses/resp_0a1b2c3d4e5f6071/input_items',
      'https://api.openai.com/v1/conversations/conv_0a1b2c3d4e5f6071/items',
      'https://api.openai.com/v1/conversations/conv_0a1b2c3d4e5f6071/items/ig_0c1b2c3d4e5f6071',
    ],
    foreign: [
      'resp_',
      'resp_0a1b',
      'resp_../../../etc/passwd',
      'resp_0a1b2c3d4e5f6071 ',
      'resp_0a1b2c3d4e5f6071/msg_0c1b2c3d4e5f6071',
      'conv_0a1b2c3d4e5f6071/ig_1/ig_2',
      'msg_0a1b2c3d4e5f6071',
      'task-Qm3xVb7TnL2kRs9WpYc4ZdHa',
      'q9bd2x4mr5rj40cgw0pv5n0tdr',
      'https://platform.openai.com/logs/trace?trace_id=resp_0a1b2c3d4e5f6071',
      'https://platform.openai.com.example.org/logs/resp_0a1b2c3d4e5f6071',
      'https://labs.openai.com/s/ZJQ3vCqpLDxCu56ULN79OUs9',
      'https://example.org/v1/responses/resp_0a1b2c3d4e5f6071',
      'demo',
    ],
    wrongCredentials: [
      '',
      'sess-Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
      'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl',
      'r8_Yw4Rk9LmQ2xZt7VbN1cPd8HsJf5GaEo3',
      'resp_0a1b2c3d4e5f6071',
      'sk-',
      'sk-proj-****************XyC1',
      'sk-Yw4Rk9 LmQ2xZt7',
      'Bearer',
      'my password',
    ],
  };
}

const NOTHING = '0'.repeat(48);

describe('openai keeps the promises of a source, with a response', () => {
  sourceContract(
    { test },
    harnessOf(({ fake }) => ({
      reference: fake.addResponse({ images: [{}, { format: 'webp' }, { status: 'failed' }, { format: 'jpeg' }] }).id,
      unknown: `resp_${NOTHING}`,
    })),
  );
});

describe('openai keeps the promises of a source, with a conversation', () => {
  sourceContract(
    { test },
    harnessOf(({ fake }) => {
      const conversation = fake.addConversation();
      for (let turn = 0; turn < 4; turn += 1) fake.addResponse({ conversation });
      return { reference: conversation.id, unknown: `conv_${NOTHING}` };
    }),
  );
});
