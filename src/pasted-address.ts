/** Addresses of services as people paste them. */

/** Browsers leave the scheme out of what they show; some pages leave it out of their links. */
const WITHOUT_SCHEME = /^(?:\/\/)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)+(?:[/?#]|$)/iu;

/**
 * The http or https URL that a text is, with its scheme or without. Every word with a dot in it may be one: whose it is
 * shows in its host. `undefined` for all else, and for one with a port, a user name or a password, which no page of a
 * service has.
 */
export function pastedAddress(typed: string): URL | undefined {
  const text = WITHOUT_SCHEME.test(typed) ? `https://${typed.replace(/^\/\//u, '')}` : typed;
  if (!/^https?:\/\//iu.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.port === '' ? url : undefined;
}
