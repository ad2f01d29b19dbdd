import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ArchiveServices, startArchiveServices } from '../support/archive-services.js';
import { openSandbox, type RunningProgram, runProgram, type Sandbox } from '../support/program.js';

/** Kills of one gallery each; some in every run, more where somebody has the time. */
const KILLS = Math.min(50, Number(process.env.ALBARETTO_KILLS ?? 3));
const IMAGES = 300;
/** Inferences, of one to four images. */
const PAGE = 5;

let services: ArchiveServices;
let sandbox: Sandbox;

beforeEach(async () => {
  services = await startArchiveServices();
  services.happyAccidents.addGallery(IMAGES, 7);
  sandbox = openSandbox();
});
afterEach(async () => {
  await services.close();
  sandbox.remove();
});

const LINE = 'fetch --all | save out';
const run = (line: string, onStart?: (child: RunningProgram) => void) =>
  runProgram(sandbox, {
    args: ['local-filesystem', '--source', 'happy-accidents', '--page-size', String(PAGE), '-c', line],
    env: services.env,
    ...(onStart === undefined ? {} : { onStart }),
  });

function saved(): string[] {
  try {
    return readdirSync(sandbox.path('out'));
  } catch {
    return [];
  }
}
const pictures = () => saved().filter((name) => name.endsWith('.png'));

/** What was asked of the service by the work. */
async function asked(work: () => Promise<unknown>) {
  const { requests } = services.happyAccidents;
  const before = requests.length;
  await work();
  const since = requests.slice(before);
  return {
    pages: since
      .filter(({ host, target }) => host === 'api' && target.includes('current_page='))
      .map(({ target }) => Number(/current_page=(\d+)/u.exec(target)?.[1])),
    images: since.filter(({ host, status }) => host === 'image' && status === 200).map(({ target }) => target),
  };
}

/** Stops the run when so many pictures are saved. */
function killAt(count: number): (child: RunningProgram) => void {
  return (child) => {
    const timer = setInterval(() => {
      if (pictures().length < count) return;
      clearInterval(timer);
      child.kill('SIGKILL');
    }, 2);
    timer.unref();
  };
}

describe('a gallery of 300 pictures', () => {
  test.each(Array.from({ length: KILLS }, (_, index) => index))(
    'killed at a random moment and run again is complete: nothing twice, no page that need not be (%i)',
    async () => {
      const moment = 1 + Math.floor(Math.random() * (IMAGES - 20));
      const first = await run(LINE, killAt(moment));
      expect(first.code).toBe(137);
      const before = pictures().length;
      const { pages, images } = await asked(async () => expect(await run(LINE)).toMatchObject({ code: 0 }));
      expect(new Set(images).size).toBe(images.length);
      // What has its final name is never fetched again, on record or not.
      expect([moment, images.length]).toEqual([moment, IMAGES - before]);
      expect(pictures()).toHaveLength(IMAGES);
      expect(saved().filter((name) => name.endsWith('_metadata.json'))).toHaveLength(IMAGES);
      expect(saved().filter((name) => /\.part$|-2\./u.test(name))).toEqual([]);
      // Each page at most once but for the one at which it goes on.
      expect(pages.length - new Set(pages).size).toBeLessThanOrEqual(1);
    },
  );

  test('interrupted far down the list goes on there: the pages before it are not walked again', async () => {
    const images = services.happyAccidents.inferences.flatMap((inference) => inference.images);
    const bytes = images.reduce((sum, image) => sum + image.bytes.length, 0);
    const first = await run(`${LINE} --max-total ${Math.round(bytes / 2)}`);
    expect(first.code).toBe(0);
    const done = pictures().length;
    const inferences = saved().filter((name) => name.endsWith('_inference.json')).length;
    expect(inferences).toBeGreaterThan(4 * PAGE);
    expect(done).toBeLessThan(IMAGES);
    const { pages } = await asked(async () => expect(await run(LINE)).toMatchObject({ code: 0 }));
    expect(pictures()).toHaveLength(IMAGES);
    const last = Math.max(...pages);
    expect(pages[0]).toBe(0);
    // The first page tells whether anything is new; then it goes on where the last run had come to.
    const skipped = Array.from({ length: last }, (_, page) => page).filter((page) => !pages.includes(page));
    expect(skipped.length).toBeGreaterThanOrEqual(Math.floor(inferences / PAGE) - 3);
  });

  test('with nothing new costs one page', async () => {
    expect(await run(LINE)).toMatchObject({ code: 0 });
    const { pages, images } = await asked(async () => expect(await run(LINE)).toMatchObject({ code: 0 }));
    expect(pages).toEqual([0]);
    expect(images).toEqual([]);
  });
});
