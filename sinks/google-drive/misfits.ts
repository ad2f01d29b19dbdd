/**
 * What people give instead of credentials.json, and what to do about each. Nothing of the text itself is repeated: much of
 * it is secret.
 */

export interface Misfit {
  /** What it is, to be read after "… is": `an API key`. */
  readonly is: string;
  readonly remedy: string;
}

/** The short way to the right file; the README has it step by step. */
export const GET_CREDENTIALS =
  'in the Google Cloud console (https://console.cloud.google.com/auth/clients) create a client of the type "Desktop app" and download its JSON';

const DESKTOP = `${GET_CREDENTIALS}, then give the path of that file`;

/** Texts that are no JSON, most telling first. */
const TEXTS: readonly { readonly looks: RegExp; readonly misfit: Misfit }[] = [
  { looks: /^\s*$/u, misfit: { is: 'empty', remedy: `download it again: ${GET_CREDENTIALS}` } },
  {
    looks: /^\s*<(!doctype|html|\?xml|head|body)/iu,
    misfit: {
      is: 'a web page',
      remedy: `use the console's download button instead of saving the page: ${GET_CREDENTIALS}`,
    },
  },
  {
    looks: /^\s*AIza[\w-]{20,}\s*$/u,
    misfit: { is: "an API key, which cannot write to anybody's Drive", remedy: DESKTOP },
  },
  { looks: /^\s*[\w-]+\.apps\.googleusercontent\.com\s*$/u, misfit: { is: 'only a client id', remedy: DESKTOP } },
  { looks: /^\s*GOCSPX-[\w-]+\s*$/u, misfit: { is: 'only a client secret', remedy: DESKTOP } },
  {
    looks: /^\s*(Bearer\s+)?ya29\.[\w.-]+\s*$/u,
    misfit: { is: 'an access token, which ends within the hour', remedy: DESKTOP },
  },
  { looks: /^\s*1\/\/?[\w-]{20,}\s*$/u, misfit: { is: 'a refresh token without its client', remedy: DESKTOP } },
  { looks: /^\s*4\/[\w-]{20,}\s*$/u, misfit: { is: 'a sign-in code, which works once', remedy: DESKTOP } },
  {
    looks: /-----BEGIN [A-Z ]*PRIVATE KEY-----/u,
    misfit: {
      is: 'a bare private key',
      remedy: 'give the whole JSON key file of the service account (Keys, Add key, JSON)',
    },
  },
  { looks: /^\s*\[[^\]\n]+\]\s*\n\s*type\s*=/u, misfit: { is: 'a configuration of rclone', remedy: DESKTOP } },
  { looks: /^PK\u0003\u0004/u, misfit: { is: 'a ZIP archive', remedy: 'unpack it and give the JSON file inside' } },
  { looks: /\u0000/u, misfit: { is: 'a binary file', remedy: `${DESKTOP}; keys in P12 form are not taken, JSON is` } },
];

/** What a text that is not JSON is. */
export function misfitOfText(text: string): Misfit {
  const known = TEXTS.find(({ looks }) => looks.test(text));
  if (known !== undefined) return known.misfit;
  const cut = /^\s*[{[]/u.test(text);
  return cut
    ? { is: 'damaged JSON', remedy: `download it again, whole: ${GET_CREDENTIALS}` }
    : { is: 'not a JSON file', remedy: DESKTOP };
}

/** What a JSON value that holds neither a client nor an account is. */
export function misfitOfJson(value: unknown): Misfit {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { is: 'JSON of another kind', remedy: DESKTOP };
  const has = (name: string) => Object.hasOwn(value, name);
  const type = (value as { type?: unknown }).type;
  if (type === 'external_account' || type === 'external_account_authorized_user') {
    return { is: 'a workload or workforce identity configuration, which is not supported', remedy: DESKTOP };
  }
  if (type === 'impersonated_service_account' || type === 'gdch_service_account') {
    return {
      is: 'a kind of service account that is not supported',
      remedy: 'give a JSON key file of the service account itself',
    };
  }
  if (has('access_token') || has('refresh_token') || has('token')) {
    return { is: 'a file of tokens without the client that they belong to', remedy: DESKTOP };
  }
  if (has('project_info') || has('apiKey')) return { is: 'a Firebase configuration', remedy: DESKTOP };
  if (has('keys') || has('private_key')) return { is: 'an incomplete key file', remedy: DESKTOP };
  return { is: 'JSON without an OAuth client in it', remedy: DESKTOP };
}
