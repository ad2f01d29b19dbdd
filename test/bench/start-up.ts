/** How fast the program starts and does its smallest job. */

import { rmSync } from 'node:fs';
import * as pty from '@lydell/node-pty';
import { cleanEnvironment, openSandbox, PROGRAM, type Sandbox } from '../support/program.js';
import { type Services, startServices } from '../support/services.js';
import { type Figure, measure, timeProcess } from './measure.js';

const ROUNDS = 11;

export async function startUpAndSmallestJob(): Promise<void> {
  const sandbox = openSandbox();
  const services = await startServices();
  try {
    await startUp(sandbox);
    await firstPrompt(sandbox);
    await smallestJob(sandbox, services);
  } finally {
    await services.close();
    sandbox.remove();
  }
}

async function startUp(place: Sandbox): Promise<void> {
  const env = cleanEnvironment(place);
  const node = (args: string[]) => () => timeProcess(process.execPath, args, env, place.folder);
  const [bare, version, help] = await measure(
    [
      { name: 'node -e 0', run: node(['-e', '0']) },
      { name: 'albaretto --version', run: node([PROGRAM, '--version']) },
      { name: 'albaretto --help', run: node([PROGRAM, '--help']) },
    ],
    ROUNDS,
  );
  show('Start-up', [bare!, version!, help!]);
  console.log(
    `  --version takes ${(version!.median / bare!.median).toFixed(2)} times as long as bare node (aim: at most 1.6)`,
  );
}

async function firstPrompt(place: Sandbox): Promise<void> {
  const run = () =>
    new Promise<number>((done) => {
      const begun = performance.now();
      const terminal = pty.spawn(process.execPath, [PROGRAM, 'local-filesystem'], {
        cols: 80,
        rows: 24,
        cwd: place.folder,
        env: cleanEnvironment(place),
      });
      let seen = '';
      let time = 0;
      terminal.onData((text) => {
        seen += text;
        if (time > 0 || !seen.includes('[albaretto] [local-filesystem] > ')) return;
        time = performance.now() - begun;
        terminal.write('\u0004');
      });
      terminal.onExit(() => done(time));
    });
  show('Prompt ready (aim: at most 600 ms)', await measure([{ name: 'albaretto local-filesystem', run }], ROUNDS));
}

async function smallestJob(place: Sandbox, { dalle2, google, env, proxy }: Services): Promise<void> {
  const task = dalle2.addTask({ count: 1 });
  google.addUser();
  const { installed } = google.addClient();
  const drive = await driveSignIn(place, installed, { ...env }, google);
  const once = (args: string[], folder: string) => async () => {
    rmSync(folder, { recursive: true, force: true });
    return timeProcess(process.execPath, [PROGRAM, ...args], cleanEnvironment(place, env), place.folder);
  };
  const folder = place.path('out');
  const [local, remote] = await measure(
    [
      {
        name: 'one picture to a folder',
        run: once(['local-filesystem', '-c', `fetch ${task.id} | save ${folder}`], folder),
      },
      {
        name: 'one picture to Google Drive',
        run: once(['google-drive', '-c', `fetch ${task.id} | save ${drive}`], folder),
      },
    ],
    ROUNDS,
  );
  show('One-shot, over TLS through a loopback proxy (aim: at most 450 ms; Drive at most 200 ms more)', [
    local!,
    remote!,
  ]);
  console.log(
    `  Drive takes ${Math.round(remote!.median - local!.median)} ms more, its requests included; ${proxy.refused.length} requests left the machine's own services`,
  );
}

/** Signs in once, so that the timed runs find a stored token; answers the folder that they save to. */
async function driveSignIn(
  place: Sandbox,
  installed: unknown,
  env: Record<string, string>,
  google: Services['google'],
): Promise<string> {
  const { writeFileSync } = await import('node:fs');
  const { runProgram } = await import('../support/program.js');
  const credentials = place.path('credentials.json');
  writeFileSync(credentials, JSON.stringify({ installed }));
  const browser = `${process.execPath} ${process.cwd()}/test/support/browser.mjs`;
  const result = await runProgram(place, {
    args: ['google-drive', credentials, '--source', 'demo', '-c', 'fetch demo -g 1 | save'],
    env: { ...env, BROWSER: browser },
  });
  if (result.code !== 0) throw new Error(result.stderr);
  const folder = google.files().find((file) => file.mimeType === 'application/vnd.google-apps.folder');
  if (folder === undefined) throw new Error('no folder was made');
  return folder.id;
}

function show(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`);
  for (const { name, best, median, worst } of figures) {
    console.log(
      `  ${name.padEnd(32)} best ${best.toFixed(0).padStart(5)} ms   median ${median.toFixed(0).padStart(5)} ms   worst ${worst.toFixed(0).padStart(5)} ms`,
    );
  }
}
