/**
 * The one place that loads googleapis: by the deep path of Drive alone (a tenth of the whole package's start-up time), and
 * only when this sink is first used. The path is private by convention; a test guards it.
 */

import type { SinkContext } from '../../src/plugin.js';
import type { OAuthClient, ServiceAccount } from './identity.js';

export type Library = typeof import('googleapis/build/src/apis/drive/index.js');
export type OAuth2Client = InstanceType<Library['auth']['OAuth2']>;
export type Jwt = InstanceType<Library['auth']['JWT']>;
type ClientOptions = NonNullable<Exclude<ConstructorParameters<Library['auth']['OAuth2']>[0], string>>;

/** The library is CommonJS: Node shows its members as named exports, a bundle as the default one. */
export async function loadLibrary(): Promise<Library> {
  const loaded = (await import('googleapis/build/src/apis/drive/index.js')) as Library & { readonly default?: Library };
  return loaded.default ?? loaded;
}

/**
 * Everything that the library sends goes through the program's own HTTP client, once: its retries would repeat what must
 * not be repeated and ignore Retry-After. Its interceptors are left out, because all they add is logging that can show
 * tokens.
 */
function clientOptions(context: SinkContext): ClientOptions {
  return {
    useAuthRequestParameters: false,
    transporterOptions: {
      fetchImplementation: (input, init) => context.http.fetch(input, withoutName(init)),
      retry: false,
      retryConfig: { retry: 0, noResponseRetries: 0 },
      errorRedactor: withoutRequest,
      // With an agent given, the library makes none of its own from the proxy variables of the environment.
      agent: () => undefined as never,
    },
  };
}

type Redactor = Exclude<NonNullable<NonNullable<ClientOptions['transporterOptions']>['errorRedactor']>, false>;

/**
 * Takes what was sent off an error: the token, what the address may hold, and the body. The library's own way looks
 * through a body byte by byte, which takes half a second for each chunk of an upload that was not answered with 2xx.
 */
const withoutRequest: Redactor = (data) => {
  for (const config of [data.config, data.response?.config]) {
    if (config === undefined) continue;
    delete config.data;
    delete config.body;
    config.headers.delete('authorization');
    config.url = new URL(config.url.pathname, config.url);
  }
  return data;
};

export function createOAuthClient(
  library: Library,
  context: SinkContext,
  client?: Pick<OAuthClient, 'id' | 'secret'>,
): OAuth2Client {
  return new library.auth.OAuth2({
    ...clientOptions(context),
    ...(client === undefined ? {} : { clientId: client.id }),
    ...(client?.secret === undefined ? {} : { clientSecret: client.secret }),
  });
}

export function createJwt(library: Library, context: SinkContext, account: ServiceAccount, scope: string): Jwt {
  return new library.auth.JWT({
    ...clientOptions(context),
    email: account.email,
    key: account.privateKey,
    scopes: [scope],
  });
}

/** The program goes by its own name, which the person may choose. */
function withoutName(init: RequestInit | undefined): RequestInit {
  const headers = new Headers(init?.headers);
  headers.delete('user-agent');
  return { ...init, headers };
}
