import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import descriptor from '../../../sinks/local-filesystem/index.js';
import { localSink } from '../../../sinks/local-filesystem/sink.js';
import type { Sink } from '../../../src/plugin.js';
import { type SinkHarness, type StoredFile, sinkContract } from '../../contract/sink-contract.js';
import { sinkContext } from '../../support/sink-context.js';
import { caselessDisk, diskWithoutLinks } from './disks.js';

const { capabilities } = descriptor;
const on = (disk: Disk) => async (): Promise<Sink> => localSink(sinkContext(), disk);

describe.each([
  ['this machine, as the program loads it', async () => (await descriptor.load()).create(sinkContext()), capabilities],
  ['a file system without hard links', on(diskWithoutLinks), capabilities],
  ['a file system that minds no case', on(caselessDisk), { ...capabilities, caseSensitive: false }],
  ['a file system whose folders cannot be synced', on(unsyncable()), capabilities],
])('the sink on %s', (_where, makeSink, declared) => {
  sinkContract({
    test,
    makeSink: async () => harness(await makeSink()),
    capabilities: declared,
    has: true,
    inspect: true,
    read: true,
  });
});

async function harness(sink: Sink): Promise<SinkHarness> {
  const above = await mkdtemp(join(tmpdir(), 'albaretto-contract-'));
  const destination = join(above, 'destination');
  return {
    sink,
    destination,
    // From above, so that a file beside the destination would be seen as well.
    files: () => filesBelow(above, destination),
    close: () => rm(above, { recursive: true, force: true }),
  };
}

async function filesBelow(above: string, destination: string): Promise<StoredFile[]> {
  const entries = await readdir(above, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return Promise.all(
    files.map(async ({ name, parentPath }) => {
      const path = join(parentPath, name);
      const modifiedAt = (await stat(path)).mtime;
      return { name, bytes: await readFile(path), folder: relative(destination, parentPath), modifiedAt };
    }),
  );
}

function unsyncable(): Disk {
  const syncFolder = async (): Promise<void> => {
    throw Object.assign(new Error('EINVAL: invalid argument, fsync'), { code: 'EINVAL' });
  };
  return { ...nodeDisk, syncFolder };
}
