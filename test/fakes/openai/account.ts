/** Refusals that end only when the owner of the account does something. A test injects them as faults. */

import type { Fault } from '../service/faults.js';
import { apiError } from './errors.js';

/** The money is used up: another attempt is of no use, and no header says when to make one. */
export const INSUFFICIENT_QUOTA: Fault = {
  kind: 'status',
  status: 429,
  body: apiError(429, 'You exceeded your current quota, please check your plan and billing details.', {
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }).body.toString('utf8'),
  headers: { 'x-should-retry': 'false' },
};

/** The clients of the service are asked to slow down, by its own header in milliseconds. */
export const SLOW_DOWN: Fault = {
  kind: 'status',
  status: 429,
  body: apiError(429, 'Please slow down.', { type: 'rate_limit_error', code: 'slow_down' }).body.toString('utf8'),
  headers: { 'retry-after-ms': '250' },
};
