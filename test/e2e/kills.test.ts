/**
 * The built program killed at random moments: 100 times, or as often as ALBARETTO_KILLS says (1,000 take some minutes).
 * Between two kills the program goes on in the same folder, until one run is left alone and has to end what the killed ones began.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  checkFolder,
  committedFiles,
  committedItems,
  downloadsOf,
  falseRows,
  type Pictures,
  picturesOf,
  unsavedIn,
} from '../support/archive-check.js';
import { openSandbox, type RunResult, runProgram, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';

const KILLS = Number(process.env.ALBARETTO_KILLS ?? 100);
/** Each has services and folders of its own. */
const LANES = 2;
const KILLS_IN_ONE_FOLDER = 4;
const TASKS = 10;
const ITEMS_OF_A_TASK = 4;
/** So little that of eight pictures on their way some wait on the disk. */
const SCARCE_MEMORY = ['--memory', '4K'];

interface Lane {
  readonly services: Services;
  readonly pictures: Pictures;
}

/** Milliseconds from the start of the process; measured anew with every run that got to its end in an empty folder. */
interface Course {
  firstRequest: number;
  end: number;
}

let lanes: Lane[] = [];

beforeAll(async () => {
  lanes = await Promise.all(Array.from({ length: LANES }, openLane));
});
afterAll(() => Promise.all(lanes.map(({ services }) => services.close())));

async function openLane(): Promise<Lane> {
  const services = await startServices();
  for (let number = 0; number < TASKS; number += 1) {
    services.dalle2.addTask({ count: ITEMS_OF_A_TASK, pictureBytes: 1_000 });
  }
  return { services, pictures: picturesOf(services.dalle2) };
}

/** @param killAfter Milliseconds; without it the run may end by itself. */
async function run({ services }: Lane, sandbox: Sandbox, args: string[], killAfter?: number): Promise<RunResult> {
  let timer: NodeJS.Timeout | undefined;
  const result = await runProgram(sandbox, {
    args: ['local-filesystem', ...args, '-c', 'fetch --all | save out'],
    env: services.env,
    onStart: (child) => {
      if (killAfter !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfter);
    },
  });
  clearTimeout(timer);
  return result;
}

/** How long a run takes while all lanes are busy. */
async function measure(lane: Lane): Promise<Course> {
  const sandbox = openSandbox();
  const course = { firstRequest: 0, end: 0 };
  const result = await timed(lane, course, () => run(lane, sandbox, []));
  sandbox.remove();
  expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining('40 saved') });
  return course;
}

/** The machine may be faster or slower than it was a minute ago. */
async function timed(
  { services }: Lane,
  course: Course,
  work: () => Promise<RunResult>,
  keep = (result: RunResult) => result.code === 0,
): Promise<RunResult> {
  const before = services.dalle2.requests.length;
  const began = Date.now();
  const result = await work();
  if (keep(result)) {
    course.firstRequest = services.dalle2.requests[before]!.at - began;
    course.end = Date.now() - began;
  }
  return result;
}

/** Most kills while there is something to break, every tenth while the program starts. */
function momentIn({ firstRequest, end }: Course, number: number): number {
  if (number % 10 === 9) return Math.random() * firstRequest;
  return firstRequest + Math.random() * (end - firstRequest);
}

/** What must be true at any instant. */
async function checkInstant({ pictures }: Lane, sandbox: Sandbox, story: string): Promise<Set<string>> {
  const files = await committedFiles(sandbox.config);
  expect({ story, faults: checkFolder(sandbox.path('out'), pictures).faults, rows: falseRows(files) }).toEqual({
    story,
    faults: [],
    rows: [],
  });
  return committedItems(files);
}

function expectNotFetched({ services }: Lane, committed: ReadonlySet<string>, from: number, story: string): void {
  const again = [...downloadsOf(services.dalle2, from).keys()].filter((id) => committed.has(id));
  expect({ story, again }).toEqual({ story, again: [] });
}

/** What must be true when a run was left alone. */
async function checkEnd(lane: Lane, sandbox: Sandbox, result: RunResult, story: string): Promise<void> {
  const all = [...lane.pictures.keys()].sort();
  if (result.code !== 0) throw new Error(`${story}: exit ${result.code}: ${result.stderr}`);
  const committed = await checkInstant(lane, sandbox, story);
  const { temporary, pictures, records } = checkFolder(sandbox.path('out'), lane.pictures);
  expect({ story, temporary, unsaved: unsavedIn(sandbox.config) }).toEqual({ story, temporary: [], unsaved: [] });
  expect({ pictures: [...pictures].sort(), records: [...records].sort() }).toEqual({ pictures: all, records: all });
  expect([...committed].sort()).toEqual(all);
}

interface Tally {
  kills: number;
  folders: number;
  /** Items that the catalog had at a kill, and that were left alone by the run after it. */
  spared: number;
  /** Kills after which a temporary file lay in the folder. */
  interruptedWrites: number;
}

/** One folder, from the first kill to a run that is left alone. */
async function killAndComplete(lane: Lane, course: Course, tally: Tally): Promise<void> {
  const sandbox = openSandbox();
  const args = tally.folders % 2 === 0 ? [] : SCARCE_MEMORY;
  const moments: number[] = [];
  let committed = new Set<string>();
  try {
    for (let ended = false; !ended; ) {
      const last = moments.length === KILLS_IN_ONE_FOLDER || tally.kills >= KILLS;
      const moment = last ? undefined : momentIn(course, tally.kills + moments.length);
      const from = lane.services.dalle2.requests.length;
      const result = await timed(
        lane,
        course,
        () => run(lane, sandbox, args, moment),
        ({ code }) => code === 0 && moments.length === 0,
      );
      const story = `killed after ${[...moments, moment ?? 'never'].join(', ')} ms ${args.join(' ')}`;
      expectNotFetched(lane, committed, from, story);
      tally.spared += committed.size;
      ended = result.code !== 137;
      if (ended) await checkEnd(lane, sandbox, result, story);
      else {
        tally.kills += 1;
        moments.push(Math.round(moment!));
        committed = await checkInstant(lane, sandbox, story);
        if (checkFolder(sandbox.path('out'), lane.pictures).temporary.length > 0) tally.interruptedWrites += 1;
      }
    }
  } finally {
    sandbox.remove();
  }
  tally.folders += 1;
}

test(
  `${KILLS} kills break no file, make no duplicate, leave no temporary file and lose nothing that was committed`,
  async () => {
    const tally: Tally = { kills: 0, folders: 0, spared: 0, interruptedWrites: 0 };
    await Promise.all(
      lanes.map(async (lane) => {
        const course = await measure(lane);
        while (tally.kills < KILLS) await killAndComplete(lane, course, tally);
      }),
    );
    expect(tally.kills).toBeGreaterThanOrEqual(KILLS);
    // Kills that all came too early or too late would prove nothing.
    expect(tally.interruptedWrites).toBeGreaterThan(0);
    expect(tally.spared).toBeGreaterThan(0);
    console.info(tally);
  },
  60_000 + KILLS * 3_000,
);
