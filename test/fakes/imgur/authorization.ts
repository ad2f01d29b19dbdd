/** Who asks: an application with its Client-ID, or the account with its access token. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { listedError, refusal } from './envelopes.js';
import type { OAuthService } from './oauth.js';

export type Caller = 'application' | 'account';

/** The caller, or the refusal. */
export function identify(oauth: OAuthService, request: FakeRequest): Caller | Answer {
  const header = request.headers.authorization;
  if (header === undefined) return withoutHeader(oauth, request);
  const [, scheme, given] = /^(Client-ID|Bearer) (\S+)$/iu.exec(header) ?? [];
  if (scheme === undefined) return refusal(request, 403, 'Malformed auth header');
  if (scheme.toLowerCase() === 'client-id') return checkedClient(oauth, request, given!);
  // 403 and not 401, whatever the standard says.
  return oauth.isGood(given!) ? 'account' : refusal(request, 403, 'The access token provided is invalid.');
}

/** Only the newer API takes the Client-ID from the query. */
function withoutHeader(oauth: OAuthService, request: FakeRequest): Caller | Answer {
  const given = request.path.startsWith('/post/') ? new URLSearchParams(request.query).get('client_id') : null;
  if (given !== null) return checkedClient(oauth, request, given);
  if (request.path.startsWith('/3/album/')) {
    return listedError(401, 'Unauthorized', 'You are not authorized to access this resource.');
  }
  return refusal(request, 401, 'Authentication required');
}

function checkedClient(oauth: OAuthService, request: FakeRequest, given: string): Caller | Answer {
  return given === oauth.clientId ? 'application' : refusal(request, 403, 'Invalid client_id');
}
