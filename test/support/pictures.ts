/**
 * Pictures, videos and sounds for tests: small encoders, so that a test needs no files. The same arguments always give the same
 * bytes, different seeds give different ones, and real decoders read them all.
 */

export { gif } from './pictures/gif.js';
export { avif, mp4 } from './pictures/iso-media.js';
export { jpeg } from './pictures/jpeg.js';
export { webm } from './pictures/matroska.js';
export { apng, png } from './pictures/png.js';
export { flac, mp3, ogg, wav } from './pictures/sounds.js';
export { animatedWebp, webp } from './pictures/webp.js';
