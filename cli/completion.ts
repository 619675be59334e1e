import type { Command } from 'commander';

/** A shell that completion can be set up for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The words that may follow what has been typed: subcommands, then options; nothing for a value
 * that only the shell can complete, such as a file.
 *
 * @param typed the words after the program's name; the last one is the one being typed
 */
export function completions(program: Command, typed: readonly string[]): readonly string[] {
  const current = typed.at(-1) ?? '';
  const command = commandOf(program, typed.slice(0, -1));
  const words = current.startsWith('-') ? optionsOf(command) : subcommandsOf(command);
  return words.filter((word) => word.startsWith(current));
}

function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    command = command.commands.find((candidate) => candidate.name() === word) ?? command;
  }
  return command;
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
