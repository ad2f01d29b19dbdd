/**
 * A file that may be a pipe whose other end keeps silent for ever. Reading that with the calls for files blocks a thread of
 * the pool, which nothing ends, and the process waits for it when it leaves.
 */

import { close, closeSync, constants, createReadStream, open, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** @throws The system's error for what cannot be opened. When it is aborted nothing is left waiting. */
export async function openInput(path: string, signal: AbortSignal): Promise<Readable> {
  if (!(await stat(path)).isFIFO()) return createReadStream(path);
  const fd = await openPipe(path, signal);
  const socket = new Socket({ fd, readable: true, writable: false });
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', stop));
  if (signal.aborted) stop();
  return socket;
}

/** Waits until there is somebody who writes. */
function openPipe(path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const stop = () => pretendToWrite(path);
    signal.addEventListener('abort', stop, { once: true });
    open(path, 'r', (error, fd) => {
      signal.removeEventListener('abort', stop);
      if (error !== null) reject(error);
      else if (!signal.aborted) resolve(fd);
      else close(fd, () => reject(signal.reason));
    });
    if (signal.aborted) stop();
  });
}

/** Only a writer ends the wait for one. */
function pretendToWrite(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody waits there any more.
  }
}
