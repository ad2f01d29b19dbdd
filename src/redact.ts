/**
 * Keeps secrets out of everything that is printed, logged or written beside the pictures (promise 4).
 *
 * Two nets: the very secrets of this run, which whoever reads one registers, and the forms that secrets of the known
 * services have, for those that nobody registered (one in a service's error text, one that a person typed in the wrong
 * place).
 */

import { printable } from './printable.js';

const MASK = '‹redacted›';

/** A registered secret shorter than this would blank ordinary words. */
const SHORTEST = 6;

const FORMS: readonly RegExp[] = [
  /(\bauthorization["']?\s*[:=])\s*["']?(?:(?:bearer|basic|client-id|token)\s+(?:token=)?["']?)?[^\s"',;]+/giu,
  // A digit, a padding or 24 characters: `basic drawing of a robot` is a prompt and no credential.
  /\b(bearer|client-id|basic)\s+(?=[\w.~+/-]*[\d=]|[\w.~+/-]{24})[\w.~+/=-]{6,}/giu,
  /\b(?:sess|sk|rk|pk)-[\w-]{6,}/gu,
  /\br8_\w{6,}/gu,
  /\bya29\.[\w.-]+/gu,
  /\bGOCSPX-[\w-]+/gu,
  /\b[14]\/\/?0[\w-]{10,}/gu,
  // Bounded, because a text may hold the beginning of one at every fifth character.
  /\beyJ[\w-]{8,2000}\.[\w-]+\.?[\w-]*/gu,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu,
];

/** The user of a URL, to its last `@`: `http://name:p@ssword@proxy:3128`. */
const URL_USER = /(\b[a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#"'<>]+@/giu;

/** The parameters of URLs and forms that carry a secret or sign a link. */
const SECRET_PARAMETER =
  /((?:^|[?&#;\s"'])(?:sig|signature|token|access_token|refresh_token|id_token|code|code_verifier|client_secret|api_?key|key|upload_id|x-amz-[\w-]+|x-goog-signature|policy|hmac|skoid|sktid|state)=)[^&#\s"'<>]+/giu;

const SECRET_JSON_FIELD =
  /("(?:access_token|refresh_token|id_token|client_secret|private_key|code|sensitive_id|token|api_?key|password)"\s*:\s*")(?:[^"\\]|\\.)*/giu;

export interface Redactor {
  /** Registers a secret of this run. */
  add(secret: string): void;
  /** The text without secrets. */
  clean(text: string): string;
  /** Whether `clean` would change the text. */
  finds(text: string): boolean;
}

export function createRedactor(): Redactor {
  /** Longest first: a secret that is part of another must not leave the other's rest behind. */
  let secrets: readonly string[] = [];
  const clean = (text: string): string => {
    let result = text;
    for (const secret of secrets) if (result.includes(secret)) result = result.replaceAll(secret, MASK);
    if (result.includes('…')) result = withoutCutSecrets(result, secrets);
    for (const form of FORMS)
      result = result.replace(form, (_match, scheme?: unknown) =>
        typeof scheme === 'string' ? `${scheme} ${MASK}` : MASK,
      );
    return result
      .replace(URL_USER, `$1${MASK}@`)
      .replace(SECRET_PARAMETER, `$1${MASK}`)
      .replace(SECRET_JSON_FIELD, `$1${MASK}`);
  };
  return {
    add(secret) {
      const added = spellings(secret.trim()).filter((spelling) => spelling.length >= SHORTEST);
      secrets = [...new Set([...secrets, ...added])].sort((left, right) => right.length - left.length);
    },
    clean,
    finds: (text) => clean(text) !== text,
  };
}

/** How a secret stands in a URL, a form, a JSON text and a line of output. */
function spellings(secret: string): string[] {
  const text = Buffer.from(secret, 'utf8').toString('utf8'); // half a surrogate pair cannot be encoded
  const encoded = [encodeURIComponent(text), new URLSearchParams({ '': text }).toString().slice(1)];
  const lowered = encoded.map((spelling) => spelling.replace(/%[0-9A-F]{2}/gu, (octet) => octet.toLowerCase()));
  return [secret, ...encoded, ...lowered, JSON.stringify(secret).slice(1, -1), printable(secret)];
}

/** A long text is shown cut, with `…` at its end: the beginning of a secret that stands there is one too. */
function withoutCutSecrets(text: string, secrets: readonly string[]): string {
  const [last = '', ...cut] = text.split('…').reverse();
  return [...cut.reverse().map((before) => withoutBeginning(before, secrets)), last].join('…');
}

function withoutBeginning(before: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    const beginning = secret.slice(0, SHORTEST);
    let at = before.indexOf(beginning, Math.max(0, before.length - secret.length));
    while (at >= 0 && !secret.startsWith(before.slice(at))) at = before.indexOf(beginning, at + 1);
    if (at >= 0) return `${before.slice(0, at)}${MASK}`;
  }
  return before;
}
