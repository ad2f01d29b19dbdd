/**
 * Keeps secrets out of everything that is printed, logged or written beside the pictures (promise 4).
 *
 * Two nets: the very secrets of this run, which whoever reads one registers, and the forms that secrets of the known
 * services have, for those that nobody registered (one in a service's error text, one that a person typed in the wrong
 * place).
 */

const MASK = '‹redacted›';

/** A registered secret shorter than this would blank ordinary words. */
const SHORTEST = 6;

const FORMS: readonly RegExp[] = [
  /\b(Bearer|Client-ID|Basic)\s+[\w.~+/=-]{6,}/giu,
  /\b(?:sess|sk|rk|pk)-[\w-]{6,}/gu,
  /\br8_\w{6,}/gu,
  /\bya29\.[\w.-]+/gu,
  /\bGOCSPX-[\w-]+/gu,
  /\b[14]\/\/?0[\w-]{10,}/gu,
  /\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/gu,
];

/** The parameters of URLs and forms that carry a secret or sign a link. */
const SECRET_PARAMETER =
  /([?&#;\s"'](?:sig|signature|token|access_token|refresh_token|id_token|code|code_verifier|client_secret|api_?key|key|upload_id|x-amz-[\w-]+|x-goog-signature|policy|hmac|skoid|sktid|state)=)[^&#\s"'<>]+/giu;

const SECRET_JSON_FIELD =
  /("(?:access_token|refresh_token|id_token|client_secret|private_key|code|sensitive_id)"\s*:\s*")[^"]*/giu;

export interface Redactor {
  /** Registers a secret of this run. */
  add(secret: string): void;
  /** The text without secrets. */
  clean(text: string): string;
  /** Whether `clean` would change the text. */
  finds(text: string): boolean;
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  const clean = (text: string): string => {
    let result = text;
    for (const secret of secrets) if (result.includes(secret)) result = result.replaceAll(secret, MASK);
    for (const form of FORMS)
      result = result.replace(form, (_match, scheme?: unknown) =>
        typeof scheme === 'string' ? `${scheme} ${MASK}` : MASK,
      );
    return result.replace(SECRET_PARAMETER, `$1${MASK}`).replace(SECRET_JSON_FIELD, `$1${MASK}`);
  };
  return {
    add(secret) {
      if (secret.length < SHORTEST) return;
      secrets.add(secret);
      const encoded = encodeURIComponent(secret);
      if (encoded !== secret) secrets.add(encoded);
    },
    clean,
    finds: (text) => clean(text) !== text,
  };
}
