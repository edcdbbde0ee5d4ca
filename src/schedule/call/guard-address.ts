/**
 * Where calls may go. Whoever may make a schedule must not reach through it what only this machine can reach:
 * a call goes to addresses of the public internet, over https; to anything else only where the node's own
 * options name the host. The address that was checked is the one that is connected to, so that a name which
 * answers differently the second time gains nothing.
 */
import { lookup as resolveName } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { fail } from "../../base/index.ts";
import { scheduleErrors } from "../schedule.errors.ts";

/** IANA's special-purpose registries (RFC 6890 and later): nothing of them is public. */
const special4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
/** What leads to an IPv4 address by another way, too: mapped, translated, 6to4, Teredo. */
const special6 = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const;

// Two lists: one that has all mapped addresses would hold every IPv4 address for one of them.
const list4 = new BlockList();
const list6 = new BlockList();
for (const [net, bits] of special4) list4.addSubnet(net, bits, "ipv4");
for (const [net, bits] of special6) list6.addSubnet(net, bits, "ipv6");

export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !list4.check(address, "ipv4");
  return version === 6 && !list6.check(address, "ipv6");
}

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Of a name. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

const resolveAll: Resolve = async (host) => {
  const found = await resolveName(host, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

export interface Guarding {
  /** Hosts that may be called wherever they are, and by http; with a port only at that port. */
  readonly allowHosts: readonly string[];
  readonly resolve?: Resolve | undefined;
}

/** The address to connect to. Refuses: schedule.call_not_allowed. */
export async function addressOf(
  url: URL,
  { allowHosts, resolve = resolveAll }: Guarding,
): Promise<Address> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const refuse = (why: string) => fail(scheduleErrors, "call_not_allowed", { host: url.host, why });
  const isAllowed = allowHosts.some((allowed) => isSameHost(allowed, url));
  if (url.protocol !== "https:" && !isAllowed) throw refuse("it would not be encrypted");
  const version = isIP(host);
  const found: readonly Address[] =
    version === 0 ? await resolve(host) : [{ address: host, family: version === 6 ? 6 : 4 }];
  const [first] = isAllowed ? found : found.filter(({ address }) => isPublicAddress(address));
  if (first === undefined) throw refuse("it has no public address");
  return first;
}

function isSameHost(allowed: string, url: URL): boolean {
  const name = allowed.toLowerCase();
  return name === url.host || name === url.hostname || name === `${url.hostname}:${portOf(url)}`;
}

const portOf = ({ port, protocol }: URL): string =>
  port !== "" ? port : protocol === "https:" ? "443" : "80";
