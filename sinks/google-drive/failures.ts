/**
 * Whatever went wrong as an AlbarettoError: Google's reasons by table, the program's own HTTP errors as they are. The
 * library's errors hold refresh tokens and codes; none of them, not even as a cause, leaves this sink.
 */

import {
  AlbarettoError,
  asAlbarettoError,
  type ErrorFacts,
  interrupted,
  parseRetryAfter,
  printable,
} from '../../src/plugin.js';
import { type Refusal, refusalOf } from './refusal.js';

export const PLUGIN = 'google-drive';

export interface Circumstances {
  /** What was being done: `saving generation-….webp`. */
  readonly what: string;
  /**
   * What a "not found" or "no permission" is about. For a folder under `drive.file` it means that the person has not
   * opened the folder to the program (`not-granted`); else that it is not there or not writable for this account.
   */
  readonly about: 'folder' | 'file' | 'account';
  readonly notGranted?: boolean;
  /** The e-mail address of the service account that acts, if one does. */
  readonly serviceAccount?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  now(): number;
}

type Row = Pick<ErrorFacts, 'code' | 'hint' | 'retryable' | 'reach'>;

const RATE: Row = {
  code: 'E_RATE_LIMITED',
  hint: 'Google takes about 3 new files a second and 750 GB a day from an account; what failed can be saved again later, and tomorrow at the latest',
  retryable: true,
  reach: 'host',
};
const FULL: Row = {
  code: 'E_NO_SPACE',
  hint: 'make room (what lies in the trash counts too) or use another account, then save again',
  reach: 'run',
};
const FOLDER_FULL: Row = { code: 'E_NO_SPACE', hint: 'save into another folder', reach: 'run' };
const POLICY: Row = {
  code: 'E_DESTINATION',
  hint: 'ask the administrator of the account or of the shared drive',
  reach: 'run',
};
const SIGN_IN: Row = { code: 'E_CREDENTIALS', hint: "run 'login google-drive' and sign in again", reach: 'run' };
const NO_ACCESS = new Set([
  'notFound',
  'appNotAuthorizedToFile',
  'insufficientParentPermissions',
  'insufficientFilePermissions',
]);

/** https://developers.google.com/workspace/drive/api/guides/handle-errors, and the folder limits of its guide "folder". */
const REASONS: Readonly<Record<string, Row>> = {
  rateLimitExceeded: RATE,
  userRateLimitExceeded: RATE,
  RATE_LIMIT_EXCEEDED: RATE,
  dailyLimitExceeded: {
    code: 'E_RATE_LIMITED',
    hint: "the Cloud project's own daily limit is used up: raise it in the console, or save again tomorrow",
    retryable: false,
    reach: 'run',
  },
  sharingRateLimitExceeded: { code: 'E_DESTINATION', hint: 'save again later' },
  storageQuotaExceeded: FULL,
  quotaExceeded: FULL,
  activeItemCreationLimitExceeded: FULL,
  teamDriveFileLimitExceeded: FOLDER_FULL,
  numChildrenInNonRootLimitExceeded: FOLDER_FULL,
  myDriveHierarchyDepthLimitExceeded: FOLDER_FULL,
  teamDriveHierarchyTooDeep: FOLDER_FULL,
  domainPolicy: POLICY,
  teamDriveMembershipRequired: POLICY,
  insufficientPermissions: {
    code: 'E_CREDENTIALS',
    hint: "the sign-in does not allow this: run 'login google-drive' and leave every box ticked",
    reach: 'run',
  },
  accessNotConfigured: {
    code: 'E_CREDENTIALS',
    hint: 'enable the Google Drive API for the Cloud project (https://console.cloud.google.com/apis/library/drive.googleapis.com) and try again after a minute',
    reach: 'run',
  },
  parentNotAFolder: { code: 'E_DESTINATION', hint: 'give the id of a folder', reach: 'run' },
  authError: SIGN_IN,
};
const SAME_REASON: Readonly<Record<string, string>> = {
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'insufficientPermissions',
  SERVICE_DISABLED: 'accessNotConfigured',
};

/** A sign-in, or what it needs, is missing or refused: exit code 3. */
export function credentialsError(message: string, hint: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_CREDENTIALS', message, hint, plugin: PLUGIN, reach: 'run' });
}

/** Any thrown value as an AlbarettoError that names what failed and holds nothing of the library. */
export function driveError(thrown: unknown, circumstances: Circumstances): AlbarettoError {
  if (circumstances.signal?.aborted) return interrupted();
  const own = ownError(thrown);
  if (own !== undefined) return fromOwn(own, circumstances.what);
  const refusal = refusalOf(thrown);
  if (refusal !== undefined) return refusedBy(refusal, circumstances);
  return unexpected(thrown, circumstances.what);
}

