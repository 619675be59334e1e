import { posix, relative, resolve } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { lintDockerfile } from '../activities/dockerfile/lint.ts';
import { platform } from '../activities/dockerfile/platform.ts';
import { readDockerfile } from '../activities/dockerfile/read-dockerfile.ts';
import { renderTemplate } from '../activities/dockerfile/template.ts';
import type { ArgumentOf } from '../definition/argument-place.ts';
import type { BuiltContainer } from '../workflows/contract/application.ts';
import { DefinitionRefused, UsageError } from './exit.ts';

export interface RenderOutput {
  /** Gets the Dockerfile, before anything is said about it. */
  readonly print: (text: string) => void;
  readonly warn: (message: string) => void;
  /** Where the definition gives an argument, as messages begin; null: it is not known. */
  readonly argumentPlace?: (field: ArgumentOf['field'], name: string) => string | null;
}

/**
 * Renders a container's Dockerfile from a checkout of its source, as a build does, but for the
 * digests of its bases: nothing is asked of a registry. A Dockerfile that renders and is wrong is
 * printed all the same, so that the lines that are named can be looked at.
 *
 * @param root directory of the checkout
 * @throws DefinitionRefused for a template or Dockerfile that is wrong, with its lines; UsageError
 *   for a file that is not there or may not be read
 */
export async function renderContainer(
  container: BuiltContainer,
  root: string,
  { print, warn, argumentPlace }: RenderOutput,
): Promise<void> {
  const { template, templateArgs, unusedArguments, buildArgs, target } = container;
  const path = posix.join(container.context, container.dockerfile);
  const file = shortPath(resolve(root, path));
  try {
    const original = await readDockerfile(root, path);
    const placeIn = (field: ArgumentOf['field']) => (name: string) =>
      argumentPlace?.(field, name) ?? null;
    const rendered = renderTemplate(template, original, templateArgs, {
      file,
      unusedArguments,
      argumentPlace: placeIn('templateArgs'),
    });
    print(rendered.text);
    rendered.warnings.forEach(warn);
    const inputs = { buildArgs, target, platform, file };
    lintDockerfile(rendered.text, inputs, placeIn('buildArgs')).warnings.forEach(warn);
  } catch (error) {
    throw asUsageError(error, root, container.source.git);
  }
}

/** As a person would type it, so that terminals and editors can open it. */
function shortPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
}

function asUsageError(error: unknown, root: string, git: string): unknown {
  if (!(error instanceof ApplicationFailure)) return error;
  const { type, message } = error;
  if (type === 'TemplateInvalid' || type === 'DockerfileInvalid') {
    return new DefinitionRefused(message, { cause: error });
  }
  const advice =
    type === 'SourceNotFound'
      ? `: looked for in ${root}; expected a checkout of ${git} there, or --root DIR to name one`
      : '';
  return new UsageError(`${message}${advice}`, { cause: error });
}
