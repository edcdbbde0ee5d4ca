/**
 * Formats of texts that schemas may ask for, checked by bounded patterns: schemas that are made from samples have them.
 * Source: JSON Schema 2020-12, Validation, 7.3; RFC 3339, RFC 5321 (lengths), RFC 9562.
 */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const EMAIL = /^[^\s@"<>()[\]\\,;:]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const URI = /^[a-z][a-z0-9+.-]*:[^\s"<>\\^`{|}]+$/i;

const formats = {
  date: isDate,
  time: (text: string) => TIME.test(text),
  "date-time": (text: string) =>
    /^.{10}t/i.test(text) && isDate(text.slice(0, 10)) && TIME.test(text.slice(11)),
  email: (text: string) => EMAIL.test(text),
  uuid: (text: string) => UUID.test(text),
  uri: (text: string) => URI.test(text),
} as const;

type Format = keyof typeof formats;
export const formatNames = Object.keys(formats);

export const isFormat = (name: unknown): name is Format =>
  typeof name === "string" && Object.hasOwn(formats, name);

export const hasFormat = (name: Format, text: string): boolean => formats[name](text);

/** A day that the calendar has. */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
