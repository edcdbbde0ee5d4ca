import { expect, test } from "vitest";
import { addressForOthers, ownAddress } from "./loopback.ts";

const address = (text: string, family: "IPv4" | "IPv6", internal = false, scopeid = 0) => ({
  ...{ address: text, netmask: "", mac: "", internal, cidr: null },
  ...(family === "IPv4" ? { family } : { family, scopeid }),
});

const loopback = { lo: [address("127.0.0.1", "IPv4", true), address("::1", "IPv6", true)] };
const wired = {
  ...loopback,
  eth0: [address("fe80::1", "IPv6", false, 2), address("2001:db8::7", "IPv6")],
};
const both = { ...wired, eth1: [address("192.0.2.7", "IPv4")] };

test.each([
  ["0.0.0.0", both, "192.0.2.7"],
  ["0.0.0.0", wired, "127.0.0.1"],
  ["0.0.0.0", {}, "127.0.0.1"],
  ["::", both, "192.0.2.7"],
  ["::", wired, "2001:db8::7"],
  ["::", loopback, "::1"],
  ["192.0.2.9", both, "192.0.2.9"],
  ["books.example", both, "books.example"],
  ["127.0.0.1", both, "127.0.0.1"],
])("others reach what listens at %s by an address that they can go to", (host, found, expected) => {
  expect(addressForOthers(host, found)).toBe(expected);
});

test("this machine reaches every address by loopback", () => {
  expect(ownAddress("0.0.0.0")).toBe("127.0.0.1");
  expect(ownAddress("0:0:0:0:0:0:0:0")).toBe("::1");
  expect(ownAddress("192.0.2.9")).toBe("192.0.2.9");
});
