/** A fake on loopback for each test of a file, and clients that speak to its hosts. */

import { afterEach, beforeEach } from '@jest/globals';
import { type Exchanged, exchange } from '../../support/exchange.js';
import type { FakeComfyUi, FakeComfyUiOptions } from './index.js';
import { type LoopbackComfyUi, startFakeComfyUi } from './loopback.js';

/** What the fake's clock says at the start of each test. */
export const START = Date.UTC(2026, 8, 1, 12, 0, 0, 400);

export interface Session {
  readonly fake: FakeComfyUi;
  readonly serverUrl: string;
  readonly mediaOrigin: string;
  server(path: string, headers?: Readonly<Record<string, string>>): Promise<Exchanged>;
  post(path: string, body: object): Promise<Exchanged>;
  cloud(path: string, headers?: Readonly<Record<string, string>>): Promise<Exchanged>;
  /** The signed link to the first file of the newest prompt, which is made where there is none. */
  cloudLink(): Promise<string>;
  /** Another fake, which the session closes. */
  restartWith(options: FakeComfyUiOptions): Promise<void>;
}

export function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

/** To be called once at the top of a test file. */
export function useFakeComfyUi(): Session {
  let service: LoopbackComfyUi;
  beforeEach(async () => {
    service = await startFakeComfyUi({ now: () => START });
  });
  afterEach(() => service.close());
  const session: Session = {
    get fake() {
      return service.fake;
    },
    get serverUrl() {
      return service.serverUrl;
    },
    get mediaOrigin() {
      return service.mediaOrigin;
    },
    server: (path, headers = {}) => exchange(`${service.serverUrl}${path}`, { headers }),
    post: (path, body) => exchange(`${service.serverUrl}${path}`, { method: 'POST', body: JSON.stringify(body) }),
    cloud: (path, headers = { 'X-API-Key': service.fake.cloudKey }) =>
      exchange(`${service.cloudUrl}${path}`, { headers }),
    async cloudLink() {
      const prompt = service.fake.prompts.at(-1) ?? service.fake.addPrompt();
      const answer = await session.cloud(`/api/view?filename=${prompt.files[0]!.cloudName}`);
      return String(answer.headers.location);
    },
    async restartWith(options) {
      await service.close();
      service = await startFakeComfyUi({ now: () => START, ...options });
    },
  };
  return session;
}
