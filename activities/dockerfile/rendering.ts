import type { TemplateValue } from '../../workflows/contract/application.ts';

export type TemplateArguments = Readonly<Record<string, TemplateValue>>;

/** What a kind of template makes of a text, and which arguments it named. */
export interface Rendering {
  readonly text: string;
  readonly used: ReadonlySet<string>;
}
