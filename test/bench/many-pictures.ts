/** Many pictures from a service to the disk, beside the programs that are known for it. */

import { type Invocation, runAccounted } from './accounting.js';
import { createCheck } from './check.js';
import { albaretto, installedOthers, type Job, OTHERS, TRANSFERS, takesTransfers, versionOf } from './downloaders.js';
import { createGallery, type GalleryOptions } from './gallery.js';
import { startImageHost } from './host-process.js';
import { emptyFiles, openPlace } from './places.js';
import { decimal, type Entrant, type Result, race, secondsOf, showTable } from './race.js';

const PICTURES = { kind: 'pictures', count: 500, bytes: 102_400 } as const satisfies GalleryOptions;

interface Course {
  readonly title: string;
  /** Milliseconds to the first byte. */
  readonly delay: number;
  readonly secure: boolean;
  readonly rounds: number;
  /** Of one that moves one picture at a time: it takes half a minute where the others take two seconds. */
  readonly slowRounds: number;
}

export async function manyPictures(whole: boolean): Promise<void> {
  tellContenders();
  const rounds = whole ? 9 : 3;
  const late = await run({
    title: '500 pictures of 100 KB over TLS through one proxy, 50 ms to the first byte',
    ...{ delay: 50, secure: true, rounds, slowRounds: whole ? 3 : 1 },
  });
  const own = secondsOf(late, 'albaretto');
  console.log(`  albaretto takes ${decimal(own / secondsOf(late, 'curl'))} times as long as curl (aim: at most 1.5)`);
  tellGalleryDl(late, 11);
  const prompt = { delay: 0, rounds, slowRounds: rounds };
  tellRate(await run({ title: 'The same without delay', ...prompt, secure: true }));
  if (whole) tellRate(await run({ title: 'The same without delay, proxy and TLS', ...prompt, secure: false }));
}

function tellContenders(): void {
  const asked = takesTransfers()
    ? `asked for ${TRANSFERS} transfers at once`
    : 'left to its default: it has no --transfers yet';
  console.log(`\nMany pictures: albaretto is ${asked}`);
  for (const other of OTHERS) {
    const { name, transfers } = other;
    const version = versionOf(other);
    console.log(
      `  ${name} ${version === undefined ? 'is not installed: skipped' : `${version}, ${transfers} at once`}`,
    );
  }
}

function tellRate(results: readonly Result[]): void {
  const rate = decimal(PICTURES.count / secondsOf(results, 'albaretto'));
  console.log(`  albaretto saves ${rate} files a second (aim: at least 400)`);
  tellGalleryDl(results, 2);
}

function tellGalleryDl(results: readonly Result[], aim: number): void {
  const faster = secondsOf(results, 'gallery-dl') / secondsOf(results, 'albaretto');
  console.log(`  and is ${decimal(faster)} times as fast as gallery-dl (aim: at least ${aim})`);
}

async function run(course: Course): Promise<Result[]> {
  const items = createGallery(PICTURES);
  const check = createCheck(items);
  const host = await startImageHost({ gallery: PICTURES, delay: course.delay });
  const atOnce = new Map<string, number>();
  const entrant = (name: string, rounds: number, invocation: (job: Job) => Invocation): Entrant => ({
    name,
    rounds,
    async run() {
      const place = openPlace();
      const out = place.path('out');
      const cost = await runAccounted(invocation({ place, host, items, out, secure: course.secure }), place);
      atOnce.set(name, (await host.takeCounts()).atOnce);
      await check(out);
      emptyFiles(out);
      return cost;
    },
  });
  try {
    const results = await race([
      entrant('albaretto', course.rounds, albaretto),
      ...installedOthers().map(({ name, transfers, invocation }) =>
        entrant(name, transfers === 1 ? course.slowRounds : course.rounds, invocation),
      ),
    ]);
    showTable(course.title, results, PICTURES.count);
    const told = [...atOnce].map((entry) => entry.join(' ')).join(', ');
    if (course.delay > 0) console.log(`  requests that waited at once: ${told}`);
    return results;
  } finally {
    await host.close();
  }
}
