/** The three hosts of the service over one library, on one stage. */

import type { RequestListener } from 'node:http';
import { createStage, type FakeClock, type Stage } from '../service/stage.js';
import { createApiHost } from './api-host.js';
import type { CreditCounter } from './credits.js';
import { plainError } from './envelopes.js';
import type { Library } from './library.js';
import type { Links } from './links.js';
import { createMediaHost } from './media-host.js';
import { createMisplacedSecrets } from './misplaced-secrets.js';
import type { OAuthService } from './oauth.js';
import { createPostRecords } from './post-records.js';
import { createV3Records } from './v3-records.js';
import { createWebHost } from './web-host.js';

export interface HostsOptions {
  readonly clock: FakeClock;
  readonly library: Library;
  readonly oauth: OAuthService;
  readonly credits: CreditCounter;
  readonly links: Links;
  readonly extraFields: boolean;
  readonly gzip: boolean;
  isRegionBlocked(): boolean;
}

export interface Hosts extends Pick<Stage, 'requests' | 'leaks' | 'faults'> {
  readonly apiListener: RequestListener;
  readonly mediaListener: RequestListener;
  readonly webListener: RequestListener;
}

export function createHosts(options: HostsOptions): Hosts {
  const { clock, library, oauth, credits, links, gzip } = options;
  const { account } = oauth;
  const records = { links, account, extraFields: options.extraFields };
  const v3 = { library, records: createV3Records(records), links, account };
  const misplaced = createMisplacedSecrets(clock, oauth.isPrivate);
  const stage = createStage({
    clock,
    isLeakedBy: oauth.isLeakedBy,
    secretsBelongTo: ['api'],
    refusals: {
      failure: (status) => plainError(status, 'Internal expected exception: something broke. Sorry about that!'),
      rateLimit(retryAfter) {
        const refused = plainError(429, 'Too many requests. Please wait.');
        return { ...refused, headers: { ...refused.headers, 'Retry-After': retryAfter } };
      },
    },
  });
  const api = createApiHost({ oauth, credits, v3, postRecords: createPostRecords(records), gzip });
  return {
    apiListener: stage.listener('api', misplaced.watched('api', api)),
    mediaListener: stage.listener('media', createMediaHost(options)),
    webListener: stage.listener('web', createWebHost(library)),
    requests: stage.requests,
    leaks: () => [...stage.leaks(), ...misplaced.requests],
    faults: stage.faults,
  };
}
