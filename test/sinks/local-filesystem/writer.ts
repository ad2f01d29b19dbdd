/**
 * A process of its own that puts files: bundled and started by a test. It begins at the first line of its standard input.
 *
 *     writer.mjs race <folder> <who> <count>    puts `count` files that all writers share and `count` that differ by writer
 *     writer.mjs hang <folder>                  says `hanging` in the middle of a file and waits for ever
 */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { localSink } from '../../../sinks/local-filesystem/sink.js';
import type { StoreFile } from '../../../src/plugin.js';
import { sinkContext } from '../../support/sink-context.js';

const [mode, folder, who, count] = process.argv.slice(2);

const store = await localSink(sinkContext(), nodeDisk).open(folder, {});
process.stdout.write('ready\n');
await once(process.stdin, 'data');

if (mode === 'race') {
  for (let index = 0; index < Number(count); index++) {
    const [shared, own] = [`shared ${index}`, `${index} of ${who}`];
    await Promise.all([
      store.put(file(`shared-${index}.txt`, shared), {}),
      store.put(file(`own-${index}.txt`, own), {}),
    ]);
  }
  process.exit(0);
}
await store.put(hanging(), {});

function file(name: string, text: string): StoreFile {
  const content = Buffer.from(text);
  const hex = createHash('sha256').update(content).digest('hex');
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield content;
  };
  return {
    name,
    role: 'media',
    bytes: { size: content.length, digests: [{ algorithm: 'sha256', hex }], open },
    mediaType: 'text/plain',
    key: name,
    onDifferent: 'suffix',
  };
}

function hanging(): StoreFile {
  const whole = file('hanging.txt', 'hanging');
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hang');
    process.stdout.write('hanging\n');
    await new Promise(() => setInterval(() => {}, 1000));
  };
  return { ...whole, bytes: { ...whole.bytes, open } };
}
