/**
 * A faithful fake of Google's OAuth 2.0 and Drive v3 for tests: one listener for the three hosts, everything in memory,
 * strict where Google documents a rule and switchable (see `settings`) where it documents none.
 */

import type { RequestListener } from 'node:http';
import { type Accounts, createAccounts } from './accounts.js';
import { Authorization } from './authorization.js';
import type { Consent } from './consent.js';
import { type GrantedTokens, type GrantOptions, grantDirectly } from './direct-grant.js';
import { createDrive } from './drive.js';
import { FaultQueue, type Faults } from './faults.js';
import { HOSTS, serveHosts } from './hosts.js';
import { createItems, type Items } from './items.js';
import { Front, type RecordedRequest } from './listener.js';
import { createPace } from './rate.js';
import { defaultSettings, type Settings } from './settings.js';
import { type SignIn, signIn } from './sign-in.js';
import { childrenOf, createState, firstPerson, type Project, type State, type StoredFile, type User } from './state.js';
import { TokenEndpoint } from './token-endpoint.js';
import { Tokens } from './tokens.js';

export type { ClientOptions, ClientSecrets, Credentials, ProjectOptions, UserOptions } from './accounts.js';
export type { Consent } from './consent.js';
export type { GrantedTokens, GrantOptions } from './direct-grant.js';
export type { Fault, FaultEffect, Faults, FaultTarget, InjectedFault } from './faults.js';
export { ACCOUNTS_HOST, API_HOST, OAUTH_HOST } from './hosts.js';
export type { FileOptions, ItemOptions, Share } from './items.js';
export type { RecordedRequest } from './listener.js';
export type { ServiceAccountKey } from './service-account.js';
export type { RateModel, Settings, UnpickedParent } from './settings.js';
export type { SignIn } from './sign-in.js';
export type { Client, Project, Role, SharedDrive, StoredFile, User } from './state.js';

export interface FakeGoogleOptions extends Partial<Settings> {
  /** The clock, in milliseconds since 1970; the machine's own unless said otherwise. */
  readonly now?: () => number;
}

export interface FakeGoogle extends Omit<Accounts, 'serviceAccounts'>, Items {
  /** Serves all hosts by the Host header; under any other name (a loopback port) it serves every path. */
  readonly listener: RequestListener;
  /** The names that the listener plays, for `startProxy`. */
  readonly hosts: readonly string[];
  /** The same as a record, to be spread into the `hosts` of `startProxy`. */
  readonly routes: Readonly<Record<string, RequestListener>>;
  readonly faults: Faults;
  readonly requests: RecordedRequest[];
  readonly settings: Settings;
  readonly clock: Clock;
  /** What a browser meets that opens the authorization page over HTTP: it is redirected as this consent says. */
  consent: Consent;
  /** Gives consent without a browser and answers tokens. */
  grant(options: GrantOptions): GrantedTokens;
  /** What the user does in the account's settings: ends the whole consent of a project. */
  revokeGrant(user: User, project: Project): void;
  /** Plays the person and the browser of a login. */
  signIn(url: string | URL, consent?: Consent): SignIn;
  /** Everything stored, trash too, but for the roots of drives. */
  files(): StoredFile[];
  /** What lies in a folder, trash too. `root` is the first user's. */
  children(folderId: string): StoredFile[];
  file(id: string): StoredFile | undefined;
  /** Recorded requests of this method whose path, with its query, fits. */
  requestsTo(method: string, path: RegExp): RecordedRequest[];
  /** Ids of resumable sessions that wait for bytes. */
  openSessions(): string[];
  /** Quota units that the user has spent. */
  unitsOf(user: User): number;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Sets it forward: tokens, sessions, lag and pace all go by it. */
  advance(milliseconds: number): void;
}

/** Makes a Google with nobody in it: add a user and a client, then hand `listener` to a server or to `startProxy`. */
export function createFakeGoogle(options: FakeGoogleOptions = {}): FakeGoogle {
  const { now = Date.now, ...changed } = options;
  const clock = createClock(now);
  const settings: Settings = { ...defaultSettings(), ...changed };
  const state = createState(settings, clock.now);
  const tokens = new Tokens(state);
  const { serviceAccounts, ...accounts } = createAccounts(state);
  const authorization = new Authorization(state, tokens);
  const tokenEndpoint = new TokenEndpoint(state, tokens, authorization.codes, serviceAccounts);
  const pace = createPace(state);
  const drive = createDrive(state, tokens, pace);
  const faults = new FaultQueue();
  const visit = (url: URL) => authorization.visit(url, google.consent, google.consent.user ?? firstPerson(state));
  const front = new Front(
    faults,
    (request) => serveHosts({ tokenEndpoint, drive, visit }, request),
    (uploadId) => drive.sessions.forget(uploadId),
  );

  const google: FakeGoogle = {
    ...accounts,
    ...createItems(state, tokens),
    ...storedFiles(state),
    listener: front.listener,
    hosts: HOSTS,
    routes: Object.fromEntries(HOSTS.map((host) => [host, front.listener])),
    faults,
    requests: front.requests,
    settings,
    clock,
    consent: {},
    grant: (given) => grantDirectly(tokens, accounts, given.user ?? firstPerson(state), given),
    revokeGrant: (user, project) => tokens.revokeGrant(user, project),
    signIn: (url, consent = {}) => signIn(authorization, url, consent, consent.user ?? firstPerson(state)),
    requestsTo: (method, path) =>
      front.requests.filter((r) => r.method === method && path.test(`${r.path}${r.search}`)),
    openSessions: () => drive.sessions.open(),
    unitsOf: (user) => pace.unitsOf(user.id),
  };
  return google;
}

function createClock(now: () => number): Clock {
  let ahead = 0;
  return {
    now: () => now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}

function storedFiles(state: State): Pick<FakeGoogle, 'files' | 'children' | 'file'> {
  return {
    files: () => [...state.files.values()].filter((file) => file.parent !== undefined),
    children: (id) => childrenOf(state, id === 'root' ? firstPerson(state).rootId : id),
    file: (id) => state.files.get(id),
  };
}
