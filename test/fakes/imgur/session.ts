/** A fake on loopback for each test of a file, and a client that speaks to it. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, type ExchangeOptions, exchange } from '../../support/exchange.js';
import type { FakeImage, FakeImgur } from './index.js';
import { type LoopbackImgur, startFakeImgur } from './loopback.js';

/** What the fake's clock says at the start of each test. */
export const START = Date.UTC(2021, 11, 1, 12, 0, 0, 250);

type Headers = Readonly<Record<string, string>>;

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a record is all that is known of it.
export type Loose = any;

export interface Session {
  readonly fake: FakeImgur;
  readonly apiUrl: string;
  readonly mediaOrigin: string;
  readonly webOrigin: string;
  /** The header of an application, and that of the account. */
  client(id?: string): Record<string, string>;
  bearer(token?: string): Record<string, string>;
  api(path: string, headers?: Headers, more?: ExchangeOptions): Promise<Exchanged>;
  /** `data` of an answer of `/3/`, which must be a good one. */
  data(path: string, headers?: Headers): Promise<Loose>;
  /** An answer of `/post/v1/`. */
  post(path: string): Promise<Loose>;
  file(path: string, headers?: Headers): Promise<Exchanged>;
  renew(form?: Readonly<Record<string, string>>): Promise<Exchanged>;
}

export function json(answer: Exchanged): Loose {
  return JSON.parse(answer.body.toString('utf8'));
}

/** What a link ends with: the path on the file host. */
export function pathOf(link: string): string {
  return link.replace(/^https?:\/\/[^/]+/u, '');
}

export function ids(images: readonly Pick<FakeImage, 'id'>[]): string[] {
  return images.map(({ id }) => id);
}

/** To be called once at the top of a test file. */
export function useFakeImgur(): Session {
  let service: LoopbackImgur;
  beforeEach(async () => {
    service = await startFakeImgur({ now: () => START });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get apiUrl() {
      return service.apiUrl;
    },
    get mediaOrigin() {
      return service.mediaOrigin;
    },
    get webOrigin() {
      return service.webOrigin;
    },
    client: (id = service.fake.oauth.clientId) => ({ Authorization: `Client-ID ${id}` }),
    bearer: (token = service.fake.oauth.accessToken) => ({ Authorization: `Bearer ${token}` }),
    api: (path, headers = session.client(), more = {}) => exchange(`${service.apiUrl}${path}`, { headers, ...more }),
    async data(path, headers) {
      const { data, success, status } = json(await session.api(path, headers));
      if (!success || status !== 200) throw new Error(JSON.stringify(data));
      return data;
    },
    post: async (path) => json(await session.api(`/post/v1${path}`)),
    file: (path, headers = {}) => exchange(`${service.mediaOrigin}${path}`, { headers }),
    renew(form = {}) {
      const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = service.fake.oauth;
      const own = { refresh_token, client_id, client_secret, grant_type: 'refresh_token' };
      const body = new URLSearchParams({ ...own, ...form }).toString();
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return session.api('/oauth2/token', headers, { method: 'POST', body });
    },
  };
  return session;
}
