/** What names a job or a file of a ComfyUI server. Pure; which server is read is not known here. */

import { isThisMachine, type Recognition } from '../../src/plugin.js';

export const CLOUD_HOST = 'cloud.comfy.org';

/** A file as a server's `/view` takes it. */
export interface FilePlace {
  /** `output`, `temp`, `input`: the server's three folders. */
  readonly type: string;
  /** Below that folder; empty for the folder itself. */
  readonly subfolder: string;
  readonly filename: string;
}

export type Reference =
  | { readonly kind: 'job'; readonly id: string; readonly origin?: string }
  | { readonly kind: 'file'; readonly file: FilePlace; readonly origin: string };

/** The port that ComfyUI listens on unless it is told otherwise. */
const PORT = '8188';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
const JOB_PATH = /\/(?:history|api\/jobs)\/([0-9a-f-]{36})\/?$/iu;
const VIEW_PATH = /\/view$/u;
const CONTROLS = /[\p{Cc}\p{Cs}]/u;

/** A UUID says nothing of whose it is; the path of a link does, and its port even more. */
export function recognise(typed: string): Recognition | undefined {
  const found = readReference(typed);
  if (found === undefined) return undefined;
  if (found.origin === undefined) return { confidence: 'possible', reference: typed };
  const reference =
    found.kind === 'job' ? `${found.origin}/api/jobs/${found.id}` : `${found.origin}/view?${viewQuery(found.file)}`;
  return { confidence: isLikelyServer(found.origin) ? 'certain' : 'possible', reference };
}

/** `undefined` for what is none. */
export function readReference(text: string): Reference | undefined {
  if (UUID.test(text)) return { kind: 'job', id: text };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || url.username !== '' || url.password !== '')
    return undefined;
  const id = JOB_PATH.exec(url.pathname)?.[1];
  if (id !== undefined) return UUID.test(id) ? { kind: 'job', id, origin: url.origin } : undefined;
  const file = VIEW_PATH.test(url.pathname) ? fileIn(url.searchParams) : undefined;
  return file === undefined ? undefined : { kind: 'file', file, origin: url.origin };
}

/** Previews and channels are other pictures, without the graphs inside: they are left out. */
function fileIn(query: URLSearchParams): FilePlace | undefined {
  const filename = query.get('filename') ?? '';
  const [type, subfolder] = [query.get('type') || 'output', query.get('subfolder') ?? ''];
  if (filename === '' || CONTROLS.test(filename + type + subfolder)) return undefined;
  return { type, subfolder, filename };
}

export function viewQuery({ filename, subfolder, type }: FilePlace): string {
  return new URLSearchParams({ filename, subfolder, type }).toString();
}

function isLikelyServer(origin: string): boolean {
  const { hostname, port } = new URL(origin);
  return hostname === CLOUD_HOST || port === PORT || isThisMachine(hostname);
}
