/** The media host, `replicate.delivery` and whatever is below it. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';
import type { PredictionStore } from './predictions.js';

export interface DeliveryOptions {
  readonly store: PredictionStore;
  /** The refusal of a request without the token, where the host asks for it. */
  refusal(request: FakeRequest): Answer | undefined;
}

export function createDelivery({ store, refusal }: DeliveryOptions): (request: FakeRequest) => Answer {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return words(405, 'Method Not Allowed');
    const refused = refusal(request);
    if (refused !== undefined) return refused;
    const file = store.file(request.path);
    // A file that is gone and one that never was look the same. Clients know them by the status; the words are likely.
    return file === undefined ? words(404, 'Not Found') : serveMediaFile(request, file);
  };
}

function words(status: number, text: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: Buffer.from(`${text}\n`) };
}
