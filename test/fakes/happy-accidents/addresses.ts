/** The hosts of the service, and where the pictures are on the second one. */

import type { Answer } from '../service/answer.js';

export const API_HOST = 'easel-fgiw.onrender.com';
export const IMAGE_HOST = 'ik.imagekit.io';
export const BASE_PATH = '/v1';

/** What every path on the image host begins with: the account of Happy Accidents. */
export const ACCOUNT_PATH = '/hb42m9hh0/';

export const IMAGE_ORIGIN = `https://${IMAGE_HOST}`;

/** @param path Folder and file name, without the account. */
export function imageUrl(path: string): string {
  return `${IMAGE_ORIGIN}${ACCOUNT_PATH}${path}`;
}

/** Sends the links of an answer to where the image host of the fake is. */
export function withImageOrigin(answer: Answer, origin: string): Answer {
  if (origin === IMAGE_ORIGIN) return answer;
  // A quote behind a backslash belongs to a text that speaks of a link and is none.
  const text = answer.body.toString('utf8').replaceAll(/(?<!\\)"https:\/\/ik\.imagekit\.io\//gu, () => `"${origin}/`);
  return { ...answer, body: Buffer.from(text, 'utf8') };
}
