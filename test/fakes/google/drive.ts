/** The routes of Drive v3: which method and path lead where, which scopes open them, and what they cost. */

import { about, generateIds, getDrive, listDrives, startPageToken } from './about.js';
import { type Caller, requireFile } from './access.js';
import { type Answer, driveError, type FakeRequest } from './answer.js';
import { deleteFile, updateFile } from './changing.js';
import { commitCreate, prepareCreate } from './creation.js';
import { download } from './download.js';
import { selectFields } from './fields.js';
import { readMetadata } from './file-metadata.js';
import { FILE_DEFAULT_FIELDS, FILE_SHAPE, fileResource } from './file-resource.js';
import { createListing } from './listing.js';
import { type Pace, UNITS } from './rate.js';
import { MAY } from './scopes.js';
import { Sessions } from './sessions.js';
import type { State, StoredFile } from './state.js';
import type { Tokens } from './tokens.js';
import { uploadInOneRequest } from './uploads.js';

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly scopes: (request: FakeRequest) => readonly string[];
  readonly units: (request: FakeRequest) => number;
  readonly creates?: true;
  /** `id` is what the path's group caught. */
  serve(caller: Caller, request: FakeRequest, id: string): Answer;
}

export interface Drive {
  serve(request: FakeRequest): Answer;
  readonly sessions: Sessions;
}

const FILES = '/drive/v3/files';
const ID = '([^/]+)';

export function createDrive(state: State, tokens: Tokens, pace: Pace): Drive {
  const sessions = new Sessions(state);
  const routes = [...metadataRoutes(state), ...uploadRoutes(state, sessions)];

  function serve(request: FakeRequest): Answer {
    if (request.path.startsWith('/upload/') && request.query.has('upload_id')) {
      return sessions.proceed(request, (begun, caller, file) => showFile(state, caller, begun, file));
    }
    const caller = authenticate(state, tokens, request);
    for (const route of routes) {
      const match = route.method === request.method ? route.path.exec(request.path) : null;
      if (match === null) continue;
      checkConsent(caller, route.scopes(request));
      pace.take(caller, route.units(request), route.creates === true);
      return route.serve(caller, request, decodeURIComponent(match[1] ?? ''));
    }
    throw driveError(404, 'notFound', 'Not Found');
  }

  return { serve, sessions };
}

function metadataRoutes(state: State): Route[] {
  const listing = createListing(state);
  return [
    route('GET', '/drive/v3/about', 'read', 'read', (caller, request) => about(state, caller, request)),
    route('GET', '/drive/v3/drives', 'listDrives', 'list', (caller, request) => listDrives(state, caller, request)),
    route('GET', `/drive/v3/drives/${ID}`, 'listDrives', 'read', (caller, request, id) =>
      getDrive(state, caller, request, id),
    ),
    route('GET', '/drive/v3/changes/startPageToken', 'read', 'other', (_, request) => startPageToken(state, request)),
    route('GET', `${FILES}/generateIds`, 'create', 'other', (caller, request) => generateIds(state, caller, request)),
    route('GET', FILES, 'read', 'list', (caller, request) => listing.list(caller, request)),
    ...fileRoutes(state),
  ];
}

function fileRoutes(state: State): Route[] {
  const isMedia = (request: FakeRequest) => request.query.get('alt') === 'media';
  const create: Route['serve'] = (caller, request) => {
    const draft = prepareCreate(state, caller, request, readMetadata(request.body, 'create'));
    return showFile(state, caller, request, commitCreate(state, draft, undefined));
  };
  const get: Route['serve'] = (caller, request, id) => {
    const file = requireFile(state, caller, request, id);
    return isMedia(request) ? download(request, file) : showFile(state, caller, request, file);
  };
  const update: Route['serve'] = (caller, request, id) =>
    showFile(state, caller, request, updateFile(state, caller, request, id, readMetadata(request.body, 'update')));
  const remove: Route['serve'] = (caller, request, id) => {
    deleteFile(state, caller, request, id);
    return { status: 204, body: '' };
  };
  return [
    { ...route('POST', FILES, 'create', 'edit', create), creates: true },
    {
      ...route('GET', `${FILES}/${ID}`, 'read', 'read', get),
      scopes: (request) => (isMedia(request) ? MAY.download : MAY.read),
      units: (request) => (isMedia(request) ? UNITS.download : UNITS.read),
    },
    route('PATCH', `${FILES}/${ID}`, 'update', 'edit', update),
    route('DELETE', `${FILES}/${ID}`, 'delete', 'edit', remove),
  ];
}

function uploadRoutes(state: State, sessions: Sessions): Route[] {
  const upload = (caller: Caller, request: FakeRequest, id: string | undefined): Answer => {
    if (request.query.get('uploadType') === 'resumable') return sessions.begin(caller, request, id);
    return showFile(state, caller, request, uploadInOneRequest(state, caller, request, id));
  };
  const create: Route['serve'] = (caller, request) => upload(caller, request, undefined);
  return [
    { ...route('POST', `/upload${FILES}`, 'upload', 'edit', create), creates: true },
    route('PATCH', `/upload${FILES}/${ID}`, 'upload', 'edit', upload),
  ];
}

function route(
  method: string,
  path: string,
  consent: keyof typeof MAY,
  cost: keyof typeof UNITS,
  serve: Route['serve'],
): Route {
  const whole = new RegExp(`^${path}$`);
  return { method, path: whole, scopes: () => MAY[consent], units: () => UNITS[cost], serve };
}

function showFile(state: State, caller: Caller, request: FakeRequest, file: StoredFile): Answer {
  const whole = fileResource(state, caller, file);
  return { status: 200, json: selectFields(request.query.get('fields'), FILE_DEFAULT_FIELDS, FILE_SHAPE, whole) };
}

function authenticate(state: State, tokens: Tokens, request: FakeRequest): Caller {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? request.query.get('access_token');
  if (!bearer) throw driveError(401, 'required', 'Login Required.', 'Authorization');
  const token = tokens.useAccessToken(bearer);
  if (token === undefined) throw driveError(401, 'authError', 'Invalid Credentials', 'Authorization');
  const { user, project, clientId, scopes } = token;
  if (!project.driveApi) {
    const words = `Google Drive API has not been used in project ${project.number} before or it is disabled.`;
    throw driveError(403, 'accessNotConfigured', words);
  }
  if (!state.users.has(user.id)) throw driveError(401, 'authError', 'Invalid Credentials', 'Authorization');
  return { user, project, clientId, scopes, grant: tokens.grantOf(user, project) };
}

function checkConsent(caller: Caller, scopes: readonly string[]): void {
  if (caller.scopes.some((scope) => scopes.includes(scope))) return;
  throw driveError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
}
