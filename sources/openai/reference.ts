import { pastedAddress, type Recognition } from '../../src/plugin.js';

/**
 * Ids are a prefix and hexadecimal digits, 32 to 50 of them wherever they were seen; gateways that copy the API make
 * others. https://platform.openai.com/docs/api-reference/responses/object
 */
const RESPONSE = 'resp_[A-Za-z0-9_-]{8,200}';
const CONVERSATION = 'conv_[A-Za-z0-9_-]{8,200}';
const PICTURE = 'ig_[A-Za-z0-9_-]{1,200}';

const FORMS = [
  new RegExp(`^${RESPONSE}$`, 'u'),
  new RegExp(`^${CONVERSATION}$`, 'u'),
  new RegExp(`^(?:${RESPONSE}|${CONVERSATION})/${PICTURE}$`, 'u'),
  // What no request can be made for is recognised all the same: opening it says why.
  new RegExp(`^${PICTURE}$`, 'u'),
] as const;

/** OpenAI's own are shut down; what a gateway calls by such an id, this source does not read either. */
const VIDEO = /^video_[A-Za-z0-9_-]{8,200}$/u;

/** The page of a response or conversation, and the addresses in the API. */
const PAGE = new RegExp(`^/logs/(${RESPONSE}|${CONVERSATION})/?$`, 'u');
const API = new RegExp(
  `^/v1/(?:responses/(${RESPONSE})|conversations/(${CONVERSATION}))(?:/(?:input_)?items)?/?$`,
  'u',
);
const API_ITEM = new RegExp(`^/v1/conversations/(${CONVERSATION})/items/(${PICTURE})/?$`, 'u');

export function recognise(reference: string): Recognition | undefined {
  if (FORMS.some((form) => form.test(reference))) return { confidence: 'certain', reference };
  if (VIDEO.test(reference)) return { confidence: 'possible', reference };
  const url = pastedAddress(reference);
  const found = url === undefined ? undefined : referenceIn(url);
  return found === undefined ? undefined : { confidence: 'certain', reference: found };
}

function referenceIn({ hostname, pathname }: URL): string | undefined {
  if (hostname === 'platform.openai.com') return PAGE.exec(pathname)?.[1];
  if (hostname !== 'api.openai.com') return undefined;
  const [, conversation, picture] = API_ITEM.exec(pathname) ?? [];
  if (conversation !== undefined) return `${conversation}/${picture}`;
  const [, response, whole] = API.exec(pathname) ?? [];
  return response ?? whole;
}

/** A reference in its parts: what it lies in, and the one picture that is meant. */
export interface Target {
  readonly kind: 'response' | 'conversation' | 'picture' | 'video';
  readonly id: string;
  /** Of a response or conversation, where one is meant. */
  readonly picture?: string;
}

/** @param reference As `recognise` answered it. */
export function targetOf(reference: string): Target {
  const [id = '', picture] = reference.split('/');
  const kind = KINDS[id.slice(0, id.indexOf('_'))] ?? 'response';
  return { kind, id, ...(picture === undefined ? {} : { picture }) };
}

const KINDS: Readonly<Record<string, Target['kind']>> = {
  resp: 'response',
  conv: 'conversation',
  ig: 'picture',
  video: 'video',
};
