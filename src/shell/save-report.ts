/** What became of each item at a destination, told in display order. */

import type { Store } from '../plugin.js';
import type { Session } from '../session.js';
import type { Fetched } from '../transfer/fetch.js';
import type { SavedFile, SaveResult } from '../transfer/save.js';
import { factsOf } from './fetch-report.js';
import type { Present } from './known-files.js';
import type { Counter } from './meter.js';

/** A cause that ends the run is told with each item that shares it, so that a program knows them all; a person reads it once. */
export function report(result: SaveResult<Present>, store: Store, session: Session, meter: Counter): void {
  if (result.kind === 'passed') reportPresent(result.place, store, session, meter);
  else if (result.kind === 'saved') reportSaved(result.fetched, result.files, store, session, meter);
  else {
    meter.failed(result.error.code);
    if (result.error.code === 'E_INTERRUPTED') return;
    const { error, fetched, own } = result;
    session.runtime.reporter.emit({
      event: 'failed',
      stage: 'save',
      ...factsOf(fetched.item),
      code: error.code,
      message: error.describe(),
      retryable: error.retryable,
      ...(own ? {} : { shared: true }),
    });
  }
}

function reportSaved(
  fetched: Fetched,
  files: readonly SavedFile[],
  store: Store,
  session: Session,
  meter: Counter,
): void {
  const media = files.filter((file) => file.role === 'media');
  if (media.every((file) => file.receipt.outcome === 'present')) meter.already();
  else meter.done(fetched.bytes.size);
  for (const { name, receipt, sha256 } of media) {
    session.runtime.reporter.emit({
      event: 'saved',
      ...factsOf(fetched.item),
      name,
      destination: store.label,
      location: receipt.location,
      url: receipt.url,
      size: receipt.size,
      sha256,
      outcome: receipt.outcome,
    });
  }
}

function reportPresent({ item, files }: Present, store: Store, session: Session, meter: Counter): void {
  meter.already();
  for (const { role, state, name, location, size, sha256 } of files) {
    if (role === 'document' || state === 'deleted') continue;
    session.runtime.reporter.emit({
      event: 'saved',
      ...factsOf(item),
      name,
      destination: store.label,
      location,
      size,
      sha256,
      outcome: 'present',
    });
  }
}
