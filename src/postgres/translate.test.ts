import { describe, expect, test } from "vitest";
import { LongmenError } from "../base/index.ts";
import { constraintOf, isConnectionLoss, sqlStateOf, translateDatabaseError } from "./translate.ts";

function coded(code: string, message = "it says so", more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

function codeOf(error: unknown): string {
  const translated = translateDatabaseError(error);
  return translated instanceof LongmenError ? translated.code : "as it was";
}

describe("errors get their names", () => {
  test.each([
    ["08006", "postgres.connection_lost"],
    ["08001", "postgres.unreachable"],
    ["22021", "postgres.text_malformed"],
    ["25006", "postgres.read_only"],
    ["25P02", "postgres.transaction_aborted"],
    ["25P03", "postgres.transaction_idle"],
    ["28000", "postgres.login_refused"],
    ["28P01", "postgres.login_refused"],
    ["3D000", "postgres.database_missing"],
    ["40001", "postgres.serialization"],
    ["40P01", "postgres.deadlock"],
    ["42501", "postgres.permission_denied"],
    ["42P01", "postgres.schema_missing"],
    ["53100", "postgres.disk_full"],
    ["53200", "postgres.out_of_memory"],
    ["53300", "postgres.too_many_connections"],
    ["55P03", "postgres.lock_timeout"],
    ["57014", "postgres.cancelled"],
    ["57P01", "postgres.connection_lost"],
    ["57P03", "postgres.unreachable"],
    ["XX001", "postgres.data_corrupted"],
    ["ECONNREFUSED", "postgres.unreachable"],
    ["EPIPE", "postgres.connection_lost"],
    ["ENOTFOUND", "postgres.unreachable"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "postgres.tls_failed"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "postgres.tls_failed"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "postgres.tls_failed"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "postgres.tls_failed"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "postgres.tls_failed"],
    ["CERT_HAS_EXPIRED", "postgres.tls_failed"],
    ["CERT_NOT_YET_VALID", "postgres.tls_failed"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "postgres.tls_failed"],
    ["ERR_OSSL_PEM_NO_START_LINE", "postgres.tls_failed"],
    ["EPROTO", "postgres.tls_failed"],
    ["26000", "postgres.unfit"],
    ["42P05", "postgres.unfit"],
    ["0A000", "as it was"],
    // Mistakes of ours, and the rooms' own refusals, are nobody's to rename.
    ["42601", "as it was"],
    ["23505", "as it was"],
    ["LM001", "as it was"],
  ])("%s is %s", (code, name) => {
    expect(codeOf(coded(code))).toBe(name);
  });

  test.each([
    ["Connection terminated unexpectedly", "postgres.connection_lost"],
    ["timeout exceeded when trying to connect", "postgres.pool_exhausted"],
    ["Connection terminated due to connection timeout", "postgres.unreachable"],
    [
      "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string",
      "postgres.login_refused",
    ],
    ["The server does not support SSL connections", "postgres.tls_failed"],
    ["something else", "as it was"],
  ])("the driver's %j is %s", (message, name) => {
    expect(codeOf(new Error(message))).toBe(name);
  });

  test("a socket that is not there is no file of TLS", () => {
    const enoent = (syscall: string) => coded("ENOENT", "no such file", { syscall });
    expect(codeOf(enoent("connect"))).toBe("postgres.unreachable");
    expect(codeOf(enoent("open"))).toBe("postgres.tls_failed");
  });

  test("a standby's refusal is known by its routine, whatever language it speaks", () => {
    const words = "kann in einer Wiederherstellung nicht schreibend werden";
    expect(codeOf(coded("0A000", words, { routine: "call_bool_check_hook" }))).toBe(
      "postgres.read_only",
    );
  });

  test("a host with two addresses fails like its first one", () => {
    const both = new AggregateError([coded("ECONNREFUSED"), coded("ECONNREFUSED")], "");
    expect(codeOf(both)).toBe("postgres.unreachable");
  });

  test("a name given once stays, and the cause is kept", () => {
    const cause = coded("53100", "could not extend file");
    const named = translateDatabaseError(cause);
    expect(translateDatabaseError(named)).toBe(named);
    expect(named.cause).toBe(cause);
    expect(named.message).toContain("could not extend file");
  });

  test("only a broken connection leaves the outcome open", () => {
    expect(isConnectionLoss(coded("57P01"))).toBe(true);
    expect(isConnectionLoss(coded("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"))).toBe(true);
    expect(isConnectionLoss(coded("40P01"))).toBe(false);
    expect(isConnectionLoss(new Error("a bug"))).toBe(false);
  });

  test("a constraint's name is told for broken constraints only", () => {
    expect(constraintOf(coded("23505", "", { constraint: "one key each" }))).toBe("one key each");
    expect(constraintOf(coded("42601", "", { constraint: "no" }))).toBeUndefined();
    expect(sqlStateOf(new Error("no code"))).toBeUndefined();
  });
});
