/** files.list: search, order and pages. */

import { randomBytes } from 'node:crypto';
import { type Caller, sees, seesEverything, supportsAllDrives } from './access.js';
import { type Answer, driveError, type FakeRequest, fileNotFound, flag } from './answer.js';
import { type Shape, selectFields } from './fields.js';
import { FILE_SHAPE, fileResource } from './file-resource.js';
import { asksForName, type Expression, parseQuery } from './query.js';
import { matchesQuery } from './query-match.js';
import { FOLDER, type State, type StoredFile } from './state.js';

const LIST_SHAPE: Shape = { kind: true, incompleteSearch: true, nextPageToken: true, files: FILE_SHAPE };
const DEFAULT_FIELDS = 'kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType,resourceKey)';

type Key = (file: StoredFile) => string | number;

/** Keys that `orderBy` takes; those of which this fake knows nothing leave the order as it is. */
const ORDER: Readonly<Record<string, Key>> = {
  createdTime: (file) => file.createdTime,
  modifiedTime: (file) => file.modifiedTime,
  modifiedByMeTime: (file) => file.modifiedTime,
  recency: (file) => file.modifiedTime,
  folder: (file) => (file.mimeType === FOLDER ? 0 : 1),
  name: (file) => file.name.toLowerCase(),
  name_natural: (file) => file.name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(20, '0')),
  quotaBytesUsed: (file) => file.content?.length ?? 0,
  starred: (file) => (file.starred ? 0 : 1),
  sharedWithMeTime: () => 0,
  viewedByMeTime: () => 0,
};

/** A search that was begun: what a page token stands for. */
interface Search {
  readonly query: string;
  readonly rest: readonly string[];
  readonly pages: number;
}

export interface Listing {
  list(caller: Caller, request: FakeRequest): Answer;
}

export function createListing(state: State): Listing {
  const searches = new Map<string, Search>();

  function begin(caller: Caller, request: FakeRequest): readonly string[] {
    const text = request.query.get('q') ?? '';
    const query = text.trim() === '' ? undefined : parseQuery(text);
    const found = [...candidates(state, caller, request)].filter((file) => {
      if (query === undefined) return true;
      const indexed = state.now() - file.namedAt >= state.settings.nameIndexLag;
      return (indexed || !asksForName(query)) && matchesQuery(state, caller, file, query);
    });
    if (query !== undefined) requireParentsThere(state, caller, query);
    return sort(found, request.query.get('orderBy')).map(({ id }) => id);
  }

  function list(caller: Caller, request: FakeRequest): Answer {
    const { query } = request;
    const size = pageSize(query.get('pageSize'));
    const token = query.get('pageToken');
    const asked = `${caller.user.id} ${query.get('q') ?? ''} ${query.get('orderBy') ?? ''}`;
    const search = token === null ? undefined : searches.get(token);
    if (token !== null && search?.query !== asked) throw driveError(400, 'invalid', 'Invalid Value', 'pageToken');
    const ids = search?.rest ?? begin(caller, request);
    const pages = search?.pages ?? 0;
    const length = state.settings.shortPages ? shortened(size, pages) : size;
    const rest = ids.slice(length);
    const files = ids
      .slice(0, length)
      .map((id) => state.files.get(id))
      .filter((file) => file !== undefined)
      .map((file) => fileResource(state, caller, file));
    const answer: Record<string, unknown> = { kind: 'drive#fileList', incompleteSearch: false, files };
    if (rest.length > 0) {
      const next = `~!!~${randomBytes(24).toString('base64url')}`;
      searches.set(next, { query: asked, rest, pages: pages + 1 });
      answer.nextPageToken = next;
    }
    return { status: 200, json: selectFields(query.get('fields'), DEFAULT_FIELDS, LIST_SHAPE, answer) };
  }

  return { list };
}

/** Every second page empty, the others half full. */
function shortened(size: number, pages: number): number {
  return pages % 2 === 0 ? 0 : Math.max(1, Math.floor(size / 2));
}

function pageSize(text: string | null): number {
  const size = text === null ? 100 : Number(text);
  if (Number.isInteger(size) && size >= 1 && size <= 1000) return size;
  const words = `Invalid value '${text}'. Values must be within the range: [1, 1000]`;
  throw driveError(400, 'invalidParameter', words, 'pageSize');
}

function* candidates(state: State, caller: Caller, request: FakeRequest): Generator<StoredFile> {
  const { query } = request;
  const corpora = query.get('corpora') ?? 'user';
  const driveId = query.get('driveId') ?? undefined;
  const shared = flag(query, 'includeItemsFromAllDrives') || flag(query, 'includeTeamDriveItems');
  if (shared && !supportsAllDrives(request)) {
    throw driveError(403, 'teamDrivesNotSupported', 'includeItemsFromAllDrives needs supportsAllDrives.');
  }
  if ((corpora === 'drive') !== (driveId !== undefined)) {
    throw driveError(400, 'invalid', 'driveId and corpora=drive belong together.', 'driveId');
  }
  if (corpora === 'drive' && !shared) {
    throw driveError(403, 'teamDrivesNotSupported', 'corpora=drive needs includeItemsFromAllDrives.');
  }
  if (driveId !== undefined && !state.drives.get(driveId)?.members.has(caller.user.id)) {
    throw driveError(404, 'notFound', `Shared drive not found: ${driveId}`, 'driveId');
  }
  for (const file of state.files.values()) {
    // The roots of drives are reached by their ids only; no search shows them.
    if (file.parent === undefined && (file.owner === caller.user || file.driveId !== undefined)) continue;
    if (file.driveId !== undefined && !shared) continue;
    if (driveId !== undefined && file.driveId !== driveId) continue;
    if (sees(state, caller, file)) yield file;
  }
}

/**
 * With a wide scope, asking for the children of a folder that is not there is an error. Under `drive.file` a folder that
 * was never opened to the app just seems empty.
 */
function requireParentsThere(state: State, caller: Caller, query: Expression): void {
  if (query.kind === 'and' || query.kind === 'or') {
    requireParentsThere(state, caller, query.left);
    requireParentsThere(state, caller, query.right);
  }
  if (query.kind === 'not') requireParentsThere(state, caller, query.operand);
  if (query.kind !== 'in' || query.collection !== 'parents' || query.value === 'root') return;
  const folder = state.files.get(query.value);
  if (seesEverything(caller) && (folder === undefined || !sees(state, caller, folder))) throw fileNotFound('.');
}

function sort(files: StoredFile[], orderBy: string | null): StoredFile[] {
  if (orderBy === null || orderBy === '') return files;
  const keys = orderBy.split(',').map((part) => {
    const [name = '', direction, ...more] = part.trim().split(/\s+/);
    const key = Object.hasOwn(ORDER, name) ? ORDER[name] : undefined;
    if (key === undefined || more.length > 0 || (direction !== undefined && direction !== 'desc')) {
      throw driveError(400, 'invalid', `Sort key '${part.trim()}' is invalid.`, 'orderBy');
    }
    return { key, sign: direction === 'desc' ? -1 : 1 };
  });
  return files.sort((a, b) => {
    for (const { key, sign } of keys) {
      const [left, right] = [key(a), key(b)];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  });
}
