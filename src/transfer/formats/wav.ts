/** WAVE (RIFF): the chunks up to the length in the header; what follows is let be. */

import type { Format } from './format.js';
import { leaveRiffChunk, readRiffChunk, readRiffHead } from './riff.js';
import { damaged, Flaw } from './verdict.js';

const OPEN_END = 'its header leaves its length open';
const OPEN_LENGTHS = new Set([0, 0xffff_ffff]);

export const wav: Format = {
  claim: () => 'audio/wav',
  signatures: ['RIFF????WAVE'],
  *read(reader) {
    const length = yield* readRiffHead(reader);
    // A program that writes to a pipe cannot go back to fill its lengths in.
    const open = OPEN_LENGTHS.has(length);
    const end = open ? Number.POSITIVE_INFINITY : 8 + length;
    const seen = new Set<string>();
    while (reader.offset < end && !(open && (yield* reader.atEnd()))) {
      const chunk = yield* readRiffChunk(reader, open ? Number.POSITIVE_INFINITY : end);
      seen.add(chunk.type);
      if (chunk.type === 'data' && open && OPEN_LENGTHS.has(chunk.size)) yield* reader.skipRest();
      else yield* leaveRiffChunk(reader, chunk, end);
    }
    if (!seen.has('fmt ') || !seen.has('data'))
      throw open ? new Flaw('truncated', 'ends before its sound') : damaged('holds no sound');
    return { mediaType: 'audio/wav', ...(open ? { openEnd: OPEN_END } : {}) };
  },
};
