import { describe, expect, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { longStream, MEBIBYTE, watchBuffers } from '../long-stream.js';
import { fileOf, freshFolder, openStore } from './fixture.js';

const SIZE = 300 * MEBIBYTE;
/** A chunk or two, and what Node itself needs. */
const MOST = 16 * MEBIBYTE;

/** The real disk, but of new files only the sizes are kept, told after each write. */
function forgetfulDisk(onWrite: (written: number) => Promise<void>): Disk {
  return {
    ...nodeDisk,
    async create(path) {
      const file = await nodeDisk.create(path);
      let size = 0;
      return {
        ...file,
        async write(chunk) {
          size += chunk.length;
          await onWrite(size);
        },
        entry: async () => ({ ...(await file.entry()), size }),
      };
    },
  };
}

describe('a file of 300 MiB that comes as a stream', () => {
  test('is written without more of it in memory than the chunk that is being written', async () => {
    const watch = await watchBuffers();
    const disk = forgetfulDisk(async (written) => {
      if (written % (20 * MEBIBYTE) === 0) await watch.sample();
    });
    const bytes = longStream(SIZE);
    const store = await openStore(await freshFolder(), disk);
    const signal = new AbortController().signal;
    const receipt = await store.put({ ...fileOf(''), bytes }, { signal });
    expect(receipt).toMatchObject({ outcome: 'created', size: SIZE, digest: bytes.digests[0] });
    expect(watch.samples).toBe(15);
    expect(watch.most).toBeLessThan(MOST);
  });
});
