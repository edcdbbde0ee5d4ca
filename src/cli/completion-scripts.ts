/** What a shell is told so that it can complete a command line. Pure: a table in, a script out. */
export interface CompletedOption {
  readonly name: string;
  readonly doc: string;
  readonly takes: "nothing" | "file" | "text";
}

export interface Completed {
  readonly name: string;
  readonly summary: string;
  /** What may stand behind the name. */
  readonly words: readonly string[];
  readonly options: readonly CompletedOption[];
}

type Script = (commands: readonly Completed[]) => string;

/** By the shell's name. */
export const completionScripts: Readonly<Record<string, Script>> = { bash, zsh, fish };

/** Texts of ours go between single quotes; one inside ends them, stands alone, and begins them again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function flags(options: readonly CompletedOption[]): readonly string[] {
  return options.map(({ name }) => `--${name}`);
}

/** No word of the line is ever run or expanded: words are compared, and listed as they are. */
function bash(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, words, options }) => {
    const files = flags(options.filter(({ takes }) => takes === "file"));
    const texts = flags(options.filter(({ takes }) => takes === "text"));
    return [
      `    ${name})`,
      `      words=${quoted([...words, ...flags(options)].join(" "))}`,
      `      files=${quoted(` ${files.join(" ")} `)}`,
      `      texts=${quoted(` ${texts.join(" ")} `)} ;;`,
    ].join("\n");
  });
  return [
    "# longmen completion bash",
    "_longmen() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
    '  local words="" files="" texts=""',
    "  COMPREPLY=()",
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words=${quoted([...commands.map(({ name }) => name), "--help", "--version"].join(" "))}`,
    '    COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "    return",
    "  fi",
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    "    *) return ;;",
    "  esac",
    '  case "$files" in *" $before "*) compopt -o filenames 2>/dev/null',
    "    local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$word\")); return ;; esac",
    '  case "$texts" in *" $before "*) return ;; esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -F _longmen longmen",
    "",
  ].join("\n");
}

/** In a specification of _arguments, brackets and colons have a meaning. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
}

function zsh(commands: readonly Completed[]): string {
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, words, options }) => {
    const specs = options.map(({ name: option, doc, takes }) => {
      const value = { nothing: "", file: ":file:_files", text: ":value: " }[takes];
      return quoted(`--${option}[${zshText(doc)}]${value}`);
    });
    const first = words.length > 0 ? [quoted(`1:word:(${words.join(" ")})`)] : [];
    return `    ${name}) _arguments ${[...first, ...specs].join(" \\\n      ")} ;;`;
  });
  return [
    "#compdef longmen",
    "_longmen() {",
    "  local -a names",
    "  names=(",
    ...names,
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command names",
    "    return",
    "  fi",
    "  local name=$words[2]",
    "  shift words",
    "  (( CURRENT-- ))",
    "  case $name in",
    ...cases,
    "  esac",
    "}",
    "compdef _longmen longmen",
    "",
  ].join("\n");
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, summary, words, options }) => {
    const here = `complete -c longmen -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c longmen -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`,
      ...words.map((word) => `${here} -f -a ${word}`),
      ...options.map(({ name: option, doc, takes }) => {
        const value = { nothing: "-f", file: "-r -F", text: "-x" }[takes];
        return `${here} -l ${option} ${value} -d ${fishQuoted(doc)}`;
      }),
    ];
  });
  return ["# longmen completion fish", ...lines, ""].join("\n");
}

/** Fish knows backslashes inside single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