/** What a refused answer means, for the program's own client, which words the message and tries again what may pass. */
export function factsOf(refusal: Refusal, circumstances: Circumstances): Partial<ErrorFacts> {
  const words = refusal.words === undefined ? {} : { message: printable(refusal.words, 300).replace(/[.\s]+$/u, '') };
  return { retryable: false, reach: 'item', ...rowFor(refusal, circumstances), ...words };
}

/** A refused answer as an error. */
export function refusedBy(refusal: Refusal, circumstances: Circumstances): AlbarettoError {
  const row = rowFor(refusal, circumstances);
  const said = refusal.words === undefined ? '' : `${printable(refusal.words, 300).replace(/[.\s]+$/u, '')} `;
  const tag =
    refusal.reasons[0] === undefined || refusal.status >= 500
      ? `HTTP ${refusal.status}`
      : printable(refusal.reasons[0], 60);
  return new AlbarettoError({
    ...row,
    message: `${circumstances.what}: ${said}(${tag})`,
    plugin: PLUGIN,
    retryAfter: parseRetryAfter(refusal.headers, circumstances.now()),
  });
}

function rowFor(refusal: Refusal, circumstances: Circumstances): Row {
  const reason = refusal.reasons
    .map((name) => SAME_REASON[name] ?? name)
    .find((name) => REASONS[name] ?? NO_ACCESS.has(name));
  if (reason !== undefined && NO_ACCESS.has(reason)) return noAccess(circumstances);
  const row = reason === undefined ? undefined : REASONS[reason];
  if (row === FULL && circumstances.serviceAccount !== undefined)
    return { ...row, hint: serviceAccountHint(circumstances) };
  return row ?? rowOfStatus(refusal.status, circumstances);
}

function rowOfStatus(status: number, circumstances: Circumstances): Row {
  if (status === 401) return SIGN_IN;
  if (status === 404 || status === 403) return noAccess(circumstances);
  if (status === 429) return RATE;
  if (status === 408 || status >= 500) return { code: 'E_UNAVAILABLE', hint: 'try again later', retryable: true };
  return { code: 'E_DESTINATION', hint: 'save it again; if that does not help, this is a fault of albaretto' };
}

function noAccess(circumstances: Circumstances): Row {
  if (circumstances.about === 'file') return { code: 'E_DESTINATION', hint: 'save it again' };
  if (circumstances.about === 'account') return SIGN_IN;
  if (circumstances.notGranted) return NOT_GRANTED;
  const robot = circumstances.serviceAccount;
  const hint =
    robot === undefined
      ? 'check the id, and that this account may add files to the folder'
      : `check the id, share the folder with ${printable(robot, 100)} as a contributor, and use --scope drive`;
  return { code: 'E_DESTINATION', hint, reach: 'run' };
}

/** A folder that Google does not show to the program, or does not let it write to, until the person picks it. */
export const NOT_GRANTED: Row = {
  code: 'E_NOT_GRANTED',
  hint: "choose the folder on Google's page when it opens, sign in with --scope drive (all of your Drive), or save without a folder id",
  reach: 'run',
};

function serviceAccountHint(circumstances: Circumstances): string {
  const robot = printable(circumstances.serviceAccount ?? '', 100);
  return `service accounts have no storage of their own: add ${robot} to a shared drive and save into a folder there with --scope drive`;
}

/** The program's own error, which the library wraps into its own. */
function ownError(thrown: unknown): AlbarettoError | undefined {
  let at: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    if (at instanceof AlbarettoError) return at;
    at = (at as { cause?: unknown }).cause;
  }
  return undefined;
}

/** Its cause holds the request, and thereby the access token. */
function fromOwn(error: AlbarettoError, what: string): AlbarettoError {
  if (error.code === 'E_INTERRUPTED') return interrupted();
  if (error.plugin === PLUGIN && error.cause === undefined) return error;
  return error.with({ plugin: PLUGIN, cause: undefined, message: `${what}: ${error.message}` });
}

/** An error of the library holds its request, also in its message: only its kind is told. */
function unexpected(thrown: unknown, what: string): AlbarettoError {
  const library = typeof thrown === 'object' && thrown !== null && 'config' in thrown;
  const kind = thrown instanceof Error ? (library ? thrown.name : `${thrown.name}: ${thrown.message}`) : typeof thrown;
  return asAlbarettoError(new Error(`${what}: ${printable(kind, 300)}`)).with({ plugin: PLUGIN, cause: undefined });
}
