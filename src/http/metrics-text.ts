/** Numbers as Prometheus reads them: text format 0.0.4. */
import type { HistogramRead } from "../base/index.ts";

export type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface TimedSample {
  readonly labels?: Labels;
  readonly value: HistogramRead;
}

export function counter(name: string, help: string, samples: readonly Sample[]): string[] {
  return [...heading(name, "counter", help), ...samples.map((one) => line(name, one))];
}

export function gauge(name: string, help: string, samples: readonly Sample[]): string[] {
  return [...heading(name, "gauge", help), ...samples.map((one) => line(name, one))];
}

export function histogramLines(
  name: string,
  help: string,
  samples: readonly TimedSample[],
): string[] {
  const lines = heading(name, "histogram", help);
  for (const { labels = {}, value } of samples) {
    let upTo = 0;
    value.bounds.forEach((le, place) => {
      upTo += value.counts[place] ?? 0;
      lines.push(line(`${name}_bucket`, { labels: { ...labels, le }, value: upTo }));
    });
    lines.push(line(`${name}_bucket`, { labels: { ...labels, le: "+Inf" }, value: value.count }));
    lines.push(line(`${name}_sum`, { labels, value: value.sum }));
    lines.push(line(`${name}_count`, { labels, value: value.count }));
  }
  return lines;
}

function heading(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function line(name: string, { labels = {}, value }: Sample): string {
  const told = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return told.length === 0 ? `${name} ${value}` : `${name}{${told.join(",")}} ${value}`;
}

const escaped = (text: string | number): string =>
  String(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
