/**
 * The one door to plugins: what a source and a sink are, what they are given, and what they owe.
 *
 * A plugin is two parts. Its *descriptor* is plain and cheap (names, what it recognises, which credentials it needs), so
 * that listing and choosing plugins costs nothing. Its *body* is loaded on first use by `load()`.
 *
 * A plugin is code that runs with the user's rights. It is kept small by what it does not do: a source never downloads
 * media, touches the disk or prints; a sink knows no service; neither retries, paces or verifies what `transfer/` does
 * for all of them.
 */

import type { SinkDescriptor } from './plugin/sink.js';
import type { SourceDescriptor } from './plugin/source.js';

export { eachUntilAborted, type LinkedAbort, linkedAbort, untilAborted } from './abort.js';
export type { ErrorCode, ErrorFacts, Reach } from './errors.js';
export { AlbarettoError, asAlbarettoError, ExitCode, interrupted, isInterruption, usageError } from './errors.js';
export type { HttpAnswer, JsonAnswer, ServiceRequest } from './http/contract.js';
export type {
  Companion,
  Digest,
  DigestAlgorithm,
  Document,
  Generation,
  Item,
  RawRecord,
  Receipt,
  Task,
  Untrusted,
} from './model.js';
export { fromService } from './model.js';
export { pastedAddress } from './pasted-address.js';
export * from './plugin/importer.js';
export * from './plugin/layout.js';
export * from './plugin/shared.js';
export * from './plugin/sink.js';
export * from './plugin/source.js';
export * from './plugin/store.js';
export { printable } from './printable.js';
export type { ProcessIdentity } from './process-identity.js';
export { ownIdentity, stateOf } from './process-identity.js';
export { rawRecord, writtenNumber } from './raw.js';
export { type ReadableEntries, readableEntries } from './readable-entries.js';
export { parseRetryAfter } from './retry.js';
export { isSameServer, isThisMachine } from './same-server.js';
export { SharedRequests } from './shared-requests.js';
export { digestOf } from './transfer/bytes.js';

/** Declares a source; see {@link SourceDescriptor}. */
export function defineSource(descriptor: Omit<SourceDescriptor, 'kind'>): SourceDescriptor {
  return { kind: 'source', ...descriptor };
}

/** Declares a sink; see {@link SinkDescriptor}. */
export function defineSink(descriptor: Omit<SinkDescriptor, 'kind'>): SinkDescriptor {
  return { kind: 'sink', ...descriptor };
}

export type PluginDescriptor = SourceDescriptor | SinkDescriptor;
