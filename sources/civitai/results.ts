/** The results of a workflow that can be fetched, and what is to be told of the others. */

import { type Blob, stemOf } from './blobs.js';
import type { Step, Workflow } from './workflows.js';

export interface Result {
  /** Unique among the results of its workflow. */
  readonly id: string;
  readonly blob: Blob;
  readonly step: Step;
}

export interface Results {
  /** In the order of the steps and of their outputs. */
  readonly available: readonly Result[];
  readonly missing: readonly Result[];
  /** 3D models: nothing here checks whether one is whole. */
  readonly models: readonly Result[];
}

export function resultsOf({ steps }: Workflow): Results {
  const taken = new Set<string>();
  const results = steps.flatMap((step) =>
    step.blobs.map((blob): Result => {
      const names = [stemOf(blob.blobId), blob.blobId];
      const id = names.find((name) => !taken.has(name)) ?? `${blob.blobId}-${taken.size}`;
      taken.add(id);
      return { id, blob, step };
    }),
  );
  const media = results.filter(({ blob }) => blob.type !== 'model3d');
  return {
    available: media.filter(({ blob }) => blob.available),
    missing: media.filter(({ blob }) => !blob.available),
    models: results.filter(({ blob }) => blob.type === 'model3d'),
  };
}
