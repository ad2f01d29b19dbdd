/** How the service writes moments, and the one moment that it wrote on all its old work. */

/** What every inference says that is older than a migration of the service: hundreds share this one time. */
export const MIGRATION_TIME = '2024-04-04T23:29:15.431843';

/** The same moment in milliseconds. */
export const MIGRATED_AT = Date.UTC(2024, 3, 4, 23, 29, 15, 431);

/** The time of an inference: no zone, though UTC is meant. */
export function inferenceTime(milliseconds: number): string {
  return milliseconds < MIGRATED_AT ? MIGRATION_TIME : withMicroseconds(milliseconds);
}

/** The time of an image, the only one that is right. */
export function imageTime(milliseconds: number): string {
  return `${withMicroseconds(milliseconds)}Z`;
}

function withMicroseconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000');
}
