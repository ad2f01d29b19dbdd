/** How files that are being written are called, so that nobody takes them for finished ones and whose they are can be told. */

import { randomBytes } from 'node:crypto';
import type { ProcessIdentity } from '../../src/plugin.js';

/** `.albaretto-<host>-<process>-<start>-<number>.part` */
const NAME = /^\.albaretto-([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{8}\.part$/u;

/** Counted from anywhere, because threads of one process share its identity. */
let number = randomBytes(4).readUInt32BE();

/** A new name of always 51 bytes: it does not grow with the name that the file will get. */
export function temporaryName({ host, pid, start }: ProcessIdentity): string {
  number = (number + 1) >>> 0;
  return `.albaretto-${host}-${hex(pid)}-${start}-${hex(number)}.part`;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

export function isTemporaryName(name: string): boolean {
  return NAME.test(name);
}

/** Which process gave a file this name; `undefined` for any other name. */
export function ownerOf(name: string): ProcessIdentity | undefined {
  const [, host, pid, start] = NAME.exec(name) ?? [];
  if (host === undefined || pid === undefined || start === undefined) return undefined;
  return { host, pid: Number.parseInt(pid, 16), start };
}
