import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import dalle2 from '../../sources/dalle2/index.js';
import { completeLine } from '../../src/shell/complete.js';
import { worldOf } from '../../src/shell/interactive.js';
import { closedAfterEach } from '../support/after-each.js';
import { testSink } from '../support/plugins.js';
import { openShellRig, type ShellRig } from '../support/shell-rig.js';

const drive = testSink('drive', {
  options: [
    { name: 'scope', type: 'string', description: 'what is asked for', choices: ['file', 'all'] },
    { name: 'no-browser', type: 'boolean', description: 'print the address' },
    { name: 'wait', type: 'string', description: 'how long' },
  ],
});
const open = closedAfterEach(
  async () => {
    const rig = await openShellRig({ plugins: [dalle2, drive] });
    mkdirSync(join(rig.root, 'images'));
    writeFileSync(join(rig.root, 'ca.pem'), '');
    return rig;
  },
  (rig: ShellRig) => rig.close(),
);

const offered = async (line: string) => {
  const { session } = await open();
  return (await completeLine(line, line.length, worldOf(session))).choices;
};

test.each([
  ['config ', ['get', 'import', 'list', 'path', 'set', 'unset']],
  ['config import im', ['images/']],
  ['config set source ', ['dalle2', 'memory']],
  ['config set drive.scope ', ['all', 'file']],
  ['config set drive.no-browser ', ['false', 'true']],
  ['config set drive.wait ', []],
  ['config set drive.destination im', ['images/']],
  ['config set cacert c', ['ca.pem']],
  ['config set servers.studio ', ['dalle2']],
  ['config set dalle2.to', ['dalle2.token']],
  ['config unset dalle2.to', ['dalle2.token']],
  ['config set dalle2.token ', []],
  ['config get drive.scope ', []],
  ['config import images ', []],
  ['config list ', []],
  ['config path ', []],
])('behind %j the Tab key offers what may stand there', async (line, choices) => {
  expect(await offered(line)).toEqual(choices);
});
