import { expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const behind = clientAddress(["10.0.0.1", "192.168.0.0/16", "fd00::/8"]);

test("nobody is believed unless named", () => {
  expect(clientAddress()("10.0.0.1", "203.0.113.9")).toBe("10.0.0.1");
  expect(clientAddress([])("::ffff:127.0.0.1", "203.0.113.9")).toBe("127.0.0.1");
  expect(behind("203.0.113.5", "198.51.100.1")).toBe("203.0.113.5");
  expect(behind(undefined, "198.51.100.1")).toBe("unknown");
});

test("a named proxy tells who came, as far as the chain is made of named ones", () => {
  expect(behind("10.0.0.1", "203.0.113.9")).toBe("203.0.113.9");
  expect(behind("::ffff:10.0.0.1", "203.0.113.9")).toBe("203.0.113.9");
  expect(behind("10.0.0.1", "203.0.113.9, 192.168.4.4")).toBe("203.0.113.9");
  // What stands before the first stranger was written by that stranger.
  expect(behind("10.0.0.1", "1.2.3.4, 203.0.113.9, 192.168.4.4")).toBe("203.0.113.9");
  expect(behind("fd00::7", "2001:db8::1")).toBe("2001:db8::1");
  expect(behind("10.0.0.1", "[2001:db8::1]:4711")).toBe("2001:db8::1");
  expect(behind("10.0.0.1", ["1.1.1.1", "203.0.113.9:80"])).toBe("203.0.113.9");
});

test("what is no address ends the search", () => {
  expect(behind("10.0.0.1", "")).toBe("10.0.0.1");
  expect(behind("10.0.0.1", "unknown")).toBe("10.0.0.1");
  expect(behind("10.0.0.1", "203.0.113.9, x\u0000y")).toBe("10.0.0.1");
  expect(behind("10.0.0.1", "203.0.113.9, _hidden, 192.168.1.1")).toBe("192.168.1.1");
  expect(behind("10.0.0.1", "192.168.1.1,".repeat(10_000))).toBe("10.0.0.1");
});
