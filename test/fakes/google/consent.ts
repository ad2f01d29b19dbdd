/** What the person in front of Google's page does. Members that are left out mean: signs in and allows everything. */

import type { User } from './state.js';

export interface Consent {
  /** Who signs in; the first user that was added unless said otherwise. */
  readonly user?: User;
  /** Says nothing more than the default; for tests that want to read aloud what happens. */
  readonly allow?: boolean;
  /** Presses "Cancel": the redirect carries `error=access_denied`. */
  readonly deny?: boolean;
  /** Ids that are chosen in the Picker, where the request asks for one. What cannot be chosen there is refused aloud. */
  readonly pick?: readonly string[];
  /** Only these of the requested scopes are ticked. */
  readonly scopes?: readonly string[];
  /** The redirect comes with another state than the client's. */
  readonly wrongState?: boolean;
  /** The person never answers: no redirect. */
  readonly never?: boolean;
  /** Google's page shows this error instead of a question: `admin_policy_enforced`, `disallowed_useragent`. */
  readonly page?: string;
}
