/** Silence in the formats that services answer for sound. */

import { riffChunk, riffFile } from './webp.js';

export interface WavOptions {
  /** Leaves the lengths open, as a program does that writes to a pipe. */
  readonly open?: boolean;
}

export function wav(samples: number, options: WavOptions = {}): Buffer {
  const format = Buffer.from([1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0]);
  const file = riffFile('WAVE', riffChunk('fmt ', format), riffChunk('data', Buffer.alloc(samples * 2)));
  if (options.open) {
    file.writeUInt32LE(0xffff_ffff, 4);
    file.writeUInt32LE(0xffff_ffff, 40);
  }
  return file;
}

export interface Mp3Options {
  /** Puts an index into the first frame that tells how many bytes there are. */
  readonly index?: boolean;
  /** Puts tags around the frames. */
  readonly tags?: boolean;
}

const MP3_FRAME_LENGTH = 417;

/** Frames of MPEG 1 layer III, 128 kbit/s at 44.1 kHz. */
export function mp3(frames: number, options: Mp3Options = {}): Buffer {
  const sound = Array.from({ length: frames }, () => {
    const frame = Buffer.alloc(MP3_FRAME_LENGTH);
    frame.set([0xff, 0xfb, 0x90, 0x64]);
    return frame;
  });
  if (options.index) {
    const first = sound[0]!;
    first.write('Info', 36, 'latin1');
    first.writeUInt32BE(0x3, 40);
    first.writeUInt32BE(frames - 1, 44);
    first.writeUInt32BE(frames * MP3_FRAME_LENGTH, 48);
  }
  if (!options.tags) return Buffer.concat(sound);
  const title = Buffer.from('TIT2\0\0\0\x05\0\0\0test', 'latin1');
  const front = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0', 'latin1'), Buffer.from([title.length]), title]);
  const back = Buffer.concat([Buffer.from('TAG', 'latin1'), Buffer.alloc(125)]);
  return Buffer.concat([front, ...sound, back]);
}

/** An Opus stream of pages with one packet each. */
export function ogg(packets: number, serial = 7): Buffer {
  const head = Buffer.from('OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0', 'latin1');
  const tags = Buffer.from('OpusTags\x04\0\0\0test\0\0\0\0', 'latin1');
  const sound = Array.from({ length: packets }, () => Buffer.from([0xf8, 0xff, 0xfe])); // 20 ms of silence
  const pages = [head, tags, ...sound].map((packet, number, all) => {
    const kind = number === 0 ? 0x02 : number === all.length - 1 ? 0x04 : 0;
    return oggPage(packet, kind, Math.max(0, number - 1) * 960, serial, number);
  });
  return Buffer.concat(pages);
}

export function oggPage(packet: Buffer, kind: number, position: number, serial: number, number: number): Buffer {
  const lengths = [...new Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  const head = Buffer.alloc(27);
  head.write('OggS', 0, 'latin1');
  head[5] = kind;
  head.writeBigUInt64LE(BigInt(position), 6);
  head.writeUInt32LE(serial, 14);
  head.writeUInt32LE(number, 18);
  head[26] = lengths.length;
  const page = Buffer.concat([head, Buffer.from(lengths), packet]);
  page.writeUInt32LE(oggCrc(page), 22);
  return page;
}

/** Bit by bit, as the specification of the polynomial reads; on purpose not the way of the program. */
function oggCrc(page: Buffer): number {
  let crc = 0n;
  for (const byte of page) {
    crc ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit += 1)
      crc = crc & 0x8000_0000n ? ((crc << 1n) & 0xffff_ffffn) ^ 0x04c1_1db7n : crc << 1n;
  }
  return Number(crc);
}

/** A header and the start of a frame; what a reader can tell of FLAC without decoding it. */
export function flac(): Buffer {
  const information = Buffer.alloc(34);
  information.set([0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x40, 0xf0, 0, 0, 0x10, 0]);
  const head = Buffer.from([...Buffer.from('fLaC', 'latin1'), 0x00, 0, 0, 34]);
  const padding = Buffer.from([0x81, 0, 0, 16, ...new Array<number>(16).fill(0)]);
  return Buffer.concat([head, information, padding, Buffer.from([0xff, 0xf8, 0xc9, 0x08, 0, 0xc2]), Buffer.alloc(40)]);
}
