/** The index of an AVIF or HEIC picture (`meta`): how large it is and how far into the file its parts reach. */

import { type Box, eachBox } from './boxes.js';
import type { ByteReader, Reading } from './byte-reader.js';
import { damaged } from './verdict.js';

export interface Items {
  /** Of the largest picture: a picture may be put together of tiles and have a thumbnail, and both have sizes as well. */
  width: number;
  height: number;
  /** Whether the index says where anything is. */
  located: boolean;
  /** The offset behind the last byte of the last part that lies in the file itself. */
  reach: number;
  /** Whether the box holds the data itself. */
  holdsData: boolean;
}

const CONTAINERS = new Set(['iprp', 'ipco']);

export function* readItems(reader: ByteReader, metaBox: Box): Reading<Items> {
  const items: Items = { width: 0, height: 0, located: false, reach: 0, holdsData: false };
  function* visit(box: Box, depth: number): Reading<void> {
    if (CONTAINERS.has(box.type)) yield* eachBox(reader, box.end, visit, depth);
    else if (box.type === 'ispe') yield* readExtent(reader, box, items);
    else if (box.type === 'iloc') yield* readLocations(reader, box, items);
    else if (box.type === 'idat') items.holdsData = true;
  }
  yield* reader.skip(Math.min(4, metaBox.end - reader.offset)); // version and flags
  yield* eachBox(reader, metaBox.end, visit);
  return items;
}

function* readExtent(reader: ByteReader, box: Box, items: Items): Reading<void> {
  if (box.end - reader.offset < 12) throw damaged('has a picture without a size');
  const extent = yield* reader.take(12);
  const [width, height] = [extent.readUInt32BE(4), extent.readUInt32BE(8)];
  if (width * height > items.width * items.height) Object.assign(items, { width, height });
}

/** Reads the table of parts. The widths of its columns stand in its head and may be 0, 4 or 8 bytes. */
function* readLocations(reader: ByteReader, box: Box, items: Items): Reading<void> {
  function* number(width: number): Reading<number> {
    if (reader.offset + width > box.end) throw damaged('has a damaged index');
    if (width === 0) return 0;
    const bytes = yield* reader.take(width);
    return width === 8 ? Number(bytes.readBigUInt64BE(0)) : bytes.readUIntBE(0, width);
  }
  if (box.end - reader.offset < 6) throw damaged('has a damaged index');
  const head = yield* reader.take(6);
  const version = head[0]!;
  const [offsetWidth, lengthWidth] = [head[4]! >> 4, head[4]! & 15];
  const [baseWidth, indexWidth] = [head[5]! >> 4, version === 0 ? 0 : head[5]! & 15];
  if ([offsetWidth, lengthWidth, baseWidth, indexWidth].some((width) => ![0, 4, 8].includes(width)) || version > 2) {
    throw damaged('has an index of an unknown form');
  }
  const idWidth = version === 2 ? 4 : 2;
  for (let left = yield* number(idWidth); left > 0; left -= 1) {
    yield* number(idWidth);
    const method = version === 0 ? 0 : (yield* number(2)) & 15;
    yield* number(2);
    const base = yield* number(baseWidth);
    const parts = yield* number(2);
    // Parts without columns take no bytes: there is nothing to read, however many there are said to be.
    const counted = offsetWidth + lengthWidth + indexWidth === 0 ? Math.min(parts, 1) : parts;
    for (let part = 0; part < counted; part += 1) {
      yield* number(indexWidth);
      const end = base + (yield* number(offsetWidth)) + (yield* number(lengthWidth));
      if (method === 0) items.reach = Math.max(items.reach, end);
      items.located = true;
    }
  }
}
