/** The few pieces of HTML that all parts of the page are made of. */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** Words of ours with commands in backticks. */
export function sentence(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** To the second, for people. */
export function moment(at: string): string {
  return escapeHtml(`${at.slice(0, 19).replace("T", " ")} UTC`);
}
