/** An album of Imgur beside gallery-dl, over the same faithful fake and proxy; a gallery, and the list of predictions. */

import { readdirSync } from 'node:fs';
import { cleanEnvironment, PROGRAM, type Sandbox } from '../support/program.js';
import { type Invocation, runAccounted } from './accounting.js';
import type { ArchiveCounts, ArchiveHostFacts, ArchiveHostOptions } from './archive-host.js';
import { installedOthers } from './downloaders.js';
import { type HostProcess, startHost } from './host-process.js';
import { openPlace } from './places.js';
import { decimal, type Entrant, race, secondsOf, showTable } from './race.js';

const OPTIONS: ArchiveHostOptions = { albumImages: 500, imageBytes: 102_400, galleryImages: 2_000, predictions: 1_000 };

type Host = HostProcess<ArchiveHostFacts, ArchiveCounts>;

interface Course {
  readonly title: string;
  readonly files: number;
  readonly rounds: number;
  invocation(place: Sandbox, host: Host): Invocation;
  /** Beside it, where it is installed. */
  other?(place: Sandbox, host: Host): Invocation;
}

export async function archives(whole: boolean): Promise<void> {
  const host = await startHost<ArchiveHostFacts, ArchiveCounts>('test/bench/archive-host.ts', OPTIONS);
  try {
    await run(host, {
      title: '500 pictures of 100 KB in an album of Imgur, as imgur-archive',
      files: OPTIONS.albumImages,
      rounds: whole ? 9 : 3,
      invocation: (place) => ours(place, host, ['-c', `fetch imgur:a/${host.facts.album} | save out`]),
      other: galleryDl,
    });
    await run(host, {
      title: '2,000 pictures in a gallery of Happy Accidents, with their records',
      files: OPTIONS.galleryImages,
      rounds: whole ? 3 : 1,
      invocation: (place) => ours(place, host, ['--source', 'happy-accidents', '-c', 'fetch --all | save out']),
    });
    await run(host, {
      title: '1,000 predictions of Replicate with 2 outputs each',
      files: 2 * OPTIONS.predictions,
      rounds: whole ? 3 : 1,
      invocation: (place) => ours(place, host, ['--source', 'replicate', '-c', 'fetch --all | save out']),
    });
  } finally {
    await host.close();
  }
}

/** Each once into an empty folder, and once more with nothing new. */
async function run(host: Host, { title, files, rounds, invocation, other }: Course): Promise<void> {
  const galleryDlIsThere = installedOthers().some(({ name }) => name === 'gallery-dl');
  const entrants = [
    { name: 'albaretto', invocation },
    ...(other !== undefined && galleryDlIsThere ? [{ name: 'gallery-dl', invocation: other }] : []),
  ];
  const counts = new Map<string, ArchiveCounts>();
  const entrant = (name: string, again: boolean, place: () => Sandbox, make: Course['invocation']): Entrant => ({
    name,
    rounds,
    async run() {
      const own = place();
      await host.takeCounts();
      const cost = await runAccounted(make(own, host), own);
      counts.set(name, await host.takeCounts());
      const saved = readdirSync(own.path('out'), { recursive: true }).filter((file) =>
        /\.(jpe?g|png|webp)$/u.test(`${file}`),
      );
      if (saved.length !== files)
        throw new Error(`${saved.length} of ${files} pictures are there${again ? ' again' : ''}`);
      return cost;
    },
  });
  const results = await race(
    entrants.flatMap(({ name, invocation: make }) => {
      let last = openPlace();
      const fresh = () => {
        last = openPlace();
        return last;
      };
      return [entrant(name, false, fresh, make), entrant(`${name}, nothing new`, true, () => last, make)];
    }),
  );
  showTable(title, results, files);
  for (const [name, { api, media }] of counts) console.log(`  ${name} asked the API ${api} times, for ${media} files`);
  if (entrants.length > 1) {
    const faster = secondsOf(results, 'gallery-dl') / secondsOf(results, 'albaretto');
    console.log(`  albaretto is ${decimal(faster)} times as fast as gallery-dl`);
  }
}

function ours(place: Sandbox, { facts }: Host, args: readonly string[]): Invocation {
  return {
    command: process.execPath,
    args: [PROGRAM, 'local-filesystem', '--transfers', '16', ...args],
    env: cleanEnvironment(place, facts.env),
  };
}

function galleryDl(place: Sandbox, { facts }: Host): Invocation {
  return {
    command: 'gallery-dl',
    args: [
      ...['--config-ignore', '-q', '-D', place.path('out'), '-f', '{id}.{extension}'],
      ...['-o', `proxy=${facts.proxy}`, '-o', `verify=${facts.caFile}`, `https://imgur.com/a/${facts.album}`],
    ],
    env: cleanEnvironment(place),
  };
}
