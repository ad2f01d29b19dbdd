/** One line of a manifest: an item as data set tools read it. */

import type { MediaFacts } from '../archive/archive-media.js';
import type { DatasetRecord } from '../archive/archive-records.js';

/** Sizes of pictures are those of the record, or of the bytes where these were read. */
export type LineFile = Omit<MediaFacts, 'width' | 'height'> & {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
};

/**
 * `file_name` is what Hugging Face's imagefolder asks for (https://huggingface.co/docs/datasets/image_dataset#imagefolder),
 * `text` what loaders of captions read. What is not known is left out.
 *
 * @param fileName From the manifest's folder, with `/`.
 */
export function exportLine(fileName: string, file: LineFile, record: DatasetRecord | undefined): string {
  const line = {
    file_name: fileName,
    sha256: file.sha256,
    size: file.size,
    width: file.width,
    height: file.height,
    media_type: file.mediaType,
    source: record?.source,
    task: record?.task,
    id: record?.id,
    index: record?.index,
    title: known(record?.title),
    prompt: known(record?.prompt),
    negative_prompt: known(record?.negativePrompt),
    model: known(record?.model),
    seed: record?.seed,
    created_at: record?.createdAt?.toISOString(),
    text: known(record?.prompt),
  };
  return `${JSON.stringify(line)}\n`;
}

function known(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
