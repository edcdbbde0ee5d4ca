import { describe, expect, test } from "vitest";
import { judgeServer, versionName } from "./check-server.ts";

const fine = {
  version: 180_004,
  encoding: "UTF8",
  clientEncoding: "UTF8",
  dateStyle: "ISO, MDY",
  byteaOutput: "hex",
  fsync: "on",
  fullPageWrites: "on",
  standby: false,
  readOnly: "off",
};

describe("which servers Longmen works on", () => {
  test.each([150_000, 150_018, 160_004, 170_000, 180_004])("%i is accepted", (version) => {
    expect(judgeServer({ ...fine, version })).toBe(false);
  });

  test.each([90_624, 120_000, 140_099])("%i is refused by name", (version) => {
    expect(() => judgeServer({ ...fine, version })).toThrow(
      expect.objectContaining({ code: "postgres.version_unsupported" }),
    );
  });

  test("the refusal says what was found and what is needed", () => {
    expect(() => judgeServer({ ...fine, version: 140_012 })).toThrow(
      "PostgreSQL 14.12 is too old; Longmen needs 15 or newer",
    );
  });

  test("a server newer than any tested one is accepted with a warning", () => {
    expect(judgeServer({ ...fine, version: 190_000 })).toBe(true);
  });

  test.each([
    [{ encoding: "SQL_ASCII" }, "server_encoding is SQL_ASCII"],
    [{ clientEncoding: "LATIN1" }, "client_encoding is LATIN1"],
    [{ dateStyle: "German, DMY" }, "datestyle is German, DMY"],
    [{ byteaOutput: "escape" }, "bytea_output is escape"],
  ])("a setting that would change what is read is refused: %j", (facts, words) => {
    expect(() => judgeServer({ ...fine, ...facts })).toThrow(words);
  });

  test.each([[{ standby: true }], [{ readOnly: "on" }]])("%j is read-only", (facts) => {
    expect(() => judgeServer({ ...fine, ...facts })).toThrow(
      expect.objectContaining({ code: "postgres.read_only" }),
    );
  });

  test("versions are written as people say them", () => {
    expect(versionName(150_018)).toBe("15.18");
  });
});
