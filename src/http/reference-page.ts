/** The reference as one page: every route, its shapes and codes, and an example that runs. */
import { createHash } from "node:crypto";
import { rowOfCode } from "./codes.ts";
import type { OpenApiDocument, Operation, Parameter } from "./openapi.ts";

/** In the colours of the status page, which is another room's. */
const style = `
:root{color-scheme:light dark;--line:light-dark(#e3e6ea,#2b323b);--soft:light-dark(#59636e,#9aa4af);
--card:light-dark(#fff,#151b23);--gate:light-dark(#a8321f,#e5735c);--ground:light-dark(#f5f6f8,#0d1117);--ink:light-dark(#1f2328,#e6edf3)}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1.5rem 1rem 3rem;background:var(--ground);color:var(--ink)}
a{color:var(--gate)}header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
h1{font-size:1.5rem;line-height:1.2;margin:0 auto 0 0}h2{font-size:1rem;margin:1.75rem 0 .5rem}
code,pre,textarea,form input,#key{font:13px/1.5 ui-monospace,monospace}code{overflow-wrap:anywhere}
pre,textarea{background:var(--ground);border:1px solid var(--line);border-radius:.375rem;padding:.5rem;overflow:auto}
textarea{width:100%;min-height:7rem;color:inherit}
.routes>details{background:var(--card);border:1px solid var(--line);border-bottom-width:0;padding:.4rem .75rem}
.routes>details:first-child{border-radius:.5rem .5rem 0 0}
.routes>details:last-child{border-bottom-width:1px;border-radius:0 0 .5rem .5rem}
.routes>details:only-child{border-radius:.5rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:3.5rem;color:var(--gate)}
label{display:block;margin:.4rem 0}input{max-width:100%}label input{width:24rem}
input,button{font:inherit;color:inherit;padding:.35rem .75rem;border:1px solid var(--line);border-radius:.375rem;background:var(--card)}
button{border-color:var(--gate);color:var(--gate);cursor:pointer}
#bar{position:sticky;top:0;background:var(--ground);margin:0;padding:.5rem 0;border-bottom:1px solid var(--line);z-index:1}
#bar label{margin:0;display:flex;gap:.5rem;align-items:center}#key{flex:0 1 24rem;min-width:0;width:auto}
pre:has(output:empty){display:none}
td{padding:.15rem .8rem .15rem 0;vertical-align:top}dt{margin-top:.75rem}dd{margin:0 0 0 1rem}
.codes{margin:.5rem 0}.soft,.codes summary,dd i{color:var(--soft)}
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
<header><h1>Longmen ${escape(document.info.version)}: reference</h1><a href="/">The books</a>
<a href="/openapi.json">/openapi.json</a></header><p>${escape(document.info.description)}</p>
<p id="bar"><label>Key <input id="key" type="password" autocomplete="off" placeholder="lm_…"></label></p>
${document.tags.map(({ name }) => groupHtml(document, name)).join("\n")}
<h2>Shapes</h2><div class="routes">${Object.entries(document.components.schemas).map(shapeHtml).join("")}</div>
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
  return `<h2>${escape(group)}</h2><div class="routes">${operations.join("")}</div>`;
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const { summary, description = "", parameters, requestBody, responses } = operation;
  const body = requestBody?.content["application/json"];
  const scopes = operation["x-scopes"]?.map((one) => `<code>${one}</code>`).join(" or ");
  const told = Object.entries(responses);
  const good = told.filter(([status]) => !isProblem(status));
  const answers = good.map(([status, { description, content }]) => {
    const shape = schemaHtml(Object.values(content ?? {})[0]?.schema);
    return `<tr><td>${status}<td>${escape(description)} ${shape}`;
  });
  const problems = told.filter(([status]) => isProblem(status));
  return `<details id="${operation.operationId}"><summary><b>${method}</b> <code>${escape(path)}</code> ${escape(summary)}</summary>
<p>${escape(description)} ${scopes === undefined ? "No key is asked for." : `Scope: ${scopes}.`}</p>
<form data-method="${method}" data-path="${escape(path)}">${parameters.map(parameterHtml).join("")}
${body === undefined ? "" : `<p>Body: ${schemaHtml(body.schema)}</p><textarea spellcheck="false">${escape(JSON.stringify(body.example ?? {}, null, 2))}</textarea>`}
<p><button>Run</button></p><pre><output></output></pre></form>
<pre>${escape(curlOf(method, path, body?.example))}</pre>
<table>${answers.join("")}</table>${problemsHtml(problems)}</details>`;
}

const isProblem = (status: string): boolean => Number(status) >= 400;

/** Some thirty a route, most of them everywhere the same: folded until they are asked for. */
function problemsHtml(problems: readonly (readonly [string, { description: string }])[]): string {
  const rows = problems.map(
    ([status, { description }]) => `<tr><td>${status}<td>${codeLinks(description)}`,
  );
  const count = problems.flatMap(([, { description }]) => description.split(", ")).length;
  if (count === 0) return "";
  const summary = `${count} ${count === 1 ? "code" : "codes"} that it may answer instead`;
  return `<details class="codes"><summary>${summary}</summary><table>${rows.join("")}</table></details>`;
}

function parameterHtml({ name, in: place, required, description = "", schema }: Parameter): string {
  const [example = ""] = (schema as { examples?: readonly string[] }).examples ?? [];
  const value = required ? example : "";
  return `<label><code>${escape(name)}</code> <input name="${escape(name)}" data-in="${place}" value="${escape(value)}"${required ? " required" : ""}> ${escape(description)}</label>`;
}

function curlOf(method: string, path: string, example: unknown): string {
  const url = `"$LONGMEN${path.replaceAll("{book}", "corner-shop")}"`;
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
