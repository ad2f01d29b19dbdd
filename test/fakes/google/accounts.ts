/** Puts people, projects and clients into the fake. */

import { randomBytes, randomInt } from 'node:crypto';
import { newFile } from './new-file.js';
import { createServiceAccount, type ServiceAccount, type ServiceAccountKey } from './service-account.js';
import { type Client, FOLDER, newRootId, type Project, type State, type User } from './state.js';

export interface ClientSecrets {
  readonly client_id: string;
  readonly project_id: string;
  readonly auth_uri: string;
  readonly token_uri: string;
  readonly auth_provider_x509_cert_url: string;
  readonly client_secret: string;
  readonly redirect_uris: readonly string[];
}

/** A credentials.json as the console gives it: one top key. */
export type Credentials = { readonly installed: ClientSecrets } | { readonly web: ClientSecrets };

export interface UserOptions {
  readonly email?: string;
  readonly displayName?: string;
  /** Bytes of My Drive; `Infinity` is unlimited; the setting `quotaBytes` unless said otherwise. */
  readonly quotaBytes?: number;
}

export interface ProjectOptions {
  readonly audience?: Project['audience'];
  /** The mail domain whose users an internal project admits. */
  readonly domain?: string;
  readonly driveApi?: boolean;
  readonly pickerApi?: boolean;
}

export interface ClientOptions {
  readonly kind?: 'installed' | 'web';
  /** The first project, made at need, unless said otherwise. */
  readonly project?: Project;
  /** Default `http://localhost`, as for every desktop client. */
  readonly redirectUris?: readonly string[];
}

export interface Accounts {
  addUser(options?: UserOptions): User;
  addProject(options?: ProjectOptions): Project;
  /** A client and its downloaded file. */
  addClient(options: ClientOptions & { readonly kind: 'web' }): { readonly web: ClientSecrets };
  addClient(options?: ClientOptions): { readonly installed: ClientSecrets };
  /** A service account and its key file; it may speak for the users in `delegates`. */
  addServiceAccount(options?: { project?: Project; delegates?: readonly User[] }): ServiceAccountKey;
  /** The client behind credentials, an id or itself. */
  clientOf(client: Credentials | Client | string): Client;
  readonly serviceAccounts: ReadonlyMap<string, ServiceAccount>;
}

export function createAccounts(state: State): Accounts {
  const serviceAccounts = new Map<string, ServiceAccount>();
  const projectOf = (project: Project | undefined) => project ?? [...state.projects.values()][0] ?? addProject(state);

  return {
    serviceAccounts,
    addUser: (options = {}) => addUser(state, options),
    addProject: (options) => addProject(state, options),
    addClient: ((options: ClientOptions = {}) => addClient(state, projectOf(options.project), options)) as never,
    addServiceAccount({ project, delegates = [] } = {}) {
      const home = projectOf(project);
      const email = `robot-${randomBytes(3).toString('hex')}@${home.id}.iam.gserviceaccount.com`;
      // It has no quota of its own: it writes into shared drives, or speaks for a user.
      const user = addUser(state, { email, displayName: email, quotaBytes: 0 });
      const mailAddresses = delegates.map((delegate) => delegate.email);
      const account = createServiceAccount(user, home, mailAddresses);
      serviceAccounts.set(email, account);
      return account.key;
    },
    clientOf(client) {
      if (typeof client === 'object' && 'project' in client) return client;
      const secrets = typeof client === 'string' ? undefined : 'web' in client ? client.web : client.installed;
      const known = state.clients.get(secrets?.client_id ?? String(client));
      if (known === undefined) throw new Error('no such client');
      return known;
    },
  };
}

function addUser(state: State, options: UserOptions): User {
  const number = state.users.size + 1;
  const quota = options.quotaBytes ?? state.settings.quotaBytes;
  const user: User = {
    id: digits(21),
    email: options.email ?? `user${number}@example.com`,
    displayName: options.displayName ?? `User ${number}`,
    permissionId: digits(20),
    rootId: newRootId(),
    quotaBytes: quota === Number.POSITIVE_INFINITY ? undefined : quota,
  };
  state.users.set(user.id, user);
  state.files.set(user.rootId, newFile(state, { id: user.rootId, name: 'My Drive', mimeType: FOLDER, owner: user }));
  return user;
}

function addProject(state: State, options: ProjectOptions = {}): Project {
  const { audience = 'production', domain = 'example.com', driveApi = true, pickerApi = true } = options;
  const id = `project-${randomBytes(4).toString('hex')}`;
  const project = { id, number: digits(12), audience, domain, driveApi, pickerApi };
  state.projects.set(project.number, project);
  return project;
}

function addClient(state: State, project: Project, options: ClientOptions): Credentials {
  const { kind = 'installed', redirectUris = ['http://localhost'] } = options;
  const id = `${project.number}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`;
  const secret = `GOCSPX-${randomBytes(21).toString('base64url')}`;
  state.clients.set(id, { id, secret, kind, redirectUris, project, deleted: false });
  const secrets: ClientSecrets = {
    client_id: id,
    project_id: project.id,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_secret: secret,
    redirect_uris: redirectUris,
  };
  return kind === 'web' ? { web: secrets } : { installed: secrets };
}

function digits(count: number): string {
  return `1${Array.from({ length: count - 1 }, () => randomInt(10)).join('')}`;
}
