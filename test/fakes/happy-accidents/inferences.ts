/** All inferences of the account, newest first, and ways to find them. */

import type { FakeImage, FakeInference } from './new-inference.js';

export interface InferenceStore {
  /** Newest first; of those with one time, the one that was added last comes first. */
  readonly inferences: readonly FakeInference[];
  /** One with the same id goes away, as when an inference that waited has ended. */
  add(inference: FakeInference): void;
  remove(id: string): void;
  inference(id: string): FakeInference | undefined;
  image(id: string): FakeImage | undefined;
  /** By folder and file name on the image host, without the account. */
  imageAt(path: string): FakeImage | undefined;
}

export function createInferenceStore(): InferenceStore {
  const inferences: FakeInference[] = [];
  const byId = new Map<string, FakeInference>();
  const images = new Map<string, FakeImage>();
  const paths = new Map<string, FakeImage>();
  const remove = (id: string) => {
    const gone = byId.get(id);
    if (gone === undefined) return;
    inferences.splice(inferences.indexOf(gone), 1);
    byId.delete(id);
    for (const image of gone.images) {
      images.delete(image.id);
      paths.delete(image.path);
    }
  };
  return {
    inferences,
    add(inference) {
      remove(inference.id);
      const position = inferences.findIndex(({ madeAt }) => madeAt <= inference.madeAt);
      inferences.splice(position < 0 ? inferences.length : position, 0, inference);
      byId.set(inference.id, inference);
      for (const image of inference.images) {
        images.set(image.id, image);
        paths.set(image.path, image);
      }
    },
    remove,
    inference: (id) => byId.get(id),
    image: (id) => images.get(id),
    imageAt: (path) => paths.get(path),
  };
}
