/** Drive's scopes and which of them open which method; from the reference pages of the methods. */

const PREFIX = 'https://www.googleapis.com/auth/';

export const DRIVE = `${PREFIX}drive`;
export const DRIVE_FILE = `${PREFIX}drive.file`;
const APPDATA = `${PREFIX}drive.appdata`;
const METADATA = `${PREFIX}drive.metadata`;
const METADATA_READONLY = `${PREFIX}drive.metadata.readonly`;
const READONLY = `${PREFIX}drive.readonly`;

/** Scopes that show every file of the user and not only those of the app. */
export const SEES_EVERYTHING: readonly string[] = [DRIVE, METADATA, METADATA_READONLY, READONLY];

export const MAY = {
  create: [DRIVE, DRIVE_FILE, APPDATA],
  update: [DRIVE, DRIVE_FILE, APPDATA, METADATA],
  upload: [DRIVE, DRIVE_FILE, APPDATA],
  delete: [DRIVE, DRIVE_FILE, APPDATA],
  read: [DRIVE, DRIVE_FILE, APPDATA, METADATA, METADATA_READONLY, READONLY],
  download: [DRIVE, DRIVE_FILE, APPDATA, READONLY],
  listDrives: [DRIVE, READONLY],
} as const satisfies Record<string, readonly string[]>;

const KNOWN = new Set([
  ...[DRIVE, DRIVE_FILE, APPDATA, METADATA, METADATA_READONLY, READONLY, `${PREFIX}drive.apps.readonly`],
  ...['openid', 'email', 'profile', `${PREFIX}userinfo.email`, `${PREFIX}userinfo.profile`],
]);

export function isKnownScope(scope: string): boolean {
  return KNOWN.has(scope);
}

/** `drive.file` for the whole URL; a URL stays as it is. */
export function fullScope(name: string): string {
  return name.startsWith('drive') ? `${PREFIX}${name}` : name;
}

/** The parts of a scope parameter, which are separated by spaces. */
export function splitScopes(text: string): string[] {
  return text.split(' ').filter((scope) => scope !== '');
}
