/** Who may use the API: whoever holds a token of Supabase, a JWT that lives for some hours. */

import { createHmac } from 'node:crypto';
import type { Answer, FakeRequest } from '../service/answer.js';
import { refused } from './errors.js';

export interface AuthorizationOptions {
  /** The first token, in place of a made-up one. */
  readonly token?: string;
  /** In milliseconds. */
  readonly lifetime: number;
  readonly userId: string;
  now(): number;
}

export interface Authorization {
  readonly token: string;
  /** The value of the cookie `supabase-auth-token`, from which users copy their token. */
  readonly cookie: string;
  /** A new token, as the site fetches one for itself. A JWT cannot be called back: the old one stays good until its end. */
  renew(): string;
  /** The refusal, or undefined for a request that may pass. */
  refusal(request: FakeRequest): Answer | undefined;
  /** Whether a text holds a token of any time. */
  isLeakedBy(text: string): boolean;
}

interface Token {
  readonly text: string;
  /** Goes with the token in the cookie and gets new ones. */
  readonly refresh: string;
  readonly expires: number;
}

const ASK_FOR_TOKEN = { 'WWW-Authenticate': 'Bearer' };

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const tokens: Token[] = [];
  const renew = (given?: string) => {
    const expires = options.now() + options.lifetime;
    const refresh = sign(`refresh ${tokens.length}`).slice(0, 22);
    tokens.push({ text: given ?? jwt(options.userId, expires, tokens.length), refresh, expires });
    return tokens.at(-1)!.text;
  };
  renew(options.token);
  return {
    get token() {
      return tokens.at(-1)!.text;
    },
    get cookie() {
      const { text, refresh } = tokens.at(-1)!;
      return encodeURIComponent(JSON.stringify([text, refresh, null, null, null]));
    },
    renew: () => renew(),
    refusal(request) {
      const given = /^Bearer (\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
      if (given === undefined) return refused(401, 'Not authenticated', ASK_FOR_TOKEN);
      const known = tokens.find(({ text }) => text === given);
      if (known === undefined) return refused(401, 'Could not validate credentials', ASK_FOR_TOKEN);
      return options.now() < known.expires ? undefined : refused(401, 'Signature has expired.', ASK_FOR_TOKEN);
    },
    isLeakedBy: (text) => tokens.some((token) => text.includes(token.text) || text.includes(token.refresh)),
  };
}

function jwt(userId: string, expires: number, session: number): string {
  const claims = {
    aud: 'authenticated',
    exp: Math.floor(expires / 1000),
    sub: userId,
    email: 'painter@example.com',
    role: 'authenticated',
    session_id: session,
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encoded).join('.');
  return `${signed}.${sign(signed)}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function sign(text: string): string {
  return createHmac('sha256', 'a secret of the fake').update(text).digest('base64url');
}
