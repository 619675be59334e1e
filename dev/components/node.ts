import { join } from 'node:path';

import { nodeProblem } from '../cluster/node-problem.ts';
import { expectOk } from '../cluster/request.ts';
import { insideCommand } from '../host/mount-namespace.ts';
import { run } from '../host/run.ts';
import type { Component } from '../process/component.ts';
import { containerdSocket } from './containerd-config.ts';
import { type Setting, addressOf } from './setting.ts';

/** @param configuration contents of the files that `writeNodeConfiguration` wrote */
export function containerd({ paths, tools }: Setting, configuration: readonly string[]): Component {
  const [nsenter = '', ...enter] = insideCommand(paths);
  return {
    name: 'containerd',
    command: tools.containerd,
    args: ['--config', join(paths.config, 'containerd.toml')],
    environment: {},
    configuration,
    isOnNode: true,
    grace: 2000,
    async check() {
      await run(
        nsenter,
        [...enter, tools.ctr, '--address', containerdSocket, '--timeout', '2s', 'version'],
        {
          environment: tools.environment,
        },
      );
    },
  };
}

/** @param configuration contents of the files that `writeNodeConfiguration` wrote */
export function kubelet(
  { instance, paths, tools, certificates }: Setting,
  configuration: readonly string[],
): Component {
  const { authority, admin } = certificates;
  return {
    name: 'kubelet',
    command: tools.kubelet,
    args: [
      `--config=${join(paths.config, 'kubelet.yaml')}`,
      `--kubeconfig=${join(paths.config, 'kubelet.kubeconfig')}`,
      `--hostname-override=${instance.name}`,
      `--node-ip=${instance.subnet.gateway}`,
    ],
    environment: {},
    configuration,
    isOnNode: true,
    grace: 500,
    async check() {
      await expectOk(`http://${addressOf(instance, 'kubeletHealth')}/healthz`);
      const answer = await expectOk(
        `https://${addressOf(instance, 'apiServer')}/api/v1/nodes/${instance.name}`,
        {
          ca: authority.certificate,
          certificate: admin.certificate,
          key: admin.key,
        },
      );
      const problem = nodeProblem(JSON.parse(answer.body));
      if (problem !== undefined) throw new Error(problem);
    },
  };
}
