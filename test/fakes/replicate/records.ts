/** How predictions look in the API's JSON. */

import { LosslessNumber } from 'lossless-json';
import { FakeFile } from './files.js';
import type { FakePrediction } from './prediction.js';

export interface RecordOptions {
  /** Where the API is, for the links of a record to itself. */
  apiOrigin(): string;
  /** Where the files are. */
  deliveryOrigin(subdomain: string | undefined): string;
  /** Whether records carry fields that no client knows, with numbers that JavaScript cannot hold. */
  readonly extraFields: boolean;
}

/** Records of lists have no logs. */
export type RecordForm = 'whole' | 'listed';

export function predictionRecord(options: RecordOptions, prediction: FakePrediction, form: RecordForm): object {
  const { id, given, status, startedAt, endedAt, dataRemoved } = prediction;
  return {
    id,
    model: given.model ?? 'black-forest-labs/flux-schnell',
    version: given.version,
    // Nobody has said what is left of an input; its place, empty, is likely.
    input: dataRemoved ? {} : inputRecord(options, prediction),
    ...(form === 'whole' ? { logs: logsOf(prediction) } : {}),
    // The field is missing, not null, until the prediction has ended.
    ...(endedAt === undefined ? {} : { output: outputRecord(options, prediction) }),
    data_removed: dataRemoved,
    error: status === 'failed' ? (given.error ?? 'CUDA out of memory. Tried to allocate 20.00 MiB') : null,
    status,
    source: prediction.source,
    created_at: new Date(prediction.created).toISOString(),
    ...(startedAt === undefined ? {} : { started_at: microseconds(startedAt) }),
    ...(endedAt === undefined ? {} : { completed_at: microseconds(endedAt), metrics: metrics(options, prediction) }),
    urls: linksTo(options, prediction),
    ...(options.extraFields
      ? { queue_ticket: new LosslessNumber('9007199254740993'), tags: ['première', '\u202etxt'] }
      : {}),
    ...given.extra,
  };
}

/** A file's link, or its bytes where the model sent them inside the record. */
export function linkTo(options: RecordOptions, file: FakeFile, subdomain: string | undefined): string {
  if (file.inline) return `data:${file.mediaType};base64,${file.bytes.toString('base64')}`;
  return `${options.deliveryOrigin(subdomain)}${file.path}`;
}

function inputRecord(options: RecordOptions, { input, inputFile, given }: FakePrediction): object {
  return inputFile === undefined ? input : { ...input, image: linkTo(options, inputFile, given.subdomain) };
}

function outputRecord(options: RecordOptions, prediction: FakePrediction): unknown {
  if (prediction.status !== 'succeeded' || prediction.dataRemoved) return null;
  return withLinks(prediction.output, (file) => linkTo(options, file, prediction.given.subdomain));
}

/** The same JSON with links in the places of the files. */
function withLinks(value: unknown, link: (file: FakeFile) => string): unknown {
  if (value instanceof FakeFile) return link(value);
  if (Array.isArray(value)) return value.map((entry) => withLinks(entry, link));
  if (typeof value !== 'object' || value === null || value instanceof LosslessNumber) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withLinks(entry, link)]));
}

function logsOf({ given, input, status, dataRemoved }: FakePrediction): string {
  if (dataRemoved || status === 'starting') return '';
  return given.logs ?? `Using seed: ${String(input.seed ?? 0)}\n  0%|          | 0/4 [00:00<?, ?it/s]\n`;
}

function metrics(options: RecordOptions, { created, startedAt, endedAt }: FakePrediction): object {
  const seconds = (from: number) => new LosslessNumber(((endedAt! - from) / 1000).toFixed(6));
  const own = { predict_time: seconds(startedAt ?? created), total_time: seconds(created) };
  return options.extraFields ? { ...own, image_count: new LosslessNumber('1E+0') } : own;
}

function linksTo(options: RecordOptions, { id, given }: FakePrediction): object {
  const get = `${options.apiOrigin()}/v1/predictions/${id}`;
  // The web page is never part of the fake, so its link has its real name.
  const links = { get, cancel: `${get}/cancel`, web: `https://replicate.com/p/${id}` };
  const streams = given.output === 'text' || given.output === 'tokens';
  return streams ? { ...links, stream: `https://stream.replicate.com/v1/files/${id}` } : links;
}

function microseconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
