/** What fills the fake's gallery, and what falsifies a page of it. */

import type { Answer } from '../../fakes/happy-accidents/index.js';
import {
  type HappyAccidentsRig,
  type HappyAccidentsRigOptions,
  openHappyAccidentsRig,
  START,
} from '../../support/happy-accidents-rig.js';

/** A gallery that is read ten inferences at a time, unless the options say otherwise. */
export function openTens(options: HappyAccidentsRigOptions = {}): Promise<HappyAccidentsRig> {
  return openHappyAccidentsRig({ options: { 'page-size': '10' }, ...options });
}

/** A minute apart, each newer than all before it; answers the ids as the gallery lists them, newest first. */
export function addInferences({ fake }: HappyAccidentsRig, count: number): string[] {
  for (let number = 0; number < count; number += 1) {
    fake.addInference({ madeAt: START + (fake.inferences.length + 1) * 60_000, modelId: 'm' });
  }
  return fake.inferences.map(({ id }) => id);
}

interface Page {
  readonly items: Record<string, unknown>[];
  readonly paginationMetadata: object;
}

/** A fault under which every page that is asked for has these fields in place of its own. */
export const changedPage = (change: (page: Page) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => {
    const page = JSON.parse(answer.body.toString('utf8'));
    return { ...answer, body: Buffer.from(JSON.stringify({ ...page, ...change(page) })) };
  },
});
