/** api.imgur.com: who asks, whether a credit is left, and which of its parts answers. */

import { gzipSync } from 'node:zlib';
import type { Answer, FakeRequest } from '../service/answer.js';
import { ACCOUNT_ROUTES } from './account-api.js';
import { type Caller, identify } from './authorization.js';
import { unlessKnown } from './conditional.js';
import type { CreditCounter } from './credits.js';
import { enveloped, refusal, v3Error } from './envelopes.js';
import type { OAuthService } from './oauth.js';
import { answerPostApi } from './post-api.js';
import type { PostRecords } from './post-records.js';
import { answerV3, POST_ROUTES, type V3Service } from './v3-api.js';

export interface ApiHostOptions {
  readonly oauth: OAuthService;
  readonly credits: CreditCounter;
  readonly v3: V3Service;
  readonly postRecords: PostRecords;
  /** Whether answers are compressed for those who accept it. */
  readonly gzip: boolean;
}

export function createApiHost(options: ApiHostOptions): (request: FakeRequest) => Answer {
  return (request) => {
    // Costs no credit and asks for no header: the secrets are in the form.
    if (request.path === '/oauth2/token') return options.oauth.answer(request);
    const caller = identify(options.oauth, request);
    const answer = typeof caller === 'string' ? answerCaller(options, request, caller) : caller;
    return options.gzip ? compressed(request, answer) : answer;
  };
}

function answerCaller(options: ApiHostOptions, request: FakeRequest, caller: Caller): Answer {
  const { credits, v3, postRecords } = options;
  if (request.path === '/3/credits') return enveloped(credits.record(caller));
  if (!credits.spend(caller, request)) {
    const refused = refusal(request, 429, 'Too many requests: no credits are left. Please wait.');
    return withHeaders(refused, credits.headers(caller, request));
  }
  const answer = request.path.startsWith('/post/v1/')
    ? answerPostApi(v3.library, postRecords, request)
    : request.path.startsWith('/3/')
      ? answerV3([...ACCOUNT_ROUTES, ...POST_ROUTES], v3, request, caller)
      : v3Error(request, 404, 'Unable to find the requested resource.');
  // An answer that the client has already costs as much as any other. Refusals say nothing of credits.
  if (answer.status !== 200) return answer;
  const told = withHeaders(answer, credits.headers(caller, request));
  return request.method === 'POST' ? told : unlessKnown(request, told);
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function compressed(request: FakeRequest, answer: Answer): Answer {
  if (answer.body.length === 0 || !/\bgzip\b/u.test(String(request.headers['accept-encoding'] ?? ''))) return answer;
  return {
    ...withHeaders(answer, { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' }),
    body: gzipSync(answer.body),
  };
}
