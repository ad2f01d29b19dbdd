import { describe, expect, test } from '@jest/globals';
import { localSink } from '../../../sinks/local-filesystem/sink.js';
import { sinkContext } from '../../support/sink-context.js';
import { diskWith } from './disks.js';
import { freshFolder } from './fixture.js';

describe('the name of a folder', () => {
  test.each(['', '.', '..', 'a/b', '/a', 'nul\0byte', '🎨'.repeat(64)])(
    '%j is refused as a usage error without looking at the disk, as making the folder refuses it',
    async (name) => {
      let calls = 0;
      const disk = diskWith((_call, perform) => {
        calls += 1;
        return perform();
      });
      const sink = localSink(sinkContext(), disk);
      const check = () => sink.checkFolderName?.(name);
      expect(check).toThrow(expect.objectContaining({ code: 'E_USAGE', plugin: 'local-filesystem' }));
      expect(calls).toBe(0);
      const store = await sink.open(await freshFolder(), {});
      await expect(store.folder(name, {})).rejects.toMatchObject({ code: 'E_USAGE' });
    },
  );

  test.each(['Robots', "it's", '絵 🎨', '...', '.hidden', 'x'.repeat(255)])('%j is taken', (name) => {
    expect(() =>
      localSink(
        sinkContext(),
        diskWith((_call, perform) => perform()),
      ).checkFolderName?.(name),
    ).not.toThrow();
  });
});
