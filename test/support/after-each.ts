import { afterEach } from '@jest/globals';

/**
 * Opens as `open` does, and closes after each test whatever it opened.
 * @param close Also looks back, where something must hold of every one at its end.
 */
export function closedAfterEach<Given extends unknown[], Opened>(
  open: (...given: Given) => Promise<Opened>,
  close: (opened: Opened) => Promise<void>,
): (...given: Given) => Promise<Opened> {
  const opened: Opened[] = [];
  afterEach(async () => {
    for (const other of opened.splice(0)) await close(other);
  });
  return async (...given) => {
    const other = await open(...given);
    opened.push(other);
    return other;
  };
}
