import { posix } from "node:path";
import { exists, type Finding, type Tree } from "../tree.ts";

/** Every relative link of every page leads to a file, and to a heading where it names one. */
export function links(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    if (!path.endsWith(".md")) continue;
    for (const { target, line } of linksIn(text)) {
      const message = judge(tree, path, target);
      if (message !== undefined) findings.push({ path, line, message });
    }
  }
  return findings;
}

interface Link {
  readonly target: string;
  readonly line: number;
}

function linksIn(text: string): readonly Link[] {
  return proseLines(text).flatMap((content, index) => {
    const inline = [...content.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
    const defined = [...content.matchAll(/^\[[^\]]+\]:\s+(\S+)/g)];
    const sources = [...content.matchAll(/\b(?:src|href)="([^"]+)"/g)];
    return [...inline, ...defined, ...sources].map((match) => ({
      target: match[1] ?? "",
      line: index + 1,
    }));
  });
}

/** The page's lines with code blocks and code spans blanked: what stands there is not a link. */
function proseLines(text: string): readonly string[] {
  let inCode = false;
  return text.split("\n").map((line) => {
    if (/^\s*(```|~~~)/.test(line)) {
      inCode = !inCode;
      return "";
    }
    return inCode ? "" : line.replaceAll(/`[^`]*`/g, (span) => " ".repeat(span.length));
  });
}

function judge(tree: Tree, from: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined;
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? from : posix.join(posix.dirname(from), decodeURIComponent(file));
  if (target.startsWith("..") || link.startsWith("/")) return `${link} leads out of the repository`;
  if (!exists(tree, target)) return `${link} leads nowhere`;
  const page = tree.get(target);
  if (anchor === undefined || page === undefined || !target.endsWith(".md")) return undefined;
  return anchorsOf(page).has(anchor) ? undefined : `${link}: there is no such heading`;
}

/** Headings as the links to them are written. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  let inCode = false;
  for (const line of text.split("\n")) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode;
    const heading = inCode ? undefined : /^#{1,6}\s+(.+?)\s*$/.exec(line)?.[1];
    if (heading !== undefined) anchors.add(slug(heading));
  }
  return anchors;
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}
