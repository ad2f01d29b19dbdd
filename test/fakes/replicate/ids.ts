/** Ids that look like Replicate's and are the same in every run. */

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const PATH_LETTERS = `${ID_LETTERS}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;

/** 26 lowercase letters and digits. */
export function predictionId(number: number): string {
  return invent(ID_LETTERS, 26, number, 1);
}

/** What stands in a file's path and tells nothing. */
export function pathSecret(number: number): string {
  return invent(PATH_LETTERS, 49, number, 2);
}

export function versionId(number: number): string {
  return invent('0123456789abcdef', 64, number, 3);
}

export function fileId(number: number): string {
  return invent(PATH_LETTERS, 48, number, 4);
}

function invent(letters: string, length: number, number: number, part: number): string {
  let state = BigInt(number) * 1_000n + BigInt(part);
  let id = '';
  for (let position = 0; position < length; position += 1) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    id += letters[Number(state >> 40n) % letters.length];
  }
  return id;
}
