export { arrayOf } from "./binary.ts";
export { arg, as, nullable, orNull } from "./columns.ts";
export type { Column, Param } from "./columns.ts";
export { fn, sql, table } from "./sql.ts";
export type { ParamValues, RowOf, Statement } from "./sql.ts";
