/** Ids that look like OpenAI's and are the same in every run. */

export type IdPrefix = 'resp' | 'msg' | 'rs' | 'ig' | 'conv' | 'req';

/** The prefix and 48 hexadecimal digits, others for each pair of numbers. */
export function inventId(prefix: IdPrefix, number: number, part = 0): string {
  let state = BigInt(number) * 1_000n + BigInt(part) + 1n;
  let digits = '';
  for (let round = 0; round < 6; round += 1) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    digits += (state >> 32n).toString(16).padStart(8, '0');
  }
  return `${prefix}_${digits}`;
}
