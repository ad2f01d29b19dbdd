import { AlbarettoError, type RawRecord, rawRecord } from '../../src/plugin.js';

/**
 * The service's own record, for the person's archive.
 * @param value Without loss.
 * @throws E_BAD_ANSWER for a record that is nested too deeply to be written down.
 */
export function record(value: unknown, what: string): RawRecord {
  try {
    return rawRecord(value);
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError)) throw thrown;
    throw thrown.with({ message: `${what}: ${thrown.message}`, plugin: 'happy-accidents' });
  }
}
