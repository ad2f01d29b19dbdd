/** What a person types after `save`, read without a request. */

import { usageError } from '../../src/plugin.js';

export type Destination =
  /** The folder that the program makes and keeps for itself. */
  | { readonly kind: 'own' }
  | { readonly kind: 'root' }
  /** `resourceKey`: folders that are shared by link alone need it beside their id. */
  | { readonly kind: 'folder'; readonly id: string; readonly resourceKey?: string };

/** The name of the folder that is used when no destination is given. */
export const OWN_FOLDER = 'albaretto';

const ID = /^[A-Za-z0-9_-]{10,200}$/u;
const RESOURCE_KEY = /^[A-Za-z0-9_-]{1,200}$/u;
const HOSTS = new Set(['drive.google.com', 'www.drive.google.com', 'docs.google.com']);
const FORMS = 'give a folder id, the address of a folder (https://drive.google.com/drive/folders/…), root, or nothing';

/** Whether a text has the form of a Drive id. Google documents none; this one lets nothing through that a URL or query could mistake. */
export function isDriveId(text: string): boolean {
  return ID.test(text);
}

/** @throws E_USAGE for what can be neither an id nor the address of a folder. */
export function readDestination(typed: string | undefined): Destination {
  if (typed === undefined) return { kind: 'own' };
  const text = typed.trim();
  if (text.toLowerCase() === 'root') return { kind: 'root' };
  if (isDriveId(text)) return { kind: 'folder', id: text };
  const url = asUrl(text);
  if (url === undefined) throw malformed('that is no folder of Google Drive');
  return readAddress(url);
}

function readAddress(url: URL): Destination {
  if (!HOSTS.has(url.hostname)) throw malformed('that address is not one of Google Drive');
  if (/^\/(file|document|spreadsheets|presentation|forms)\//u.test(url.pathname)) {
    throw malformed('that is the address of a file and not of a folder');
  }
  const inPath = /\/folders\/([^/]+)\/?$/u.exec(url.pathname)?.[1];
  const id = inPath ?? url.searchParams.get('id') ?? undefined;
  if (id === undefined && /^\/drive\/(u\/\d+\/)?my-drive\/?$/u.test(url.pathname)) return { kind: 'root' };
  if (id === 'root') return { kind: 'root' };
  if (id === undefined || !isDriveId(id)) throw malformed('that address names no folder');
  const key = url.searchParams.get('resourcekey');
  return key !== null && RESOURCE_KEY.test(key) ? { kind: 'folder', id, resourceKey: key } : { kind: 'folder', id };
}

/** Addresses are pasted with and without their scheme. */
function asUrl(text: string): URL | undefined {
  if (/^https?:\/\//iu.test(text)) return parse(text);
  return /^[\w.-]+\.google\.com\//iu.test(text) ? parse(`https://${text}`) : undefined;
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function malformed(message: string): Error {
  return usageError(message, FORMS, 'google-drive');
}
