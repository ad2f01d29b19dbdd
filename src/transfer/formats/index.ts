/** The check that a body is a whole picture, video or sound. */

export { type FormatCheck, type FormatCheckOptions, openFormatCheck } from './format-check.js';
export type { FormatProblem, FormatVerdict } from './verdict.js';
