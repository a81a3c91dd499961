// Names that always mean this machine.

/** `hostname` as `URL` has it, so an IPv6 address stands in brackets. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
}
