/**
 * The authorization endpoint: it checks a client's request as "OAuth 2.0 for mobile and desktop apps" lists the errors,
 * and turns what the person decides into a redirect. Most errors are shown on Google's page and are never redirected.
 */

import { randomBytes } from 'node:crypto';
import type { Consent } from './consent.js';
import { type PickerRequest, pickedFiles, readPickerRequest } from './picker.js';
import { DRIVE_FILE, isKnownScope, splitScopes } from './scopes.js';
import type { Client, State, User } from './state.js';
import { effectiveScopes, type Tokens } from './tokens.js';

const CODE_LIFETIME = 10 * 60 * 1000;

export interface AuthorizationCode {
  readonly code: string;
  readonly client: Client;
  readonly user: User;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly challenge: string | undefined;
  readonly challengeMethod: 'S256' | 'plain';
  /** Whether the exchange answers a refresh token. */
  readonly offline: boolean;
  readonly expiresAt: number;
  used: boolean;
}

/** Either where the browser goes next, or what Google's own page shows. */
export type Outcome =
  | { readonly redirect: string }
  | { readonly status: number; readonly error: string; readonly description: string };

interface Checked {
  readonly client: Client;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly challenge: string | undefined;
  readonly challengeMethod: 'S256' | 'plain';
  readonly picker: PickerRequest | undefined;
}

/** What the page shows instead of going on. */
export class PageError extends Error {
  override readonly name = 'PageError';
  constructor(
    readonly error: string,
    readonly description: string,
    readonly status = 400,
  ) {
    super(`${error}: ${description}`);
  }
}

export class Authorization {
  /** Every code that was given, used or not. */
  readonly codes = new Map<string, AuthorizationCode>();

  constructor(
    private readonly state: State,
    private readonly tokens: Tokens,
  ) {}

  /** `decision` is what the person does on the page; `user` is who sits there. */
  visit(url: URL, decision: Consent, user: User): Outcome {
    try {
      return this.#decide(url, check(this.state, this.tokens, url.searchParams, user), decision, user);
    } catch (thrown) {
      if (!(thrown instanceof PageError)) throw thrown;
      return { status: thrown.status, error: thrown.error, description: thrown.description };
    }
  }

  #decide(url: URL, checked: Checked, decision: Consent, user: User): Outcome {
    if (decision.page !== undefined) throw new PageError(decision.page, 'shown because the test asks for it');
    if (decision.never) return { status: 200, error: '', description: 'the consent page waits for the person' };
    const answer: Record<string, string> = {};
    const wanted = url.searchParams.get('state');
    if (decision.wrongState) answer.state = `${wanted ?? ''}x`;
    else if (wanted !== null) answer.state = wanted;
    if (decision.deny) return { redirect: append(checked.redirectUri, { error: 'access_denied', ...answer }) };
    const picked = checked.picker && pickedFiles(this.state, checked.picker, decision.pick ?? [], user);
    const granted = checked.scopes.filter((scope) => decision.scopes?.includes(scope) ?? true);
    const code = this.#issueCode(url, checked, granted, user);
    const grant = this.tokens.grantOf(user, checked.client.project);
    for (const scope of granted) grant.scopes.add(scope);
    for (const id of picked ?? []) grant.visible.add(id);
    if (picked !== undefined && picked.length > 0) answer.picked_file_ids = picked.join(',');
    const extra = { code, scope: granted.join(' '), authuser: '0', prompt: 'consent' };
    return { redirect: append(checked.redirectUri, { ...answer, ...extra }) };
  }

  #issueCode(url: URL, checked: Checked, scopes: readonly string[], user: User): string {
    const { client, redirectUri, challenge, challengeMethod } = checked;
    const asked = url.searchParams.get('access_type') === 'offline';
    const forced = (url.searchParams.get('prompt') ?? '').split(' ').includes('consent');
    const first = this.tokens.grantOf(user, client.project).scopes.size === 0;
    // Google says that installed apps always get one; a web client gets one at the first consent or a forced one.
    const offline = client.kind === 'installed' || (asked && (forced || first));
    const code = `4/0A${randomBytes(36).toString('base64url')}`;
    const expiresAt = this.state.now() + CODE_LIFETIME;
    const facts = { client, user, redirectUri, scopes, challenge, challengeMethod, offline, expiresAt };
    this.codes.set(code, { code, ...facts, used: false });
    return code;
  }
}

