import { z } from 'zod';
import { gitRef, gitUrl } from './git-rules.ts';
import { confinedFile, secretName } from './rules.ts';
import { checked, matching } from './schema-rules.ts';

const source = z.strictObject({
  git: checked(gitUrl).describe(
    'Address of the git repository: https, ssh (ssh://… or user@host:path) or file, without password.',
  ),
  ref: checked(gitRef).describe(
    'Branch, tag or commit; resolved once, so that all containers of a build see one commit.',
  ),
  secret: matching(secretName)
    .optional()
    .describe(
      'Secret (basic-auth for https, ssh-auth for ssh) with the credentials, by name; labelled `slipway/use: git` and annotated for the host.',
    ),
  submodules: z.boolean().optional().describe('Fetch submodules as well; false when absent.'),
  lfs: z
    .boolean()
    .optional()
    .describe('Replace pointers of Git LFS by their files; false when absent.'),
});

/** A source of `defaults` or of one container. */
export const containerSource = source.describe('Where the source is.');

/** `spec.source`: it may also say where this document itself is. */
export const specSource = source
  .extend({
    definition: checked(confinedFile)
      .optional()
      .describe(
        'Path of this definition in the repository: scheduled runs read it again there. Without it, they build what was applied.',
      ),
  })
  .describe('Where the source of all containers is.');

export type DefinitionGitSource = z.infer<typeof source>;
