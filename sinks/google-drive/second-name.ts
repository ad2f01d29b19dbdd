/** A second name for other bytes under the same one. */

import { extname } from 'node:path';

/** UTF-8 bytes; see the descriptor. */
const LONGEST_NAME = 255;

/**
 * `picture-2.webp` beside `picture.webp`, as on a disk: Drive would take the same name twice, but a person could not tell
 * the two apart, and a download would lose one.
 */
export function secondName(name: string, isTaken: (name: string) => boolean): string {
  const extension = extname(name);
  for (let number = 2; ; number += 1) {
    const tail = `-${number}${extension}`;
    let stem = name.slice(0, name.length - extension.length);
    while (Buffer.byteLength(stem + tail) > LONGEST_NAME && stem !== '') stem = [...stem].slice(0, -1).join('');
    if (!isTaken(stem + tail)) return stem + tail;
  }
}
