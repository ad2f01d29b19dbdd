/** Google's file picker inside the OAuth redirect, as the guide of the desktop and mobile picker describes it. */

import { FOLDER, isTrashed, type State, type User } from './state.js';

export interface PickerRequest {
  readonly folders: boolean;
  readonly multiple: boolean;
  readonly mimeTypes: readonly string[] | undefined;
  /** The only files that the picker offers, where the client names some. */
  readonly fileIds: readonly string[] | undefined;
}

/** The parameters of an authorization URL that ask for a picker; undefined where it asks for none. */
export function readPickerRequest(query: URLSearchParams): PickerRequest | undefined {
  if (query.get('trigger_onepick') !== 'true') return undefined;
  const list = (name: string) => query.get(name)?.split(',').filter(Boolean);
  return {
    folders: query.get('allow_folder_selection') === 'true',
    multiple: query.get('allow_multiple') === 'true',
    mimeTypes: list('mimetypes'),
    fileIds: list('file_ids'),
  };
}

/**
 * The ids that the person's choice comes down to. Throws where a person could not choose like this: a test that picks
 * what the picker does not show is wrong about what it tests.
 */
export function pickedFiles(state: State, request: PickerRequest, choice: readonly string[], user: User): string[] {
  if (choice.length > 1 && !request.multiple)
    throw new Error('the picker lets choose one file: allow_multiple is not set');
  for (const id of choice) {
    const file = state.files.get(id);
    if (file === undefined || isTrashed(state, file)) throw new Error(`the picker shows no file ${id}`);
    const member = file.driveId !== undefined && state.drives.get(file.driveId)?.members.has(user.id);
    if (file.owner !== user && !file.sharedWith.has(user.id) && !member) {
      throw new Error(`the picker of ${user.email} does not show ${id}`);
    }
    if (file.mimeType === FOLDER && !request.folders) throw new Error('the picker lets choose no folder');
    if (request.mimeTypes && !request.mimeTypes.includes(file.mimeType)) {
      throw new Error(`the picker filters ${file.mimeType} out`);
    }
    if (request.fileIds && !request.fileIds.includes(id)) throw new Error(`file_ids does not offer ${id}`);
  }
  return [...choice];
}
