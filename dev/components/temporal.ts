import { join } from 'node:path';

import { z } from 'zod';

import { expectOk } from '../cluster/request.ts';
import type { Component } from '../process/component.ts';
import { type ServiceSetting, addressOf, hostOf } from './setting.ts';

export const temporalNamespace = 'default';

/** Search attributes that the server must know before a workflow sets them; all are of type Keyword. */
export const searchAttributes = [
  'SlipwayApplication',
  'SlipwayComponent',
  'SlipwayContainer',
  'SlipwayPhase',
  'SlipwayCommit',
  'SlipwayFailureType',
  'SlipwaySchedule',
] as const;

const SearchAttributes = z.object({
  customAttributes: z.record(z.string(), z.unknown()).optional(),
});

export function temporal({ instance, paths, tools }: ServiceSetting): Component {
  const { ports } = instance;
  const ui = `http://${addressOf(instance, 'temporalUi')}`;
  return {
    name: 'temporal',
    command: tools.temporal,
    args: [
      'server',
      'start-dev',
      `--ip=${hostOf(instance, 'temporal')}`,
      `--port=${ports.temporal}`,
      `--ui-port=${ports.temporalUi}`,
      `--http-port=${ports.temporalHttp}`,
      `--metrics-port=${ports.temporalMetrics}`,
      `--namespace=${temporalNamespace}`,
      `--db-filename=${join(paths.data, 'temporal.db')}`,
      '--log-level=warn',
      '--disable-config-file',
      '--disable-config-env',
      ...searchAttributes.map((name) => `--search-attribute=${name}=Keyword`),
    ],
    environment: {},
    configuration: [],
    isOnNode: false,
    // It would wait 8 s for tasks to drain. SQLite's log makes a sudden end as safe as a slow one.
    grace: 500,
    async check() {
      // Through the UI to the frontend to the database: all three have to be there.
      const answer = await expectOk(
        `${ui}/api/v1/namespaces/${temporalNamespace}/search-attributes`,
      );
      const known = SearchAttributes.parse(JSON.parse(answer.body)).customAttributes ?? {};
      const missing = searchAttributes.filter((name) => !(name in known));
      if (missing.length > 0)
        throw new Error(`Temporal doesn't know the search attributes ${missing.join(', ')} yet.`);
    },
  };
}
