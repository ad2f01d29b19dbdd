/** The record of a new file with everything at its beginning. */

import { newFileId, type State, type StoredFile } from './state.js';

/** What is not named is empty; times are now. The record is not yet part of the state. */
export function newFile(state: State, facts: Partial<StoredFile> & Pick<StoredFile, 'name' | 'mimeType'>): StoredFile {
  const now = state.now();
  return {
    id: newFileId(),
    parent: undefined,
    owner: undefined,
    driveId: undefined,
    createdBy: undefined,
    content: undefined,
    description: undefined,
    createdTime: now,
    modifiedTime: now,
    // What no request made was there before: the search index knows it.
    namedAt: Number.NEGATIVE_INFINITY,
    starred: false,
    explicitlyTrashed: false,
    trashedTime: undefined,
    properties: new Map(),
    appProperties: new Map(),
    shortcutTarget: undefined,
    sharedWith: new Map(),
    version: state.nextVersion(),
    revision: newFileId(),
    lastModifiedBy: undefined,
    ...facts,
  };
}
