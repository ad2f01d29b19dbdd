/** What single looks of `watch` do where something is odd: a source that is down, texts among pictures, two destinations. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import comfyui from '../../sources/comfyui/index.js';
import replicate from '../../sources/replicate/index.js';
import { createAgents } from '../../src/http/agents.js';
import { createHttpClient } from '../../src/http/client.js';
import { type LoopbackComfyUi, startFakeComfyUi } from '../fakes/comfyui/loopback.js';
import { type LoopbackReplicate, startFakeReplicate } from '../fakes/replicate/loopback.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';
import { VirtualClock } from '../support/virtual-clock.js';

const HOUR = 3_600_000;

let clock: VirtualClock;
let service: LoopbackReplicate;
let comfy: LoopbackComfyUi;
let rig: ShellRig;

beforeEach(async () => {
  clock = new VirtualClock({ start: Date.UTC(2026, 10, 20) });
  service = await startFakeReplicate({ now: clock.now, requestsPerMinute: Number.POSITIVE_INFINITY });
  comfy = await startFakeComfyUi({ now: clock.now });
  rig = await open();
});
async function open(after?: ShellRig): Promise<ShellRig> {
  const client = createHttpClient({
    agents: createAgents({ environmentProxy: () => '' }),
    userAgent: 'albaretto/test',
  });
  return openShellRig({
    plugins: [replicate, comfyui],
    environment: {
      ALBARETTO_REPLICATE_BASE_URL: service.apiUrl,
      ALBARETTO_REPLICATE_TOKEN: service.fake.token,
      ALBARETTO_COMFYUI_BASE_URL: comfy.serverUrl,
    },
    http: async () => client,
    clock,
    ...(after === undefined ? {} : { after }),
  });
}
afterEach(async () => {
  await rig.close();
  await service.close();
  await comfy.close();
});

const look = async (line: string) => {
  rig.events.length = 0;
  return (await rig.run(line)).exit;
};
const made = (created: number, output?: 'text') =>
  service.fake.addPrediction({
    created,
    seconds: 5,
    count: 1,
    fileBytes: 300,
    format: 'png',
    ...(output === undefined ? {} : { output }),
  });
const lost = () => rig.told('failed').map(({ task, message }) => [task, message]);

test('one source that is down does not keep the others from being looked at, and each has its sign of life', async () => {
  made(clock.now() - 60_000);
  comfy.fake.faults.inject({
    count: Number.POSITIVE_INFINITY,
    what: { kind: 'status', status: 503 },
  });
  expect(await look('watch comfyui replicate --once | save there')).toBe(5);
  expect(rig.told('look').map(({ source, saved, code }) => [source, saved, code])).toEqual([
    ['comfyui', 0, 'E_UNAVAILABLE'],
    ['replicate', 1, undefined],
  ]);
});

test('what had only texts is not told as lost when it is deleted', async () => {
  made(clock.now() - 60_000, 'text');
  const picture = made(clock.now() - 50_000);
  await look('watch replicate --once | save there');
  await clock.sleep(HOUR / 2, undefined);
  const missed = made(clock.now() - 40_000);
  await clock.sleep(2 * HOUR, undefined);
  expect(await look('watch replicate --once | save there')).toBe(5);
  expect(lost()).toEqual([[missed.id, 'the service deleted it before it was looked at']]);
  expect(rig.told('look')).toMatchObject([{ saved: 0, failed: 0, lost: 1 }]);
  expect(rig.storage.media()).toEqual([`${picture.id}-1.png`]);
  expect(await look('watch replicate --once | save there')).toBe(0);
  expect(lost()).toEqual([]);
});

test('what ran at the last look and is gone from the list is named', async () => {
  comfy.fake.addPrompt();
  await look('watch comfyui --once | save there');
  const running = comfy.fake.addPrompt({ outcome: 'running' });
  await look('watch comfyui --once | save there');
  comfy.fake.restart();
  await look('watch comfyui --once | save there');
  expect(lost()).toEqual([[running.id, 'it was still being made at the last look, and is gone from the list']]);
});

test('two watches of one source remember for themselves', async () => {
  made(clock.now() - 60_000);
  await look('watch replicate --once | save one');
  await clock.sleep(2 * HOUR, undefined);
  const missed = made(clock.now() - HOUR - 60_000);
  await look('watch replicate --once | save two');
  // Nobody looked there before.
  expect(lost()).toEqual([]);
  await look('watch replicate --once | save one');
  expect(lost()).toEqual([[missed.id, 'the service deleted it before it was looked at']]);
});

test('a look with nothing new asks for one page and for no job of it, in another session too', async () => {
  comfy.fake.addPrompts(12);
  await look('watch comfyui --once | save there');
  const before = comfy.fake.requests.length;
  expect(await look('watch comfyui --once | save there')).toBe(0);
  expect(comfy.fake.requests.length - before).toBe(1);
});

test('what another setting lists besides is looked at, also of a job that was saved as a whole', async () => {
  comfy.fake.addPrompt({ outputs: [{}, { kind: 'preview' }] });
  await look('watch comfyui --once | save there');
  expect(rig.told('look')).toMatchObject([{ saved: 1 }]);
  await rig.run('config set comfyui.previews true');
  await rig.session.close();
  rig = await open(rig);
  await look('watch comfyui --once | save there');
  expect(rig.told('look')).toMatchObject([{ saved: 1 }]);
});

test('a file that is gone at the service is told once, and does not make later looks read everything', async () => {
  const [, gone] = comfy.fake.addPrompts(3);
  comfy.fake.removeFile(gone!.files[0]!);
  expect(await look('watch comfyui --once | save there')).toBe(1);
  expect(rig.told('look')).toMatchObject([{ saved: 2, failed: 1 }]);
  const before = comfy.fake.requests.length;
  expect(await look('watch comfyui --once | save there')).toBe(0);
  expect(comfy.fake.requests.length - before).toBe(1);
});

test('--overwrite fetches nothing again at the next look, and --new is refused', async () => {
  made(clock.now() - 60_000);
  await look('watch replicate --once | save there --overwrite');
  const before = service.fake.requests.length;
  await look('watch replicate --once | save there --overwrite');
  expect(service.fake.requests.length - before).toBe(1);
  expect(await look('watch replicate --once | save there --new Kites')).toBe(2);
});
