/** Which methods a path has. The eight kinds know no 405: it is 404, with the methods that there are. */
import type { Route } from "./route.ts";

/** Answers a function from a path, as it came, to its methods in order; none where nothing is. */
export function methodsOf(routes: readonly Route[]): (path: string) => readonly string[] {
  const patterns = routes.map(({ path, method }) => {
    return { pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`), method };
  });
  return (path) => {
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map((one) => one.method);
    const all = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    return [...new Set(all)].sort();
  };
}
