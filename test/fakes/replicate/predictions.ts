/** The predictions that the fake service knows, newest first. */

import type { FakeFile } from './files.js';
import { predictionId, versionId } from './ids.js';
import type { NewPrediction } from './new-prediction.js';
import { FakePrediction } from './prediction.js';

export interface PredictionStore {
  /** Newest first; of predictions with one `created`, the one that was added last comes first. */
  readonly predictions: readonly FakePrediction[];
  add(prediction?: NewPrediction): FakePrediction;
  /** Deleted by hand, as people do on the site. */
  remove(id: string): void;
  find(id: string): FakePrediction | undefined;
  /** Whose file a path of the media host leads to, as long as it is there. */
  file(path: string): FakeFile | undefined;
}

export function createPredictionStore(now: () => number): PredictionStore {
  const predictions: FakePrediction[] = [];
  const byId = new Map<string, FakePrediction>();
  const byPath = new Map<string, { readonly file: FakeFile; readonly owner: FakePrediction }>();
  let count = 0;
  return {
    predictions,
    add(given = {}) {
      count += 1;
      const id = given.id ?? predictionId(count);
      const version = given.version ?? (count % 2 === 0 ? 'hidden' : versionId(count % 7));
      const prediction = new FakePrediction(count, { ...given, id, version }, now);
      predictions.splice(placeOf(prediction, predictions), 0, prediction);
      byId.set(id, prediction);
      for (const file of prediction.files) byPath.set(file.path, { file, owner: prediction });
      return prediction;
    },
    remove(id) {
      const prediction = byId.get(id);
      if (prediction === undefined) return;
      predictions.splice(predictions.indexOf(prediction), 1);
      byId.delete(id);
      for (const file of prediction.files) byPath.delete(file.path);
    },
    find: (id) => byId.get(id),
    file(path) {
      const { file, owner } = byPath.get(path) ?? {};
      return file !== undefined && owner?.shows(file) ? file : undefined;
    },
  };
}

/** Before the first that is not newer, found by halving: histories are long. */
function placeOf(prediction: FakePrediction, predictions: readonly FakePrediction[]): number {
  let [from, to] = [0, predictions.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (predictions[middle]!.created > prediction.created) from = middle + 1;
    else to = middle;
  }
  return from;
}
