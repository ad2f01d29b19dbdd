/** The programs that are compared: how each is told to put all pictures of an image host into one folder. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cleanEnvironment, PROGRAM, type Sandbox } from '../support/program.js';
import type { Invocation } from './accounting.js';
import type { GalleryItem } from './gallery.js';
import type { ImageHost } from './host-process.js';
import { openPlace } from './places.js';

export interface Job {
  /** A home of the run's own. The same one again where a program shall remember its last run. */
  readonly place: Sandbox;
  readonly host: ImageHost;
  readonly items: readonly GalleryItem[];
  /** The folder for the pictures; nobody has made it. */
  readonly out: string;
  /** Over TLS through the proxy, or plainly. */
  readonly secure: boolean;
}

export interface Downloader {
  readonly name: string;
  /** What makes it tell its version. */
  readonly versionWord: string;
  /** How many pictures it moves at once. */
  readonly transfers: number;
  invocation(job: Job): Invocation;
}

/** So many pictures at once, where a program can. */
export const TRANSFERS = 16;

const TOKEN = 'sess-BenchmarkOfTransfersOverLoopbackOnly0001';

let taken: boolean | undefined;

/** Whether the program can be told how many pictures it moves at once; if not, its own limits hold. */
export function takesTransfers(): boolean {
  taken ??= ['--help', 'help fetch'].some((words) => {
    const args = words.startsWith('-') ? [words] : ['local-filesystem', '-c', words];
    const env = cleanEnvironment(openPlace());
    return spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8', env }).stdout.includes('--transfers');
  });
  return taken;
}

export function albaretto({ place, host, out, secure }: Job, lines: readonly string[] = []): Invocation {
  const base = secure ? [] : ['--base-url', host.plain.api];
  const transfers = takesTransfers() ? ['--transfers', String(TRANSFERS)] : [];
  const commands = [...lines, `fetch --all | save ${out}`].flatMap((line) => ['-c', line]);
  const through = secure ? { HTTPS_PROXY: host.proxy, NODE_EXTRA_CA_CERTS: host.caFile } : {};
  return {
    command: process.execPath,
    args: [PROGRAM, 'local-filesystem', ...base, ...transfers, ...commands],
    env: cleanEnvironment(place, { ...through, ALBARETTO_DALLE2_TOKEN: TOKEN }),
  };
}

const CURL: Downloader = {
  name: 'curl',
  versionWord: '--version',
  transfers: TRANSFERS,
  invocation(job) {
    const lines = job.items.map(({ name }) => `url = "${linkTo(job, name)}"\noutput = "${job.out}/${name}"\n`);
    const through = job.secure ? ['--proxy', job.host.proxy, '--cacert', job.host.caFile] : [];
    return {
      command: 'curl',
      args: [
        ...['--parallel', '--parallel-max', String(TRANSFERS), '--silent', '--show-error', '--fail', '--create-dirs'],
        ...[...through, '--config', listOf(job, lines)],
      ],
      env: cleanEnvironment(job.place),
    };
  },
};

/** Without control files: what it deletes of them would be charged to the next run (see places.ts), and it is faster so. */
const ARIA2: Downloader = {
  name: 'aria2c',
  versionWord: '--version',
  transfers: TRANSFERS,
  invocation(job) {
    const through = job.secure ? [`--all-proxy=${job.host.proxy}`, `--ca-certificate=${job.host.caFile}`] : [];
    return {
      command: 'aria2c',
      args: [
        ...[`-j${TRANSFERS}`, '-q', '--no-conf', '--file-allocation=none', '--auto-save-interval=0', '--continue'],
        `--dir=${job.out}`,
        ...[...through, '-i', listOf(job, links(job))],
      ],
      env: cleanEnvironment(job.place),
    };
  },
};

const GALLERY_DL: Downloader = {
  name: 'gallery-dl',
  versionWord: '--version',
  transfers: 1,
  invocation(job) {
    const through = job.secure ? ['-o', `proxy=${job.host.proxy}`, '-o', `verify=${job.host.caFile}`] : [];
    return {
      command: 'gallery-dl',
      args: [
        ...['--config-ignore', '-q', '-D', job.out, '-f', '{filename}.{extension}'],
        ...[...through, '-i', listOf(job, links(job))],
      ],
      env: cleanEnvironment(job.place),
    };
  },
};

/** Lists the folder instead of being given links; without a HEAD for each file it is as fast as it can be. */
const RCLONE: Downloader = {
  name: 'rclone',
  versionWord: 'version',
  transfers: TRANSFERS,
  invocation({ place, host, out, secure }) {
    const { folder } = secure ? host.secure : host.plain;
    const through = secure ? ['--ca-cert', host.caFile] : [];
    return {
      command: 'rclone',
      args: [
        ...['copy', ':http:', out, '--http-url', `${folder}/`, '--http-no-head', '--transfers', String(TRANSFERS)],
        ...['--quiet', ...through],
      ],
      env: cleanEnvironment(place, secure ? { HTTPS_PROXY: host.proxy } : {}),
    };
  },
};

export const OTHERS: readonly Downloader[] = [CURL, ARIA2, RCLONE, GALLERY_DL];

function links(job: Job): string[] {
  return job.items.map(({ name }) => `${linkTo(job, name)}\n`);
}

function linkTo({ host, secure }: Job, name: string): string {
  return `${(secure ? host.secure : host.plain).folder}/${name}`;
}

/** Written before the clock runs. */
function listOf({ place }: Job, lines: readonly string[]): string {
  const file = place.path('links');
  writeFileSync(file, lines.join(''));
  return file;
}

/** `undefined` where it is not installed. */
export function versionOf({ name, versionWord }: Downloader): string | undefined {
  const { status, stdout } = spawnSync(name, [versionWord], { encoding: 'utf8' });
  return status === 0 ? /\d+(?:\.\d+)+/u.exec(stdout)?.[0] : undefined;
}

export function installedOthers(): Downloader[] {
  return OTHERS.filter((other) => versionOf(other) !== undefined);
}
