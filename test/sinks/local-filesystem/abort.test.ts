import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { eachUntilAborted } from '../../../sinks/local-filesystem/abort.js';

test('chunks that were taken are let go while later ones are still to come', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const seen: WeakRef<Uint8Array>[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let number = 0; number < 20; number += 1) yield new Uint8Array(1_000);
  }
  let alive = 0;
  for await (const chunk of eachUntilAborted(chunks(), new AbortController().signal)) {
    seen.push(new WeakRef(chunk));
    if (seen.length < 20) continue;
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    alive = seen.filter((reference) => reference.deref() !== undefined).length;
  }
  expect(alive).toBeLessThan(5);
});
