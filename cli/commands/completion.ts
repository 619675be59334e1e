import { Argument, Command } from 'commander';
import { completions, completionScript, shells, type Shell } from '../completion.ts';
import { UsageError } from '../exit.ts';

/** @param program whose commands and options are completed */
export function completionCommand(program: Command): Command {
  const words = new Argument('[words...]', 'the shell');
  // Not `choices`: of a command line that is completed, any word is right.
  words.argChoices = [...shells];
  return new Command('completion')
    .description('print the script that completes commands and options in your shell')
    .addArgument(words)
    .usage(`<${shells.join('|')}>`)
    .addHelpText('after', help)
    .action((typed: readonly string[]) => {
      // The script asks with `--`, which commander takes away: then the words are what was typed.
      if (process.argv.includes('--')) {
        process.stdout.write(`${completions(program, typed).join('\n')}\n`);
      } else {
        process.stdout.write(completionScript(shellOf(typed)));
      }
    });
}

function shellOf(words: readonly string[]): Shell {
  const [name] = words;
  const shell = shells.find((known) => known === name);
  if (shell === undefined || words.length > 1)
    throw new UsageError(`name one shell of ${shells.join(', ')}: slipway completion bash`);
  return shell;
}

const help = `
bash   eval "$(slipway completion bash)"            in ~/.bashrc
zsh    eval "$(slipway completion zsh)"             in ~/.zshrc, after compinit
fish   slipway completion fish | source             in ~/.config/fish/config.fish`;
