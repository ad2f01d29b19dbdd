/** Whether two addresses lead to one server, by whichever name this machine is called. */

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u;

/** @param hostname As `URL.hostname` has it. */
export function isThisMachine(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

export function isSameServer(one: URL, other: URL): boolean {
  const place = ({ protocol, hostname, port }: URL) =>
    `${protocol}//${isThisMachine(hostname) ? 'loopback' : hostname}:${port}`;
  return place(one) === place(other);
}
