import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import { fileAndForced, forceOption, forceSelection, type Forced } from '../../cli/forced.ts';
import { definition, parsed } from '../definition/definitions.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What the command line comes to: the definition's file, and what is forced. */
function read(...typed: readonly string[]) {
  const command = new Command('build')
    .argument('[file]')
    .option('--json')
    .addOption(forceOption())
    .exitOverride()
    .parse(typed, { from: 'user' });
  const { force } = command.opts<{ readonly force?: Forced }>();
  return fileAndForced(command.args[0], force);
}

describe('--force', () => {
  test.each<[readonly string[], ReturnType<typeof read>]>([
    [['a.yaml'], { file: 'a.yaml', force: undefined }],
    [['a.yaml', '--force'], { file: 'a.yaml', force: true }],
    [['--force', '--json', 'a.yaml'], { file: 'a.yaml', force: true }],
    [['a.yaml', '--force', 'api/server'], { file: 'a.yaml', force: ['api/server'] }],
    [['--force', 'api/server', 'a.yaml'], { file: 'a.yaml', force: ['api/server'] }],
    [
      ['--force=db', '--force', 'api/server', 'a.yaml'],
      { file: 'a.yaml', force: ['db', 'api/server'] },
    ],
    [['--force', '--force', 'db', 'a.yaml'], { file: 'a.yaml', force: true }],
    [['--force', 'db', 'a.yaml', '--force'], { file: 'a.yaml', force: true }],
    // The definition stands where a container could.
    [['--force', 'a.yaml'], { file: 'a.yaml', force: true }],
    [['--force', 'a.yml'], { file: 'a.yml', force: true }],
    [['--force', '-'], { file: '-', force: true }],
    [['--force', 'db', '--force', 'a.yaml'], { file: 'a.yaml', force: true }],
    [['--force', 'api/server'], { file: undefined, force: ['api/server'] }],
    [[], { file: undefined, force: undefined }],
  ])('%j', (typed, expected) => {
    expect(read(...typed)).toEqual(expected);
  });

  test('before a definition of any name is not about a container', async () => {
    const file = join(await temporaryDirectory(), 'definition');
    await writeFile(file, '');
    expect(read('--force', file)).toEqual({ file, force: true });
  });
});

describe('the containers that are built in any case', () => {
  const application = parsed(
    `${definition('{ name: server }', '{ name: proxy, image: e.com/proxy:1 }')}
    - name: web
      containers: [{ name: server }, { name: assets }]`,
  );

  test.each<[Forced | undefined, ReturnType<typeof forceSelection>]>([
    [undefined, 'none'],
    [true, 'all'],
    [
      ['web/server', 'assets'],
      [
        { component: 'web', container: 'server' },
        { component: 'web', container: 'assets' },
      ],
    ],
  ])('of %j', (force, selection) => {
    expect(forceSelection(application, force)).toEqual(selection);
  });

  test.each([
    ['server', '--force server: server is in several components'],
    ['api/sever', '--force api/sever: shop has no container api/sever; did you mean api/server?'],
    ['proxy', '--force proxy: api/proxy is an existing image'],
  ])('%s is none of them', (written, message) => {
    expect(() => forceSelection(application, [written])).toThrow(UsageError);
    expect(() => forceSelection(application, [written])).toThrow(message);
  });
});
