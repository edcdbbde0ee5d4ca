/** What is this machine alone, and what may be reached from elsewhere. */
import { networkInterfaces } from "node:os";

/** Is it an address, or the name of one, that only this machine reaches? */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** The address by which this machine reaches what listens at `host`: "every" is none to go to. */
export function ownAddress(host: string): string {
  if (host === EVERY_IPV4) return "127.0.0.1";
  return isEveryIpv6(host) ? "::1" : host;
}

type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * An address by which other machines reach what listens at `host`: of "every", the first of this
 * machine's own; where it has none but loopback, that.
 */
export function addressForOthers(
  host: string,
  interfaces: Interfaces = networkInterfaces(),
): string {
  if (host !== EVERY_IPV4 && !isEveryIpv6(host)) return host;
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  // Every IPv6 address takes IPv4, too. A link-local one is none without the name of its interface.
  const outside = all.filter(({ internal, scopeid }) => !internal && !scopeid);
  const ipv4 = outside.find(({ family }) => family === "IPv4");
  const found = ipv4 ?? (host === EVERY_IPV4 ? undefined : outside[0]);
  return found?.address ?? ownAddress(host);
}

const EVERY_IPV4 = "0.0.0.0";

function isEveryIpv6(host: string): boolean {
  return /^(0{0,4}:)*:?0{0,4}$/.test(host) && host.includes(":");
}
