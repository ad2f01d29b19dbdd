/** The same job again with everything there already: how long it takes, and what it still asks the service for. */

import { cleanEnvironment, PROGRAM } from '../support/program.js';
import { type Invocation, runAccounted } from './accounting.js';
import { createCheck } from './check.js';
import { albaretto, installedOthers, type Job } from './downloaders.js';
import { createGallery, type GalleryOptions } from './gallery.js';
import { startImageHost } from './host-process.js';
import type { RequestCounts } from './image-host.js';
import { openPlace } from './places.js';
import { decimal, type Entrant, type Result, race, secondsOf, showTable } from './race.js';

const START = 'albaretto, its start alone';

export async function onceMore(whole: boolean): Promise<void> {
  await again({
    title: '500 pictures of 100 KB once more, all present (over TLS through one proxy, no delay)',
    gallery: { kind: 'pictures', count: 500, bytes: 102_400 },
    rounds: whole ? 9 : 3,
    aim: 'at most 0.5 s, and only lists requested',
    others: true,
  });
  await again({
    // Small ones: their number is what counts here, and the first run must not take all day.
    title: '10,000 small pictures once more, all present',
    gallery: { kind: 'pictures', count: 10_000, bytes: 4_096 },
    rounds: whole ? 3 : 1,
    aim: 'at most 2 s, and only lists requested',
    others: false,
  });
}

interface Course {
  readonly title: string;
  readonly gallery: GalleryOptions & { readonly count: number };
  readonly rounds: number;
  readonly aim: string;
  readonly others: boolean;
}

async function again({ title, gallery, rounds, aim, others }: Course): Promise<void> {
  const items = createGallery(gallery);
  const check = createCheck(items);
  const host = await startImageHost({ gallery, delay: 0 });
  const downloaders = [{ name: 'albaretto', invocation: albaretto }, ...(others ? installedOthers() : [])];
  const runs = downloaders.map(({ name, invocation }) => {
    const place = openPlace();
    const job = { place, host, items, out: place.path('out'), secure: true };
    return { name, job, counts: [] as RequestCounts[], invocation };
  });
  try {
    const entrants = runs.map((run) => ({ name: run.name, rounds, run: repeated(run, check) }));
    const results = await race([...entrants, startAlone(runs[0]!.job, rounds)]);
    showTable(title, results, gallery.count);
    for (const { name, counts } of runs) tellRequests(name, counts.at(-1));
    tellAim(results, aim);
  } finally {
    await host.close();
  }
}

interface Run {
  readonly job: Job;
  readonly counts: RequestCounts[];
  invocation(job: Job): Invocation;
}

/** The first call fills the folder, uncounted. */
function repeated({ job, counts, invocation }: Run, check: (folder: string) => Promise<void>): Entrant['run'] {
  let filled = false;
  return async () => {
    if (!filled) {
      await runAccounted(invocation(job), job.place);
      await check(job.out);
      filled = true;
    }
    await job.host.takeCounts();
    const cost = await runAccounted(invocation(job), job.place);
    counts.push(await job.host.takeCounts());
    await check(job.out);
    return cost;
  };
}

/** The same process with nothing to do. */
function startAlone({ place }: Job, rounds: number): Entrant {
  const args = [PROGRAM, 'local-filesystem', '-c', 'list'];
  const invocation = { command: process.execPath, args, env: cleanEnvironment(place) };
  return { name: START, rounds, run: () => runAccounted(invocation, place) };
}

function tellRequests(name: string, counts: RequestCounts | undefined): void {
  if (counts === undefined) return;
  const { lists, pictures, others } = counts;
  console.log(`  ${name} asked for ${lists} lists, ${pictures} pictures and ${others} other things`);
}

function tellAim(results: readonly Result[], aim: string): void {
  const work = decimal(secondsOf(results, 'albaretto') - secondsOf(results, START));
  console.log(`  albaretto takes ${work} s more than its start alone (aim: ${aim})`);
}
