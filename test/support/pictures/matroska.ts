/** A WebM encoder: elements around VP8 frames. */

export interface WebmOptions {
  /** Leaves the lengths of the segment and of its clusters open, as a browser's recorder does. */
  readonly open?: boolean;
  readonly documentType?: string;
}

/** A VP8 key frame of 8 × 6 pixels, from libwebp. */
const VP8_FRAME = Buffer.from(
  'sAEAnQEqCAAGAAKAQiWwAnQBDrq5AAD+819GXGLfLtDF880fTzj8kXhPfm7GkLPGNMEf5beQ7A7+nu8O/P2jtPpDh/8UlM/P2lY0',
  'base64',
);
const FRAMES = 3;

export function webm(options: WebmOptions = {}): Buffer {
  const documentType = Buffer.from(options.documentType ?? 'webm', 'latin1');
  const header = element(
    [0x1a, 0x45, 0xdf, 0xa3],
    element([0x42, 0x86], [1]),
    element([0x42, 0xf7], [1]),
    element([0x42, 0xf2], [4]),
    element([0x42, 0xf3], [8]),
    element([0x42, 0x82], documentType),
    element([0x42, 0x87], [2]),
    element([0x42, 0x85], [2]),
  );
  const information = element([0x15, 0x49, 0xa9, 0x66], element([0x2a, 0xd7, 0xb1], [0x0f, 0x42, 0x40]));
  const video = element([0xe0], element([0xb0], [8]), element([0xba], [6]));
  const codec = element([0x86], Buffer.from('V_VP8', 'latin1'));
  const track = element([0xae], element([0xd7], [1]), element([0x73, 0xc5], [1]), element([0x83], [1]), codec, video);
  const tracks = element([0x16, 0x54, 0xae, 0x6b], track);
  const wrap = options.open ? openElement : element;
  const clusters = Array.from({ length: FRAMES }, (_, index) =>
    wrap(
      [0x1f, 0x43, 0xb6, 0x75],
      element([0xe7], [index * 100]),
      element([0xa3], Buffer.concat([Buffer.from([0x81, 0, 0, 0x80]), VP8_FRAME])),
    ),
  );
  return Buffer.concat([header, wrap([0x18, 0x53, 0x80, 0x67], information, tracks, ...clusters)]);
}

type Part = Uint8Array | readonly number[];

function joined(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** An element whose size takes four bytes. */
export function element(id: readonly number[], ...parts: readonly Part[]): Buffer {
  const body = joined(parts);
  const size = Buffer.alloc(4);
  size.writeUInt32BE((body.length | 0x1000_0000) >>> 0);
  return joined([id, size, body]);
}

/** An element of unknown size. */
export function openElement(id: readonly number[], ...parts: readonly Part[]): Buffer {
  return joined([id, [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], ...parts]);
}
