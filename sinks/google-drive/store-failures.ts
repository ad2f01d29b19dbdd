/** What storing a file fails with although Google accepted every request. */

import { AlbarettoError, type StoreFile } from '../../src/plugin.js';
import { PLUGIN } from './failures.js';

/** Other bytes than were sent. */
export function differs({ name }: StoreFile, retryable: boolean): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DIGEST',
    message: `saving ${name}: what Google Drive reports is not what was sent`,
    hint: 'save it again',
    plugin: PLUGIN,
    retryable,
  });
}

/** Drive takes files into a folder that lies in the trash, and empties the trash after 30 days. */
export function folderInTrash({ name }: StoreFile): AlbarettoError {
  return new AlbarettoError({
    code: 'E_DESTINATION',
    message: `saving ${name}: the folder was put into the trash meanwhile`,
    hint: 'take the folder out of the trash and save again, or save into another',
    plugin: PLUGIN,
    reach: 'run',
  });
}

export function idsRefused({ name }: StoreFile): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `saving ${name}: Google refuses the ids that it gives out`,
    hint: 'try again later',
    plugin: PLUGIN,
    retryable: true,
  });
}
