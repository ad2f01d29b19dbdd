/**
 * An archive as the gallery's original downloader (HappyAccidentsGalleryDL, 2024) wrote it, so that one that it began is
 * continued: the same names, the same documents, the same modification times.
 */

import type { Document, FilePath, Item, LayoutBody, LayoutDocument, SourceLayout } from '../../src/plugin.js';
import { equalJson, isArray, isObject, type JsonObject, type JsonValue, parseJson, pythonJson } from './json-text.js';
import { readTime } from './times.js';

const body: LayoutBody = { create: () => new GalleryLayout() };

export default body;

const NOTHING: JsonObject = new Map();

class GalleryLayout implements SourceLayout {
  readonly namesAreKnown = true;
  /** Items of one inference share its document: it is worded once. */
  readonly #worded = new WeakMap<Document, LayoutDocument>();

  /** Always `.png`, whatever the bytes are: so the original did, also for the WebP that `tr` can ask for. */
  media(item: Item): FilePath {
    return { stem: item.id, extension: 'png' };
  }

  documents(item: Item): readonly LayoutDocument[] {
    return [metadataOf(item), ...(item.documents ?? []).flatMap((document) => this.#documentOf(document))];
  }

  #documentOf(document: Document): LayoutDocument[] {
    const known = this.#worded.get(document);
    if (known !== undefined) return [known];
    if (document.kind !== 'inference' && document.kind !== 'model') return [];
    const value = parseJson(document.json);
    const path = document.kind === 'inference' ? { suffix: '_inference' } : { folder: ['models'] };
    const worded: LayoutDocument = {
      ...path,
      ...jsonFile(document.id, value),
      ...(document.kind === 'inference' ? { modifiedAt: timeOfLastImage(value) } : {}),
    };
    this.#worded.set(document, worded);
    return [worded];
  }
}

/** The image's record, with what it was made by and with: `<image>_metadata.json`. */
function metadataOf(item: Item): LayoutDocument {
  const raw = objectOf(parseJson(item.raw.json));
  const inference = objectOf(raw.get('inference'));
  const metadata = new Map<string, JsonValue>([
    ...objectOf(raw.get('image')),
    ['inference_prefetch', inference],
    ['model_prefetch', objectOf(raw.get('model'))],
  ]);
  return {
    ...jsonFile(item.id, metadata),
    suffix: '_metadata',
    modifiedAt: item.createdAt,
    merge: (existing) => merged(existing, withKnownModel(metadata, existing)),
  };
}

function jsonFile(stem: string, value: JsonValue) {
  return {
    stem,
    extension: 'json',
    mediaType: 'application/json',
    text: pythonJson(value),
    merge: (existing: string) => merged(existing, value),
  };
}

/** A document that says the same stays as it is: the original wrote its members in an order of its own. */
function merged(existing: string, value: JsonValue): string | undefined {
  const before = parsed(existing);
  return before !== undefined && equalJson(before, value) ? undefined : pythonJson(value);
}

/** A model that was deleted meanwhile, or could not be asked for, is kept as the archive knows it. */
function withKnownModel(metadata: JsonObject, existing: string): JsonObject {
  if (objectOf(metadata.get('model_prefetch')).size > 0) return metadata;
  const payload = objectOf(objectOf(metadata.get('inference_prefetch')).get('inferencePayload'));
  const known = objectOf(objectOf(parsed(existing)).get('model_prefetch'));
  if (known.size === 0 || known.get('id') !== payload.get('modelId')) return metadata;
  return new Map([...metadata, ['model_prefetch', known]]);
}

/** The original set it anew with each image of the inference; what remained was that of the last. */
function timeOfLastImage(inference: JsonValue): Date | undefined {
  const images = objectOf(inference).get('images');
  return isArray(images) ? readTime(objectOf(images.at(-1)).get('createdAt')) : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : NOTHING;
}
