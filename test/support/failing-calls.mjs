/**
 * Preloaded into the built program (`node --import`): counts the calls by which it changes the file system through
 * `node:fs/promises`, and those by which a sink does so directly, and lets one of them fail, or kills the process right
 * after it. The program knows nothing of it.
 *
 * FAILING_CALLS_UNDER: only what lies below this folder counts. SQLite's and conf's own files are written by other means
 * (`node:fs` without promises) and never count.
 * FAILING_CALLS_LOG: a file that gets one line a call. FAILING_CALLS_AT: which one, from 1. FAILING_CALLS_WITH: `SIGKILL`
 * or the name of a system error.
 */

import nodeFiles, { appendFileSync, promises as files } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants, devNull } from 'node:os';
import { relative, sep } from 'node:path';

const {
  FAILING_CALLS_UNDER: root,
  FAILING_CALLS_LOG: log,
  FAILING_CALLS_AT: at,
  FAILING_CALLS_WITH: kind,
} = process.env;
const WRITING = files.constants.O_WRONLY | files.constants.O_RDWR;
let count = 0;

/** The call itself, or what becomes of it. */
async function call(name, path, work) {
  count += 1;
  const own = count;
  appendFileSync(log, `${own} ${name} ${relative(root, path)}\n`);
  if (own !== Number(at)) return work();
  if (kind !== 'SIGKILL') throw systemError(kind, name, path);
  await work();
  process.kill(process.pid, 'SIGKILL');
  // The signal may come a moment later; nothing may happen in between.
  return new Promise(() => undefined);
}

/** The same for a direct call, after which nothing happens any more. */
function directCall(name, path, work) {
  count += 1;
  const own = count;
  appendFileSync(log, `${own} ${name} ${relative(root, path)}\n`);
  if (own !== Number(at)) return work();
  if (kind !== 'SIGKILL') throw systemError(kind, name, path);
  work();
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

function systemError(code, syscall, path) {
  const errno = -constants.errno[code];
  return Object.assign(new Error(`${code}: made to fail, ${syscall} '${path}'`), { errno, code, syscall, path });
}

const isBelow = (path) => typeof path === 'string' && path.startsWith(`${root}${sep}`);
const opensForWriting = (flags) => (typeof flags === 'number' ? (flags & WRITING) !== 0 : /[wax+]/u.test(flags));

for (const name of ['link', 'mkdir', 'rename', 'rm', 'rmdir', 'unlink', 'utimes', 'writeFile', 'appendFile', 'chmod']) {
  const original = files[name];
  files[name] = (path, ...rest) =>
    isBelow(path) ? call(name, path, () => original(path, ...rest)) : original(path, ...rest);
}

/** The paths of open files below the folder; by number only as long as nothing else has it. */
const paths = new WeakMap();
const pathsByNumber = new Map();
const open = files.open;
files.open = async (path, flags = 'r', ...rest) => {
  if (!isBelow(path)) return open(path, flags, ...rest);
  const work = () => open(path, flags, ...rest);
  const writes = opensForWriting(flags);
  const handle = await (writes ? call('open', path, work) : work());
  paths.set(handle, { path, writes });
  pathsByNumber.set(handle.fd, path);
  const { close } = handle; // each has its own
  let closed = false;
  handle.close = () => {
    pathsByNumber.delete(handle.fd);
    // A second close does nothing.
    if (closed || !writes) return close();
    closed = true;
    return call('close', path, close);
  };
  return handle;
};

// The locks and files of the catalog are changed directly too, and are not what is asked about.
const isOfTheCatalog = (path) => /[/\\]catalog\.sqlite/u.test(path);
for (const name of ['link', 'unlink']) {
  const original = nodeFiles[`${name}Sync`];
  nodeFiles[`${name}Sync`] = (path, ...rest) =>
    isBelow(path) && !isOfTheCatalog(path)
      ? directCall(name, path, () => original(path, ...rest))
      : original(path, ...rest);
}
for (const [direct, name] of [
  ['writeSync', 'write'],
  ['futimesSync', 'utimes'],
]) {
  const original = nodeFiles[direct];
  nodeFiles[direct] = (file, ...rest) => {
    const path = pathsByNumber.get(file);
    return path === undefined ? original(file, ...rest) : directCall(name, path, () => original(file, ...rest));
  };
}

const probe = await open(devNull, 'r');
const handles = Object.getPrototypeOf(probe);
for (const name of ['write', 'datasync', 'sync', 'utimes']) {
  const original = handles[name];
  handles[name] = function (...rest) {
    const known = paths.get(this);
    // A folder is opened for reading and synced.
    const counts = known !== undefined && (known.writes || name === 'sync');
    return counts ? call(name, known.path, () => original.apply(this, rest)) : original.apply(this, rest);
  };
}
await probe.close();
syncBuiltinESMExports();
