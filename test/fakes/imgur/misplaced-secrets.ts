/** Secrets that reach the right host at the wrong address: only the token endpoint may see those that renew tokens. */

import type { Answer, FakeRequest } from '../service/answer.js';
import type { FakeClock, RecordedRequest } from '../service/stage.js';

export interface MisplacedSecrets {
  readonly requests: readonly RecordedRequest[];
  /** The same answers, with an eye on what is asked. */
  watched(host: string, answer: (request: FakeRequest) => Answer): (request: FakeRequest) => Answer;
}

export function createMisplacedSecrets(clock: FakeClock, isPrivate: (text: string) => boolean): MisplacedSecrets {
  const requests: RecordedRequest[] = [];
  return {
    requests,
    watched: (host, answer) => (request) => {
      const right = answer(request);
      const { method, target, headers } = request;
      const texts = [target, request.path === '/oauth2/token' ? '' : request.body.toString('latin1')];
      if ([...texts, ...Object.values(headers).flat()].some((text) => text !== undefined && isPrivate(text))) {
        const { status } = right;
        requests.push({ host, method, target, headers: { ...headers }, at: clock.now(), leaksToken: true, status });
      }
      return right;
    },
  };
}
