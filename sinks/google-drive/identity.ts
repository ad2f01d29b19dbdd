/** Who the program is towards Google: what the file credentials.json says, whichever of its kinds it is. */

/** An OAuth client; a person signs in with it. */
export interface OAuthClient {
  readonly kind: 'oauth-client';
  readonly id: string;
  /** Google documents it as optional for desktop clients, and treats it as no secret there. */
  readonly secret?: string;
  /** A redirect address that a client of the type "Web application" may use here, as it is registered. */
  readonly redirect?: string;
  /** Further ones, in the order of the file. */
  readonly otherRedirects?: readonly string[];
}

/** A person's finished sign-in, as gcloud and Google's quickstarts write it: a client and a refresh token in one. */
export interface AuthorizedUser {
  readonly kind: 'authorized-user';
  readonly id: string;
  readonly secret?: string;
  readonly refreshToken: string;
}

/** A robot account with a key of its own. */
export interface ServiceAccount {
  readonly kind: 'service-account';
  readonly email: string;
  /** PEM. */
  readonly privateKey: string;
}

export type Identity = OAuthClient | AuthorizedUser | ServiceAccount;

/** Tells two identities apart. */
export function identityName(identity: Identity): string {
  return identity.kind === 'service-account' ? identity.email : identity.id;
}

/**
 * The Cloud project behind a client id (its number stands before the dash) or a service account: what the program may see
 * under `drive.file`, and the properties that it wrote, belong to the project and not to the client.
 */
export function projectOf(name: string): string {
  return /^(\d+)-/u.exec(name)?.[1] ?? /@([\w-]+)\.iam\.gserviceaccount\.com$/u.exec(name)?.[1] ?? name;
}
