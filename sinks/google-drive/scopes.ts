/**
 * The two scopes that this sink knows. `drive.file` sees only what this Cloud project made or the person picked for it;
 * `drive` sees everything and is a restricted scope.
 * https://developers.google.com/workspace/drive/api/guides/api-specific-auth
 */

export type DriveScope = 'drive.file' | 'drive';

const PREFIX = 'https://www.googleapis.com/auth/';

/** The scope as Google's servers name it. */
export function scopeUrl(scope: DriveScope): string {
  return `${PREFIX}${scope}`;
}

/** Whether granted scopes (as Google names them) allow what `needed` allows. */
export function covers(granted: readonly string[], needed: DriveScope): boolean {
  return granted.includes(scopeUrl('drive')) || granted.includes(scopeUrl(needed));
}

/** The widest of the granted scopes; undefined where none of them lets this sink work. */
export function widest(granted: readonly string[]): DriveScope | undefined {
  if (granted.includes(scopeUrl('drive'))) return 'drive';
  return granted.includes(scopeUrl('drive.file')) ? 'drive.file' : undefined;
}

/** The parts of a scope field, which are separated by spaces. */
export function splitScopes(text: unknown): string[] {
  return typeof text === 'string' ? text.split(' ').filter((scope) => scope !== '') : [];
}
