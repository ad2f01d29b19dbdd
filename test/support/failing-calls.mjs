/**
 * Preloaded into the built program (`node --import`): counts the calls by which it changes the file system, whether through
 * `node:fs/promises`, by callback or directly, and lets one of them fail, or kills the process right after it. The program
 * knows nothing of it.
 *
 * FAILING_CALLS_UNDER: only what lies below this folder counts, but for SQLite's and conf's own files.
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

/** Whom a descriptor belongs to, for as long as it is open: `{ path, writes }`. */
const byNumber = new Map();
const counts = (known, name) => known !== undefined && (known.writes || name === 'sync'); // a folder is opened for reading and synced

/** The paths of open files below the folder. */
const paths = new WeakMap();
const open = files.open;
files.open = async (path, flags = 'r', ...rest) => {
  if (!isBelow(path)) return open(path, flags, ...rest);
  const work = () => open(path, flags, ...rest);
  const writes = opensForWriting(flags);
  const handle = await (writes ? call('open', path, work) : work());
  paths.set(handle, { path, writes });
  byNumber.set(handle.fd, { path, writes });
  const { close } = handle; // each has its own
  let closed = false;
  handle.close = () => {
    byNumber.delete(handle.fd);
    // A second close does nothing.
    if (closed || !writes) return close();
    closed = true;
    return call('close', path, close);
  };
  return handle;
};

// The locks and files of the catalog, the settings and the log are changed directly too, and are not what is asked about.
const isApart = (path) => path === log || /[/\\](?:catalog\.sqlite|(?:config|credentials|state)\.json)/u.test(path);
for (const name of ['link', 'unlink']) {
  const original = nodeFiles[`${name}Sync`];
  nodeFiles[`${name}Sync`] = (path, ...rest) =>
    isBelow(path) && !isApart(path) ? directCall(name, path, () => original(path, ...rest)) : original(path, ...rest);
}

const { openSync, closeSync } = nodeFiles;
nodeFiles.openSync = (path, flags = 'r', ...rest) => {
  if (!isBelow(path) || isApart(path)) return openSync(path, flags, ...rest);
  const writes = opensForWriting(flags);
  const work = () => openSync(path, flags, ...rest);
  const number = writes ? directCall('open', path, work) : work();
  byNumber.set(number, { path, writes });
  return number;
};
nodeFiles.closeSync = (number) => {
  const known = byNumber.get(number);
  byNumber.delete(number);
  return counts(known, 'close') ? directCall('close', known.path, () => closeSync(number)) : closeSync(number);
};
for (const [direct, name] of [
  ['writeSync', 'write'],
  ['futimesSync', 'utimes'],
  ['fdatasyncSync', 'datasync'],
  ['fsyncSync', 'sync'],
]) {
  const original = nodeFiles[direct];
  nodeFiles[direct] = (number, ...rest) => {
    const known = byNumber.get(number);
    return counts(known, name)
      ? directCall(name, known.path, () => original(number, ...rest))
      : original(number, ...rest);
  };
}

/** The same by callback; `promisify` finds on it what it found on the original. */
function replace(name, change) {
  const original = nodeFiles[name];
  nodeFiles[name] = Object.defineProperties(change(original), Object.getOwnPropertyDescriptors(original));
}
const callbackCall = (name, path, work, done) => void call(name, path, work).then((value) => done(null, value), done);
const promised = (original, args) =>
  new Promise((resolve, reject) => original(...args, (error, value) => (error ? reject(error) : resolve(value))));

replace('open', (original) => (path, ...rest) => {
  const done = rest.pop();
  const [flags = 'r'] = rest;
  if (!isBelow(path) || isApart(path)) return original(path, ...rest, done);
  const writes = opensForWriting(flags);
  const work = async () => {
    const number = await promised(original, [path, ...rest]);
    byNumber.set(number, { path, writes });
    return number;
  };
  if (writes) callbackCall('open', path, work, done);
  else work().then((number) => done(null, number), done);
});
for (const [callback, name] of [
  ['write', 'write'],
  ['futimes', 'utimes'],
  ['fdatasync', 'datasync'],
  ['fsync', 'sync'],
  ['close', 'close'],
]) {
  replace(callback, (original) => (number, ...rest) => {
    const known = byNumber.get(number);
    if (name === 'close') byNumber.delete(number);
    if (!counts(known, name)) return original(number, ...rest);
    const done = rest.pop();
    return callbackCall(name, known.path, () => promised(original, [number, ...rest]), done);
  });
}

const probe = await open(devNull, 'r');
const handles = Object.getPrototypeOf(probe);
for (const name of ['write', 'datasync', 'sync', 'utimes']) {
  const original = handles[name];
  handles[name] = function (...rest) {
    const known = paths.get(this);
    return counts(known, name) ? call(name, known.path, () => original.apply(this, rest)) : original.apply(this, rest);
  };
}
await probe.close();
syncBuiltinESMExports();
