const last = new Map<string, Promise<unknown>>();

/**
 * Runs `work` when all earlier work for the same path has ended, in this process. Paths that differ by case alone are one,
 * as they may be on the disk.
 */
export function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  const key = path.normalize('NFC').toLowerCase();
  const mine = (last.get(key) ?? Promise.resolve()).then(work);
  const ended = mine
    .catch(() => {})
    .then(() => {
      if (last.get(key) === ended) last.delete(key);
    });
  last.set(key, ended);
  return mine;
}
