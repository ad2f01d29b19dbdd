import { beforeEach, describe, expect, test } from '@jest/globals';
import comfyui from '../../sources/comfyui/index.js';
import imgur from '../../sources/imgur/index.js';
import { holdsSecret, mayLeave } from '../../src/shell/interactive.js';
import { closedAfterEach } from '../support/after-each.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';
import { nobody } from '../support/sink-context.js';

let rig: ShellRig;
const open = closedAfterEach(openShellRig, (other) => other.close());
beforeEach(async () => {
  rig = await open({ plugins: [imgur, comfyui] });
});

describe('a line that is typed', () => {
  test.each([
    'config set imgur.clientId 0123456789abcde',
    ' config  set "imgur.clientId" 0123456789abcde',
    'config set comfyui.token 0123456789abcde',
    'config set comfyui.header "X-Api: s3cr3tvalue99"',
    'fetch --all --source comfyui --header "X-Api: s3cr3tvalue99" | save there',
    'login imgur sess-0123456789',
  ])('with a secret is not remembered: %s', (line) => {
    expect(holdsSecret(line, rig.session.runtime)).toBe(true);
  });

  test.each(['config set imgur.animated mp4', 'config get imgur.clientId', 'fetch imgur:a/aB3dE5f', 'save ./pictures'])(
    'without one is: %s',
    (line) => {
      expect(holdsSecret(line, rig.session.runtime)).toBe(false);
    },
  );
});

describe('leaving with items that are not saved', () => {
  test('is asked about, and says what becomes of them', async () => {
    const asked: string[] = [];
    const confirm = async (question: string) => {
      asked.push(question);
      return false;
    };
    rig = await open({ ask: { ...nobody(), interactive: true, confirm } });
    expect(await mayLeave(rig.session)).toBe(true);
    await rig.run(`fetch ${rig.service.add({ count: 2 }).id}`);
    expect(await mayLeave(rig.session)).toBe(false);
    expect(asked).toEqual(['2 items are not saved yet and kept for seven days. Leave?']);
  });

  test('is told where nobody answers: there is a way out', async () => {
    await rig.run(`fetch ${rig.service.add({ count: 1 }).id}`);
    expect(await mayLeave(rig.session)).toBe(true);
    expect(rig.told('warning')).toMatchObject([{ text: '1 item is not saved and kept for seven days' }]);
  });
});
