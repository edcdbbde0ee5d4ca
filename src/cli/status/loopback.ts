/** What is this machine alone, and what may be reached from elsewhere. */

/** Is it an address, or the name of one, that only this machine reaches? */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** The address by which this machine reaches what listens at `host`: "every" is none to go to. */
export function ownAddress(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return /^(0{0,4}:)*:?0{0,4}$/.test(host) && host.includes(":") ? "::1" : host;
}
