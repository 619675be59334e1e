import type { ApplicationFailure } from '@temporalio/common';
import type { From, PropertyInstruction } from 'dockerfile-ast';
import { failure } from '../../workflows/contract/failures.ts';
import { expandWord, type Expansion } from './expand.ts';
import { readFlags, type DockerfileText } from './flags.ts';
import { imagesOfFlags, type ImageUse } from './image-uses.ts';
import { readStatements, type Statement } from './statements.ts';
import { triggerOf } from './triggers.ts';

export interface BuildInputs {
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Name or number of the stage to build; null for the last. */
  readonly target: string | null;
  /** `<os>/<architecture>` */
  readonly platform: string;
  /** Named in failures. */
  readonly file: string;
}

export interface Stage {
  readonly name: string | null;
  readonly line: number;
  /** The stage that this one is built on; null for an external image. */
  readonly parent: number | null;
  readonly stagesUsed: readonly number[];
  readonly externals: readonly ImageUse[];
}

interface OpenStage {
  readonly name: string | null;
  readonly line: number;
  readonly parent: number | null;
  readonly stagesUsed: number[];
  readonly externals: ImageUse[];
  readonly args: Map<string, string | undefined>;
  readonly env: Map<string, string | undefined>;
  /** What ONBUILD keeps for stages that are built on this one. */
  readonly triggers: Statement[];
}

/** Where the statement stands: variables that it sees, and how it is told in failures. */
export interface StatementScope {
  readonly expand: (word: string) => Expansion;
}

/** Far above any Dockerfile; each stage has a copy of its parent's variables. */
const maxStages = 200;

/**
 * The stages of a Dockerfile with the images that each of them uses. Triggers (ONBUILD) run in a
 * stage that is built on theirs; of other builds they are none of our business.
 *
 * Throws `DockerfileInvalid` for a Dockerfile without FROM or with more than 200, a variable without a
 * value where an image is named, a stage number that does not exist, a flag that builders may read
 * otherwise, and a trigger that names an image: it may mean another one in each stage.
 *
 * @param visit called for each statement with its variables, in the order in which they run
 */
export function readStages(
  text: string,
  inputs: BuildInputs,
  visit: (statement: Statement, scope: StatementScope) => void = () => {},
): readonly Stage[] {
  const { statements, escape } = readStatements(text, inputs.file);
  // Maps: a variable may have the name of what every object has.
  const platformArgs = new Map(Object.entries(platformArguments(inputs.platform)));
  const buildArgs = new Map(Object.entries(inputs.buildArgs));
  const globals = new Map<string, string | undefined>();
  const stages: OpenStage[] = [];

  const dockerfile: DockerfileText = { text, escape, file: inputs.file };

  function run(statement: Statement, isTrigger: boolean): void {
    const stage = stages.at(-1);
    const lookup = (name: string): string | undefined =>
      stage === undefined
        ? (globals.get(name) ?? platformArgs.get(name))
        : (stage.env.get(name) ?? stage.args.get(name));
    const expand = (word: string): Expansion => expandWord(word, lookup, escape);
    visit(statement, { expand });

    switch (statement.keyword) {
      case 'FROM':
        open(statement);
        break;
      case 'ARG':
        for (const { name, value } of assignments(statement, expand)) {
          const inherited =
            stage === undefined ? undefined : (globals.get(name) ?? platformArgs.get(name));
          (stage?.args ?? globals).set(name, buildArgs.get(name) ?? value ?? inherited);
        }
        break;
      case 'ENV':
        for (const { name, value } of assignments(statement, expand)) stage?.env.set(name, value);
        break;
      case 'COPY':
      case 'RUN':
        if (stage === undefined) break;
        for (const { name: word, ...place } of imagesOfFlags(statement, dockerfile)) {
          const use = { ...place, name: resolved(word, expand, statement, inputs) };
          const isExternal = addUse(stages, stage, use, inputs);
          if (isExternal && isTrigger) throw triggerImage(statement, use.name, stage, inputs);
        }
        break;
      case 'ONBUILD': {
        const trigger = triggerOf(statement, inputs.file);
        if (trigger !== null) stage?.triggers.push(trigger);
        break;
      }
      default:
        break;
    }
  }

  function open(statement: Statement): void {
    if (stages.length === maxStages) {
      throw failure(
        'DockerfileInvalid',
        `${inputs.file}:${statement.line}: the Dockerfile has more than ${maxStages} stages`,
      );
    }
    readFlags(statement, dockerfile);
    const inGlobals = (name: string): string | undefined =>
      globals.get(name) ?? buildArgs.get(name) ?? platformArgs.get(name);
    const stage = openStage(
      statement,
      stages,
      (word) => expandWord(word, inGlobals, escape),
      inputs,
    );
    stages.push(stage);
    const parent = stage.parent === null ? undefined : stages[stage.parent];
    for (const trigger of parent?.triggers ?? []) run(trigger, true);
  }

  for (const statement of statements) run(statement, false);
  if (stages.length === 0) {
    throw failure('DockerfileInvalid', `${inputs.file} has no FROM instruction`);
  }
  return stages;
}

