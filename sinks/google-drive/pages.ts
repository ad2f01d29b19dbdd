/** The pages that the browser shows when a sign-in comes back: small, without script, and loading nothing. */

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

export const PAGES = {
  /** Google's answer is here; whether it holds is seen in the terminal. */
  received: { status: 200, title: 'Received', text: 'albaretto goes on in the terminal. You can close this page.' },
  refused: { status: 200, title: 'Not allowed', text: 'Google gave no access. The terminal says what to do.' },
  foreign: {
    status: 403,
    title: 'Not this sign-in',
    text: 'This address belongs to another sign-in. Use the latest one.',
  },
  incomplete: { status: 400, title: 'Nothing here', text: 'This address does not carry the answer of a sign-in.' },
  settled: { status: 410, title: 'Already received', text: 'This sign-in has ended. You can close this page.' },
  unknown: { status: 404, title: 'Nothing here', text: 'There is nothing at this address.' },
  wrongMethod: { status: 405, title: 'Nothing here', text: 'This address is only ever opened by a browser.' },
} as const satisfies Record<string, Page>;

/** All texts are constants of this file: nothing that came with a request is repeated. */
export function renderPage(page: Page): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>albaretto: ${page.title}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:30rem;padding:0 1rem}</style>
<h1>${page.title}</h1>
<p>${page.text}</p>
</html>
`;
}

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Each page ends its connection, so that none is left over when the sign-in is done.
  connection: 'close',
} as const;
