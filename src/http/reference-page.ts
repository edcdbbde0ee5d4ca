/** The reference as one page: every route, its shapes and codes, and an example that runs. */
import { createHash } from "node:crypto";
import { rowOfCode } from "./codes.ts";
import type { OpenApiDocument, Operation, Parameter } from "./openapi.ts";

const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem}
code,pre,textarea,input{font:13px/1.45 ui-monospace,monospace}
pre,textarea{background:var(--soft);border:1px solid var(--line);border-radius:4px;padding:.5rem;overflow:auto}
textarea{width:100%;min-height:7rem;box-sizing:border-box}
details{border-bottom:1px solid var(--line);padding:.35rem 0}
summary{cursor:pointer}summary b{display:inline-block;width:3.5rem}
label{display:block;margin:.3rem 0}label input{width:24rem;max-width:100%}
#bar{position:sticky;top:0;background:Canvas;padding:.5rem 0;border-bottom:1px solid var(--line)}
td{padding:.1rem .8rem .1rem 0;vertical-align:top}
`;

/** Fills the path, sends, shows. The key stays in the page. */
const script = `
const key=document.getElementById("key");
for(const form of document.querySelectorAll("form")){
  form.addEventListener("submit",async(event)=>{
    event.preventDefault();
    let path=form.dataset.path;const query=new URLSearchParams();
    for(const input of form.querySelectorAll("input")){
      if(input.dataset.in==="path")path=path.replace("{"+input.name+"}",encodeURIComponent(input.value));
      else if(input.value!=="")query.set(input.name,input.value);
    }
    const body=form.querySelector("textarea");const headers={};
    if(key.value!=="")headers.authorization="Bearer "+key.value.trim();
    if(body)headers["content-type"]="application/json";
    const out=form.querySelector("output");out.textContent="…";
    try{
      const search=query.size?"?"+query:"";
      const answer=await fetch(path+search,{method:form.dataset.method,headers,body:body?body.value:undefined});
      const text=await answer.text();let shown=text;
      try{shown=JSON.stringify(JSON.parse(text),null,2)}catch{}
      out.textContent=answer.status+" "+answer.statusText+"\\n"+shown;
    }catch(error){out.textContent=String(error)}
  });
}
`;

const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Made once. The policy lets exactly its own script and style run, and nothing be loaded. */
export function referencePage(document: OpenApiDocument): {
  readonly html: string;
  readonly policy: string;
} {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Longmen: reference</title><meta name="viewport" content="width=device-width"><style>${style}</style></head><body>
<h1>Longmen ${escape(document.info.version)}</h1><p>${escape(document.info.description)}</p>
<p>The same as a document: <a href="/openapi.json">/openapi.json</a>.</p>
<p id="bar"><label>Key <input id="key" type="password" autocomplete="off" placeholder="lm_…"></label></p>
${document.tags.map(({ name }) => groupHtml(document, name)).join("\n")}
<h2>Shapes</h2>${Object.entries(document.components.schemas).map(shapeHtml).join("")}
<h2>Codes</h2><dl>${codesOf(document).map(codeHtml).join("")}</dl>
<script>${script}</script></body></html>`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, policy };
}

function groupHtml({ paths }: OpenApiDocument, group: string): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(group))
      .map(([method, operation]) => operationHtml(method.toUpperCase(), path, operation)),
  );
  return `<h2>${escape(group)}</h2>${operations.join("")}`;
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const { summary, description = "", parameters, requestBody, responses } = operation;
  const body = requestBody?.content["application/json"];
  const scope = operation["x-scope"];
  const answers = Object.entries(responses).map(([status, { description, content }]) => {
    const shape = schemaHtml(Object.values(content ?? {})[0]?.schema);
    const text = Number(status) < 400 ? `${escape(description)} ${shape}` : codeLinks(description);
    return `<tr><td>${status}<td>${text}`;
  });
  return `<details id="${operation.operationId}"><summary><b>${method}</b> <code>${escape(path)}</code> ${escape(summary)}</summary>
<p>${escape(description)} ${scope === undefined ? "No key is asked for." : `Scope: <code>${scope}</code>.`}</p>
<form data-method="${method}" data-path="${escape(path)}">${parameters.map(parameterHtml).join("")}
${body === undefined ? "" : `<p>Body: ${schemaHtml(body.schema)}</p><textarea spellcheck="false">${escape(JSON.stringify(body.example ?? {}, null, 2))}</textarea>`}
<p><button>Run</button></p><pre><output></output></pre></form>
<pre>${escape(curlOf(method, path, body?.example))}</pre>
<table>${answers.join("")}</table></details>`;
}

function parameterHtml({ name, in: place, required, description = "", schema }: Parameter): string {
  const [example = ""] = (schema as { examples?: readonly string[] }).examples ?? [];
  const value = required ? example : "";
  return `<label><code>${escape(name)}</code> <input name="${escape(name)}" data-in="${place}" value="${escape(value)}"${required ? " required" : ""}> ${escape(description)}</label>`;
}

function curlOf(method: string, path: string, example: unknown): string {
  const url = `"$LONGMEN${path.replaceAll("{book}", "retail")}"`;
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const auth = ` -H "Authorization: Bearer $KEY"`;
  if (example === undefined) return `curl${verb}${auth} ${url}`;
  const body = JSON.stringify(example).replaceAll("'", String.raw`'\''`);
  return `curl${verb}${auth} -H 'Content-Type: application/json' \\\n  -d '${body}' ${url}`;
}

function schemaHtml(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "";
  const ref = (schema as { $ref?: string }).$ref?.split("/").at(-1);
  if (ref !== undefined) return `<a href="#shape-${ref}"><code>${ref}</code></a>`;
  const several = (schema as { oneOf?: readonly unknown[] }).oneOf;
  return several === undefined ? "" : several.map(schemaHtml).join(" or ");
}

function shapeHtml([name, schema]: readonly [string, unknown]): string {
  const text = JSON.stringify(schema, null, 2);
  const linked = escape(text).replaceAll(
    /#\/components\/schemas\/(\w+)/g,
    '<a href="#shape-$1">$1</a>',
  );
  return `<details id="shape-${name}"><summary><code>${name}</code></summary><pre>${linked}</pre></details>`;
}

function codesOf({ paths }: OpenApiDocument): string[] {
  const codes = Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap((operation) => operation["x-codes"]),
  );
  return [...new Set(codes)].sort();
}

function codeHtml(code: string): string {
  const { message, advice, status } = rowOfCode(code);
  return `<dt id="${code}"><code>${code}</code> (${status})<dd>${escape(message)} <i>${escape(advice)}</i>`;
}

function codeLinks(codes: string): string {
  return codes
    .split(", ")
    .map((code) => `<a href="#${escape(code)}"><code>${escape(code)}</code></a>`)
    .join(" ");
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
