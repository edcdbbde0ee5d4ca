/**
 * Where a request comes from: the peer of its connection, unless that is a proxy that was named. Only
 * a named proxy's X-Forwarded-For is believed, from its end on, as far as it names such proxies: what
 * stands before may have been written by anybody.
 */
import { BlockList, isIP } from "node:net";

export type ClientAddress = (
  peer: string | undefined,
  forwardedFor: string | string[] | undefined,
) => string;

/** How many hops are looked at: a longer header is nobody's honest way. */
const HOPS_MAX = 32;

/** `proxies` are addresses and CIDR ranges, checked where they are configured. */
export function clientAddress(proxies: readonly string[] = []): ClientAddress {
  const named = new BlockList();
  for (const text of proxies) {
    const [address = "", bits] = text.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) named.addAddress(address, family);
    else named.addSubnet(address, Number(bits), family);
  }
  const isNamed = (address: string) => named.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return (peer, forwardedFor) => {
    let from = plain(peer ?? "unknown");
    if (proxies.length === 0 || forwardedFor === undefined || isIP(from) === 0) return from;
    const hops = [forwardedFor].flat().join(",").split(",").slice(-HOPS_MAX).reverse();
    for (const hop of hops) {
      if (!isNamed(from)) break;
      const before = plain(hop.trim());
      if (isIP(before) === 0) break;
      from = before;
    }
    return from;
  };
}

/** An IPv4 address as a socket of both families has it, `::ffff:192.0.2.7`, is 192.0.2.7; a port is cut. */
function plain(address: string): string {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address;
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/i.exec(bare)?.[1];
  return v4 ?? bare;
}
