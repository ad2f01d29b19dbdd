import { expect, test } from '@jest/globals';
import { diskFailure } from '../../../sinks/local-filesystem/failure.js';
import { AlbarettoError } from '../../../src/plugin.js';
import { systemError } from './disks.js';

test.each([
  ['ENOSPC', 'E_NO_SPACE', 'run', false, /disk is full.*free some space/u],
  ['EDQUOT', 'E_NO_SPACE', 'run', false, /quota.*free some space/u],
  ['EACCES', 'E_DESTINATION', 'run', false, /permission denied.*change its permissions/u],
  ['EPERM', 'E_DESTINATION', 'run', false, /not permit/u],
  ['EROFS', 'E_DESTINATION', 'run', false, /read-only.*another folder/u],
  ['ENOTDIR', 'E_DESTINATION', 'run', false, /a file, not a folder/u],
  ['ENAMETOOLONG', 'E_DESTINATION', 'item', false, /name is too long/u],
  ['EFBIG', 'E_DESTINATION', 'item', false, /too large/u],
  ['EMFILE', 'E_DESTINATION', 'item', true, /too many files open.*ulimit/u],
  ['EBUSY', 'E_DESTINATION', 'item', true, /another program/u],
  ['EIO', 'E_DESTINATION', 'item', false, /reported a fault.*check the disk/u],
  ['EWEIRD', 'E_DESTINATION', 'item', false, /the system refused it \(EWEIRD\)/u],
])('%s is told as %s, with the path and a remedy', (errno, code, reach, retryable, words) => {
  const error = diskFailure('writing', '/home/me/x.webp', systemError(errno));
  expect(error).toMatchObject({ code, reach, retryable, plugin: 'local-filesystem' });
  expect(error.describe()).toMatch(words);
  expect(error.describe()).toMatch(/^\[local-filesystem\] writing \/home\/me\/x\.webp failed, /u);
});

test('a path cannot drive the terminal', () => {
  expect(diskFailure('writing', '/tmp/\u001b]0;x\u0007\n', systemError('EIO')).message).not.toMatch(/[\u0000-\u001f]/u);
});

test('what is told already stays as it is', () => {
  const error = new AlbarettoError({ code: 'E_TRUNCATED', message: 'short' });
  expect(diskFailure('writing', '/tmp', error)).toBe(error);
});

test('an error without a name is a refusal too', () => {
  expect(diskFailure('writing', '/tmp', new Error('strange'))).toMatchObject({
    code: 'E_DESTINATION',
    cause: expect.any(Error),
  });
  expect(diskFailure('writing', '/tmp', undefined)).toMatchObject({ code: 'E_DESTINATION' });
});
