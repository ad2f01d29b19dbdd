/** Which process made a temporary file, a lock or a session's folder, and whether it still runs. */

import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  /** Eight hexadecimal digits of the machine's name and the space in which its process numbers count. */
  readonly host: string;
  readonly pid: number;
  /** Eight hexadecimal digits of the moment when the process began, because numbers are used again. */
  readonly start: string;
}

let own: Promise<ProcessIdentity> | undefined;

export function ownIdentity(): Promise<ProcessIdentity> {
  own ??= identify();
  return own;
}

/** `unknown` for a process of another machine or container: its number means nothing here. */
export async function stateOf(identity: ProcessIdentity): Promise<'runs' | 'ended' | 'unknown'> {
  const mine = await ownIdentity();
  if (identity.host !== mine.host) return 'unknown';
  if (identity.pid === mine.pid) return identity.start === mine.start ? 'runs' : 'ended';
  if (!exists(identity.pid)) return 'ended';
  const start = await startOf(identity.pid);
  // Where the system does not say when a process began, a number that is used again passes for the old process.
  return start === undefined || start === identity.start ? 'runs' : 'ended';
}

/** The identity as part of a file name: `host-pid-start`. */
export function identityText({ host, pid, start }: ProcessIdentity): string {
  return `${host}-${pid}-${start}`;
}

/** Reads what {@link identityText} made; `undefined` for anything else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const parts = /^([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})$/u.exec(text);
  return parts === null ? undefined : { host: parts[1]!, pid: Number(parts[2]), start: parts[3]! };
}

async function identify(): Promise<ProcessIdentity> {
  // Containers that share a folder may also share a host name; their numbers count in spaces of their own.
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  const start = await startOf(process.pid);
  return {
    host: digits(`${hostname()} ${space}`),
    pid: process.pid,
    start: start ?? digits(`${performance.timeOrigin}`),
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it runs, as somebody else.
    return (thrown as { code?: unknown }).code !== 'ESRCH';
  }
}

/** No process begins at this moment. */
const ENDED = 'ended';

/** Linux only: field 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, in ticks since this boot. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [status, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the program's name in parentheses and may hold anything; the third one follows the last `)`.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    // One that was killed and that nobody has waited for (in a container, often) has ended for all that matters.
    if (fields[0] === 'Z') return ENDED;
    const ticks = fields[22 - 3];
    return ticks === undefined ? undefined : digits(`${boot.trim()} ${ticks}`);
  } catch {
    return undefined;
  }
}

function digits(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
