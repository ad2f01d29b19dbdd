/** Noise that is the same for the same seed: pictures made of it differ, and no compressor makes them small. */

// A global name costs as much as the rest of a step where Jest runs it.
const { imul } = Math;

/** Answers 32 random bits at a time (the generator known as mulberry32). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

export function noiseBytes(seed: number, count: number): Buffer {
  const next = noise(seed);
  const bytes = Buffer.alloc(Math.ceil(count / 4) * 4);
  for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeUInt32LE(next(), offset);
  return bytes.subarray(0, count);
}
