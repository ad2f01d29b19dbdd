/** `/view`: the files of the three folders. */

import { posix } from 'node:path';
import { png, webp } from '../../support/pictures.js';
import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';
import { type FakeFile, type FolderName, type Folders, guessMediaType } from './folders.js';
import { bareAnswer, crash, SERVER } from './python-json.js';

/** Types that a browser would execute in the server's own origin. */
const DANGEROUS = new Set(['text/html', 'text/javascript', 'text/css', 'image/svg+xml', 'text/xml']);
const FOLDERS: readonly string[] = ['output', 'input', 'temp'];

export function viewFile(folders: Folders, request: FakeRequest): Answer {
  const query = new URLSearchParams(request.query);
  const given = query.get('filename');
  // Digests in place of names are resolved where the server keeps assets, which this one does not.
  if (given?.startsWith('blake3:')) return bareAnswer(404);
  const [name, annotated] = splitAnnotation(given ?? '');
  if (given === null) return bareAnswer(404);
  if (name === '' || name.startsWith('/') || name.includes('..')) return bareAnswer(400);
  const folder = annotated ?? query.get('type') ?? 'output';
  if (!FOLDERS.includes(folder)) return bareAnswer(400);
  const subfolder = insideOf(query.get('subfolder') ?? '');
  if (subfolder === undefined) return bareAnswer(403);
  const file = folders.find(folder as FolderName, posix.join(subfolder, posix.basename(name)));
  if (file === undefined) return bareAnswer(404);
  const channel = query.get('channel') ?? 'rgba';
  if (query.has('preview') || channel === 'rgb' || channel === 'a') return reencoded(file, query);
  return plainFile(request, file);
}

/** `name.png [output]` names the folder in the name itself. */
function splitAnnotation(given: string): readonly [name: string, folder?: FolderName] {
  const [, name, folder] = /^(.*)\[(output|input|temp)\]$/su.exec(given) ?? [];
  return name === undefined ? [given] : [name.trimEnd(), folder as FolderName];
}

/** The subfolder with its dots resolved; undefined for one outside of the folder. */
function insideOf(subfolder: string): string | undefined {
  const path = posix.resolve('/folder', subfolder);
  return path === '/folder' || path.startsWith('/folder/') ? path.slice('/folder/'.length) : undefined;
}

function plainFile(request: FakeRequest, file: FakeFile): Answer {
  const quoted = file.filename.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const guessed = guessMediaType(file.filename);
  const dangerous = DANGEROUS.has(guessed);
  const headers = {
    Server: SERVER,
    'X-Content-Type-Options': 'nosniff',
    'Content-Disposition': `${dangerous ? 'attachment; ' : ''}filename="${quoted}"`,
    ...(dangerous ? { Vary: 'Sec-Fetch-Dest', 'Cache-Control': 'no-store' } : {}),
  };
  const mediaType = dangerous ? 'application/octet-stream' : guessed;
  return serveMediaFile(request, { bytes: file.bytes, mediaType, modified: file.modified, headers });
}

/** Another picture without the graphs; what is no picture breaks the handler. */
function reencoded(file: FakeFile, query: URLSearchParams): Answer {
  if (!file.mediaType.startsWith('image/')) return crash();
  const seed = file.bytes.length;
  const asPreview = query.has('preview');
  const body = asPreview ? webp(seed, 1_500) : png(40, 40, seed);
  const mediaType = asPreview ? 'image/webp' : 'image/png';
  const headers = { 'Content-Type': mediaType, 'Content-Disposition': `filename="${file.filename}"` };
  return { status: 200, headers: { Server: SERVER, ...headers }, body };
}
