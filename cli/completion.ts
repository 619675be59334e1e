import type { Command, Option } from 'commander';

/** A shell that completion can be set up for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The words that may follow what has been typed: subcommands, values that there is a choice of,
 * options; nothing for a value that only the shell can complete, such as a file.
 *
 * @param typed the words after the program's name; the last one is the one being typed
 */
export function completions(program: Command, typed: readonly string[]): readonly string[] {
  const current = typed.at(-1) ?? '';
  return candidates(program, typed.slice(0, -1), current).filter((word) =>
    word.startsWith(current),
  );
}

function candidates(
  program: Command,
  before: readonly string[],
  current: string,
): readonly string[] {
  const { command, rest } = placeOf(program, before);
  const option = optionWithValue(command, rest.at(-1));
  if (option !== undefined) return option.argChoices ?? [];
  if (current.startsWith('-')) return optionsOf(command);
  const place = rest.filter(
    (word, index) =>
      !word.startsWith('-') && optionWithValue(command, rest[index - 1]) === undefined,
  ).length;
  return [...subcommandsOf(command), ...(command.registeredArguments[place]?.argChoices ?? [])];
}

/** The command that the words lead to, and those that stand behind its name. */
function placeOf(program: Command, words: readonly string[]) {
  let command = program;
  let rest: string[] = [];
  for (const word of words) {
    const below = command.commands.find((candidate) => candidate.name() === word);
    rest = below === undefined ? [...rest, word] : [];
    command = below ?? command;
  }
  return { command, rest };
}

/** The option of this name, where the word after it is its value in any case. */
function optionWithValue({ options }: Command, word: string | undefined): Option | undefined {
  if (word === undefined) return undefined;
  return options.find(({ required, short, long }) => required && [short, long].includes(word));
}

function optionsOf(command: Command): readonly string[] {
  const own = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
  return [...own, '--help'].filter((name) => name !== undefined && name !== null);
}

function subcommandsOf(command: Command): readonly string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((candidate) => candidate.name());
}

/** The script that a shell evaluates to ask `slipway completion -- WORDS…` for its words. */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}

// Fixed texts: nothing of a user goes into them. Where nothing fits, the shell completes files.
const scripts: Readonly<Record<Shell, string>> = {
  bash: `_slipway() {
  local words
  words=$(slipway completion -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _slipway slipway
`,
  zsh: `#compdef slipway
_slipway() {
  local -a found
  found=("\${(@f)$(slipway completion -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[*]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _slipway slipway
`,
  fish: `complete -c slipway -a '(slipway completion -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};
