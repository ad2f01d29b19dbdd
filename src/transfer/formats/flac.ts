/**
 * FLAC (RFC 9639): the blocks before the sound. Frames do not tell their length, so the end would only be found by
 * decoding them all.
 */

import type { Format } from './format.js';
import { damaged } from './verdict.js';

const STREAM_INFO = 0;
const STREAM_INFO_LENGTH = 34;
const IMPOSSIBLE_TYPE = 127;

export const flac: Format = {
  claim: () => 'audio/flac',
  signatures: ['fLaC\0', 'fLaC\x80'],
  *read(reader) {
    yield* reader.take(4);
    reader.cut = 'ends before its sound';
    for (let first = true, last = false; !last; first = false) {
      const head = (yield* reader.take(4)).readUInt32BE(0);
      last = head >>> 31 === 1;
      const type = (head >>> 24) & 0x7f;
      const length = head & 0xff_ffff;
      const wrongStart = first && (type !== STREAM_INFO || length !== STREAM_INFO_LENGTH);
      if (wrongStart || type === IMPOSSIBLE_TYPE) throw damaged('has a damaged header');
      yield* reader.skip(length);
    }
    const sync = (yield* reader.take(2)).readUInt16BE(0);
    if (sync >>> 1 !== 0x7ffc) throw damaged('loses its frames');
    yield* reader.skipRest();
    return { mediaType: 'audio/flac', openEnd: 'its frames do not tell their length' };
  },
};
