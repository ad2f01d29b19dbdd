/** The options of this source, and what they are where nobody says. */

import { usageError } from '../../src/plugin.js';

const PLUGIN = 'happy-accidents';

/** Where the service lived until May 2024. */
export const DEFAULT_API = 'https://easel-fgiw.onrender.com/v1';

/** The folder of the service's account at ImageKit. */
export const DEFAULT_IMAGE_BASE = 'https://ik.imagekit.io/hb42m9hh0';

/** The stored original: without it ImageKit may send a picture that it has optimised. */
export const DEFAULT_TRANSFORMATION = 'orig-true';

export const DEFAULT_PAGE_SIZE = 100;

/** The largest page that a client is known to have asked for. */
export const LARGEST_PAGE = 1000;

export interface GallerySettings {
  readonly pageSize: number;
  /** From 0. */
  readonly startPage: number;
}

/** @throws E_USAGE */
export function readGallerySettings(options: Readonly<Record<string, string | boolean>>): GallerySettings {
  return {
    pageSize: whole(options, 'page-size', DEFAULT_PAGE_SIZE, 1, LARGEST_PAGE),
    startPage: whole(options, 'start-page', 0, 0, 1_000_000),
  };
}

function whole(
  options: Readonly<Record<string, string | boolean>>,
  name: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  const given = options[name];
  if (given === undefined) return otherwise;
  const value = typeof given === 'string' && /^\s*\d{1,9}\s*$/u.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`--${name} is a whole number from ${least} to ${most}`, undefined, PLUGIN);
}
