/** The catalogue of models, LoRAs and embeddings. What was deleted from it stays so, though inferences still name it. */

import { inventHex, inventUuid } from './ids.js';
import type { ModelKind } from './payload.js';

export interface NewModel {
  readonly id?: string;
  readonly name?: string;
  readonly kind?: ModelKind;
  /** Further or other fields of the record; one that is undefined is left out. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface FakeModel {
  readonly id: string;
  readonly name: string;
  readonly kind: ModelKind;
  readonly record: Readonly<Record<string, unknown>>;
}

export interface ModelStore {
  /** In the order in which they came. */
  readonly models: readonly FakeModel[];
  add(model?: NewModel): FakeModel;
  addRecord(record: Readonly<Record<string, unknown>>): void;
  /** Adds a model that an inference names, unless it is there or was deleted. */
  ensure(id: string, kind: ModelKind): void;
  remove(id: string): void;
  model(id: string): FakeModel | undefined;
}

export function createModelStore(): ModelStore {
  const models: FakeModel[] = [];
  const byId = new Map<string, FakeModel>();
  const deleted = new Set<string>();
  const remove = (id: string) => {
    const position = models.findIndex((model) => model.id === id);
    if (position >= 0) models.splice(position, 1);
    byId.delete(id);
  };
  const put = (model: FakeModel) => {
    remove(model.id);
    models.push(model);
    byId.set(model.id, model);
    return model;
  };
  let count = 0;
  const add = (given: NewModel = {}) => {
    count += 1;
    return put(createModel(given, count));
  };
  return {
    models,
    add,
    addRecord(record) {
      put({ id: String(record.id), name: String(record.name), kind: 'CHECKPOINT', record });
    },
    ensure(id, kind) {
      if (!byId.has(id) && !deleted.has(id)) add({ id, kind });
    },
    remove(id) {
      remove(id);
      deleted.add(id);
    },
    model: (id) => byId.get(id),
  };
}

function createModel(given: NewModel, number: number): FakeModel {
  const id = given.id ?? inventHex('further model', number);
  const { name = `Fernlight ${number}`, kind = 'CHECKPOINT' } = given;
  const version = createVersion(id, number);
  const record = {
    id,
    name,
    type: kind,
    author: `painter${number}`,
    authorAvatarUrl: null,
    // CivitAI's numbers came as numbers and as texts.
    externalId: number % 2 === 0 ? 4_000 + number : String(4_000 + number),
    modelProvider: 'CIVITAI',
    activeVersionId: version.id,
    activeVersion: version,
    versionMetadataItems: [],
    tags: ['portrait'],
    trainedWords: [],
    nsfw: false,
    description: '<p>Paints ferns.</p>',
    allowCommercialUse: 'Sell',
    allowNoCredit: true,
    requestingUserId: null,
    createdAt: '2023-05-01T08:00:00.000000',
    ratings: { downloadCount: 10 * number, favoriteCount: number, commentCount: 0, ratingCount: 2, rating: 4.5 },
    downloadStatus: 'COMPLETED',
    thumbnailImageUrl: null,
    thumbnailImageNsfw: false,
    volumePath: `/models/${id}`,
    modelCheckpointFilename: 'fernlight.safetensors',
    configYaml: null,
    datetimeDeleted: null,
    ...given.fields,
  };
  return { id, name, kind, record };
}

function createVersion(modelId: string, number: number) {
  return {
    id: inventUuid('version', modelId),
    name: 'v1.0',
    baseModel: 'SD 1.5',
    createdAt: '2023-05-01T08:00:00.000000',
    externalId: 9_000 + number,
    downloadUrl: `https://civitai.com/api/download/models/${9_000 + number}`,
    description: null,
    modelMetadataItemId: modelId,
    images: [],
    files: [],
  };
}
