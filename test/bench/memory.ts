/** How much memory a pipe takes: for many pictures at once, for many more, and for one film that is larger than it should be. */

import { cleanEnvironment } from '../support/program.js';
import { ACCOUNTS, runAccounted } from './accounting.js';
import { createCheck } from './check.js';
import { albaretto } from './downloaders.js';
import { createGallery, type GalleryOptions } from './gallery.js';
import { startImageHost } from './host-process.js';
import { emptyFiles, openPlace } from './places.js';
import { mebibytes } from './race.js';

const MEBIBYTE = 1_048_576;

export async function memory(whole: boolean): Promise<void> {
  console.log('\nPeak memory of a pipe, over TLS through one proxy (aim: at most 120 MiB over node, however many)');
  if (!ACCOUNTS) return console.log('  skipped: there is no GNU time here, which asks the system for it');
  const bare = await bareNode();
  console.log(`  ${'node -e 0'.padEnd(WIDTH)} ${mebibytes(bare)} MiB`);
  await tell('1,000 pictures of 100 KB', bare, { kind: 'pictures', count: 1_000, bytes: 102_400 });
  if (whole) await tell('20,000 pictures of 100 KB', bare, { kind: 'pictures', count: 20_000, bytes: 102_400 });
  await tell('a film of 256 MiB', bare, { kind: 'film', bytes: 256 * MEBIBYTE });
  if (whole) await tell('a film of 4 GiB', bare, { kind: 'film', bytes: 4096 * MEBIBYTE });
}

const WIDTH = 30;

async function bareNode(): Promise<number> {
  const place = openPlace();
  const invocation = { command: process.execPath, args: ['-e', '0'], env: cleanEnvironment(place) };
  return (await runAccounted(invocation, place)).peakMemory;
}

async function tell(what: string, bare: number, gallery: GalleryOptions): Promise<void> {
  const items = createGallery(gallery);
  const place = openPlace();
  const host = await startImageHost({ gallery, delay: 0 });
  try {
    const job = { place, host, items, out: place.path('out'), secure: true };
    // The program's cap is raised as a person would raise it.
    const lines = gallery.kind === 'film' ? [`config set limits.itemBytes ${2 * gallery.bytes}`] : [];
    const told = await runAccounted(albaretto(job, lines), place).then(
      ({ seconds, peakMemory }) =>
        `${mebibytes(peakMemory)} MiB, ${mebibytes(peakMemory - bare)} MiB over node, in ${seconds.toFixed(1)} s`,
      (thrown: Error) => `cannot be done yet: ${thrown.message}`,
    );
    console.log(`  ${what.padEnd(WIDTH)} ${told}`);
    if (told.startsWith('cannot')) return;
    await createCheck(items)(job.out);
    emptyFiles(job.out);
  } finally {
    await host.close();
  }
}
