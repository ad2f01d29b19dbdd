/** What a test puts into the account and takes out of it. */

import type { FakeClock } from '../service/stage.js';
import { inventGallery } from './gallery.js';
import { type Golden, loadGoldenInto } from './golden.js';
import type { InferenceStore } from './inferences.js';
import type { FakeModel, ModelStore, NewModel } from './models.js';
import { createInference, type FakeImage, type FakeInference, type NewInference } from './new-inference.js';
import { modelsNamedBy } from './payload.js';

export interface CollectionOptions {
  readonly store: InferenceStore;
  readonly models: ModelStore;
  readonly clock: FakeClock;
  readonly userId: string;
  readonly extraFields: boolean;
}

export interface Collection {
  /** The models that it names come into the catalogue with it. */
  addInference(inference?: NewInference): FakeInference;
  /** So many images in inferences of all kinds, over the year before now; oldest first. Some of their models are deleted. */
  addGallery(count: number, seed: number): FakeInference[];
  removeInference(id: string): void;
  /** Serves exactly these records; newest first. The models that they name come only if they are given. */
  loadGolden(golden: Golden): FakeInference[];
  addModel(model?: NewModel): FakeModel;
  removeModel(id: string): void;
  readonly models: readonly FakeModel[];
  /** Newest first. */
  readonly inferences: readonly FakeInference[];
  inference(id: string): FakeInference | undefined;
  image(id: string): FakeImage | undefined;
}

export function createCollection(options: CollectionOptions): Collection {
  const { store, models, clock, userId, extraFields } = options;
  let count = 0;
  const addInference = (given: NewInference = {}) => {
    count += 1;
    const surroundings = { number: count, userId, now: clock.now(), extraFields, find: store.inference };
    const inference = createInference(given, surroundings);
    store.add(inference);
    const payload = inference.record.inferencePayload as Readonly<Record<string, unknown>>;
    for (const [id, kind] of modelsNamedBy(payload)) models.ensure(id, kind);
    return inference;
  };
  return {
    addInference,
    addGallery(images, seed) {
      const { inferences, deletedModels } = inventGallery(images, seed, clock.now());
      for (const id of deletedModels) models.remove(id);
      return inferences.map(addInference);
    },
    removeInference: store.remove,
    loadGolden: (golden) => loadGoldenInto(store, models, golden),
    addModel: models.add,
    removeModel: models.remove,
    models: models.models,
    inferences: store.inferences,
    inference: store.inference,
    image: store.image,
  };
}
