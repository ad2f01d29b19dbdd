/**
 * Whether calls of the file system are answered at once, as those of a local disk are, which come from memory.
 *
 * Handing such a call to another thread and waiting for its answer takes some ten times as long as the call itself, a
 * hundred microseconds, and a picture takes two dozen of them. On a network share it is the other way round: there a call
 * may take long, and while it is made directly nothing else goes on, no transfer and no Ctrl-C. So calls are made directly
 * for as long as they are swift. What they may take together beyond a tenth of a millisecond each is limited: once that is
 * used up, all go to other threads for the rest of the program's life.
 */

export interface Swiftness {
  /** The one or the other, which do the same: directly, or on another thread. */
  either<T>(directly: () => T, elsewhere: () => Promise<T>): Promise<T>;
}

/** Milliseconds in all by which direct calls may hold up the program for being slow. */
const PATIENCE = 25;
/** What a call may take without using that up. */
const SWIFT = 0.1;

export function createSwiftness(now: () => number = () => performance.now()): Swiftness {
  let patience = PATIENCE;
  return {
    async either(directly, elsewhere) {
      if (patience <= 0) return elsewhere();
      const begun = now();
      try {
        return directly();
      } finally {
        // Swift calls earn back what slow ones took: a disk that is busy for a moment is no slow disk.
        patience = Math.min(PATIENCE, patience - (now() - begun) + SWIFT);
      }
    },
  };
}
