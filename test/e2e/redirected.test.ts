/** The built program with streams that a shell redirects to what is neither a terminal nor a pipe. */

import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cleanEnvironment, openSandbox, PROGRAM, type Sandbox } from '../support/program.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox();
});
afterEach(() => sandbox.remove());

/** Runs `albaretto` and what stands behind it in a shell. */
function sh(rest: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `"$0" "$1" ${rest}`, process.execPath, PROGRAM], {
    cwd: sandbox.folder,
    env: cleanEnvironment(sandbox),
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

test.each(['local-filesystem < .', "local-filesystem -c 'fetch --from-file -' < ."])(
  'a folder in place of lines is an error that says so: %s',
  (rest) => {
    expect(sh(rest)).toEqual({ code: 2, stdout: '', stderr: '  ✗ the lines of the input cannot be read (EISDIR)\n' });
  },
);

test.each(['--version', '-V', '--version local-filesystem', '--help', "local-filesystem -c 'sources'"])(
  'what a full disk loses of %s is told by the exit code alone',
  (rest) => {
    expect(sh(`${rest} > /dev/full`)).toEqual({ code: 6, stdout: '', stderr: '' });
  },
);