function check(state: State, tokens: Tokens, query: URLSearchParams, user: User): Checked {
  const client = state.clients.get(required(query, 'client_id'));
  if (client === undefined) throw new PageError('invalid_client', 'The OAuth client was not found.', 401);
  if (client.deleted) throw new PageError('deleted_client', 'The OAuth client was deleted.', 401);
  const redirectUri = required(query, 'redirect_uri');
  checkRedirect(client, redirectUri);
  if (required(query, 'response_type') !== 'code') {
    throw new PageError('unsupported_response_type', 'Only the response type code is played.');
  }
  const { project } = client;
  const earlier = tokens.grantOf(user, project).scopes;
  const scopes = effectiveScopes(required(query, 'scope'), earlier, query.get('include_granted_scopes') === 'true');
  const unknown = splitScopes(scopes.join(' ')).find((scope) => !isKnownScope(scope));
  if (unknown !== undefined) throw new PageError('invalid_scope', `Some requested scopes were invalid: ${unknown}`);
  if (project.audience === 'internal' && !user.email.endsWith(`@${project.domain}`)) {
    throw new PageError('org_internal', 'This app is only available to users of its organization.', 403);
  }
  const picker = readPickerRequest(query);
  if (picker !== undefined) checkPicker(client, query, scopes);
  return { client, redirectUri, scopes, picker, ...readChallenge(query) };
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw new PageError('invalid_request', `Missing required parameter: ${name}`);
  return value;
}

function checkRedirect(client: Client, text: string): void {
  if (text.startsWith('urn:ietf:wg:oauth:2.0:oob')) {
    throw new PageError('invalid_request', 'The out-of-band flow has been blocked.');
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  // A desktop client may use any port and path of the loopback address; a web client only what it registered.
  const fits = client.kind === 'installed' ? loopback && url?.hash === '' : client.redirectUris.includes(text);
  if (!fits)
    throw new PageError('redirect_uri_mismatch', `The redirect URI in the request, ${text}, is not registered.`);
}

function readChallenge(query: URLSearchParams): Pick<Checked, 'challenge' | 'challengeMethod'> {
  const challenge = query.get('code_challenge') ?? undefined;
  const method = query.get('code_challenge_method');
  if (challenge === undefined && method !== null) {
    throw new PageError('invalid_request', 'code_challenge_method without code_challenge');
  }
  if (challenge !== undefined && !/^[A-Za-z0-9._~-]{43,128}$/.test(challenge)) {
    throw new PageError('invalid_request', 'Invalid code_challenge');
  }
  if (method !== null && method !== 'S256' && method !== 'plain') {
    throw new PageError('invalid_request', 'Invalid code_challenge_method');
  }
  return { challenge, challengeMethod: method ?? 'plain' };
}

/** From the guide of the desktop picker: `prompt=consent` and the scope `drive.file` alone are required. */
function checkPicker(client: Client, query: URLSearchParams, scopes: readonly string[]): void {
  if (!client.project.pickerApi)
    throw new PageError('access_not_configured', 'The Google Picker API is not enabled.', 403);
  if (query.get('prompt') !== 'consent') throw new PageError('invalid_request', 'trigger_onepick needs prompt=consent');
  if (scopes.length !== 1 || scopes[0] !== DRIVE_FILE) {
    throw new PageError('invalid_request', 'trigger_onepick needs the scope drive.file and no other');
  }
}

function append(redirectUri: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
  return url.href;
}
