import { AlbarettoError, type RawRecord, rawRecord } from '../../src/plugin.js';
import { badAnswer } from './answers.js';

/**
 * The service's own record, for the person's archive.
 * @param value Without loss.
 * @throws E_BAD_ANSWER for a record that cannot be written down: nested too deeply, or made to look like what it is not.
 */
export function record(value: unknown, what: string): RawRecord {
  try {
    return rawRecord(value);
  } catch (thrown) {
    if (thrown instanceof AlbarettoError) throw thrown;
    throw badAnswer(what, 'a record that cannot be written down');
  }
}
