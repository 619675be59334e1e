import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { locateArgument, type ArgumentOf } from '../../definition/argument-place.ts';
import type { Application, BuiltContainer } from '../../workflows/contract/application.ts';
import { UsageError } from '../exit.ts';
import { findContainer, type FoundContainer } from '../find-container.ts';
import { renderContainer } from '../render.ts';
import { oneLine, plainText } from '../view/foreign-text.ts';
import { checkoutRoot, parseText, readText } from './definition.ts';

export function renderCommand(): Command {
  return new Command('render')
    .description('print a container’s Dockerfile as its template renders it; works offline')
    .argument('<file>', 'the definition (slipway/v1), or - for standard input')
    .argument('<container>', 'component/container, or the container where one component has it')
    .option('--root <directory>', 'checkout of the container’s source (default: that of FILE)')
    .addHelpText('after', help)
    .action(async (file: string, name: string, options: { readonly root?: string }) => {
      const root = await rootOf(file, options.root);
      // Where images go and whence others come has no part in a Dockerfile.
      const text = readText(file);
      const application = await parseText(
        text,
        file,
        { SLIPWAY_DEFAULT_REGISTRY: 'registry.invalid', ...process.env },
        { git: pathToFileURL(root ?? process.cwd()).href, ref: 'HEAD' },
      );
      if (root === null) throw new UsageError(noRoot(file));
      const found = findContainer(application, name);
      const { container } = found;
      const warn = (message: string) => void process.stderr.write(`warning: ${oneLine(message)}\n`);
      if (options.root === undefined && hasSeveralSources(application, container)) {
        warn(
          `the application has several sources; this Dockerfile is taken from ${root}, as if ${container.source.git} were checked out there (--root names another checkout)`,
        );
      }
      await renderContainer(container, root, {
        // A file or a pipe gets every byte.
        print: (text) => void process.stdout.write(process.stdout.isTTY ? plainText(text) : text),
        warn,
        argumentPlace: placesIn(text, file, found),
      });
    });
}

/** Where the definition gives the container's arguments. */
function placesIn(
  text: string,
  file: string,
  { component, container }: FoundContainer,
): (field: ArgumentOf['field'], name: string) => string | null {
  return (field, name) => {
    const place = locateArgument(text, { component, container: container.name, field }, name);
    return place === null ? null : `${file}:${place}`;
  };
}

async function rootOf(file: string, given: string | undefined): Promise<string | null> {
  if (given !== undefined) {
    const found = await stat(given).catch(() => null);
    if (found?.isDirectory() === true) return resolve(given);
    throw new UsageError(`--root ${given} is not a directory`);
  }
  return checkoutRoot(file === '-' ? process.cwd() : dirname(file));
}

function noRoot(file: string): string {
  const place = file === '-' ? 'the working directory' : file;
  return `${place} is in no git repository; expected --root DIR with the container’s source`;
}

function hasSeveralSources(application: Application, { source }: BuiltContainer): boolean {
  return application.components
    .flatMap(({ containers }) => containers)
    .some((other) => other.kind === 'build' && other.source.git !== source.git);
}

const help = `
The Dockerfile is read from the working tree, changes that are not committed included. Base images
are printed as they are written: \`slipway plan FILE --dockerfiles\` pins them. Warnings go to stderr.
Exit codes: 0 rendered, 2 the definition, the template or the Dockerfile is wrong (with line and column)`;