/** Numbers of the stages that a build of the target goes through. Throws `DockerfileInvalid`. */
export function neededStages(
  stages: readonly Stage[],
  inputs: Pick<BuildInputs, 'target' | 'file'>,
): ReadonlySet<number> {
  const { target, file } = inputs;
  const last = target === null ? stages.length - 1 : stageNumber(stages, target, stages.length);
  if (last === null) {
    const names = stages.flatMap(({ name }) => (name === null ? [] : [name]));
    throw failure(
      'DockerfileInvalid',
      `${file} has no stage ${JSON.stringify(target)} to build; it has ${names.join(', ') || 'no named stages'}`,
    );
  }
  const needed = new Set<number>();
  const queue = [last];
  for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
    if (needed.has(number)) continue;
    needed.add(number);
    const stage = stages[number]!;
    queue.push(...stage.stagesUsed, ...(stage.parent === null ? [] : [stage.parent]));
  }
  return needed;
}

function openStage(
  statement: Statement,
  stages: readonly OpenStage[],
  expand: (word: string) => Expansion,
  inputs: BuildInputs,
): OpenStage {
  const from = statement.instruction as From;
  const [image] = from.getArguments();
  if (image === undefined) {
    throw failure('DockerfileInvalid', `${inputs.file}:${statement.line}: FROM names no image`);
  }
  const name = resolved(image.getValue(), expand, statement, inputs);
  // A FROM refers to stages by name only, and to those before it.
  const number = stages.findLastIndex((stage) => sameName(stage.name, name));
  const parent = number === -1 ? null : number;
  const { start, end } = image.getRange();
  const use: ImageUse = {
    line: statement.line,
    name,
    start: statement.offsetOf(start),
    end: statement.offsetOf(end),
  };
  const inherited = parent === null ? undefined : stages[parent];
  return {
    name: from.getBuildStage(),
    line: statement.line,
    parent,
    stagesUsed: [],
    externals: parent !== null || name === 'scratch' ? [] : [use],
    args: new Map(inherited?.args),
    env: new Map(inherited?.env),
    triggers: [],
  };
}

/** Returns whether it is an image from outside. */
function addUse(
  stages: readonly OpenStage[],
  stage: OpenStage,
  use: ImageUse,
  inputs: BuildInputs,
): boolean {
  const current = stages.length - 1;
  const number = stageNumber(stages, use.name, current);
  if (number !== null) {
    stage.stagesUsed.push(number);
    return false;
  }
  if (/^\d+$/.test(use.name)) {
    throw failure(
      'DockerfileInvalid',
      `${inputs.file}:${use.line}: there is no stage ${use.name} before this one, which is stage ${current}`,
    );
  }
  if (use.name === 'scratch' || use.name === '') return false;
  stage.externals.push(use);
  return true;
}

function triggerImage(
  { line, keyword }: Statement,
  image: string,
  stage: OpenStage,
  { file }: BuildInputs,
): ApplicationFailure {
  return failure(
    'DockerfileInvalid',
    `${file}:${line}: ONBUILD runs this ${keyword} in the stage of line ${stage.line}, and the image ${image} cannot be pinned there: write the instruction into that stage`,
  );
}

/** The stage of this name or number among the first `before`; null when there is none. */
function stageNumber(
  stages: readonly Pick<Stage, 'name'>[],
  name: string,
  before: number,
): number | null {
  const candidates = stages.slice(0, before);
  const byName = candidates.findLastIndex((stage) => sameName(stage.name, name));
  if (byName !== -1) return byName;
  return /^\d+$/.test(name) && Number(name) < candidates.length ? Number(name) : null;
}

function sameName(stage: string | null, name: string): boolean {
  return stage !== null && stage.toLowerCase() === name.toLowerCase();
}

function resolved(
  word: string,
  expand: (word: string) => Expansion,
  { line }: Statement,
  { file }: BuildInputs,
): string {
  const expansion = expand(word);
  if (expansion.ok) return expansion.text;
  throw failure(
    'DockerfileInvalid',
    `${file}:${line}: the image ${word} cannot be known before the build: ${expansion.problem}`,
  );
}

function assignments(
  statement: Statement,
  expand: (word: string) => Expansion,
): readonly { readonly name: string; readonly value: string | undefined }[] {
  const properties = (statement.instruction as PropertyInstruction).getProperties();
  return properties.map((property) => {
    const written = property.getUnescapedValue();
    const expansion = written === null ? null : expand(written);
    return { name: property.getName(), value: expansion?.ok ? expansion.text : undefined };
  });
}

/** What builders define without an ARG before the first FROM (Dockerfile reference). */
function platformArguments(platform: string): Readonly<Record<string, string>> {
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  const values = { PLATFORM: platform, OS: os, ARCH: architecture, VARIANT: variant };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => [
      [`TARGET${name}`, value],
      [`BUILD${name}`, value],
    ]),
  );
}
