import type { Tools } from '../tools/tools.ts';
import type { Instance } from '../instance/record.ts';
import { CommandFailed, run } from './run.ts';

/** A chain of the instance's own: which built-in chain jumps to it, and its rules in order. */
export interface Chain {
  readonly table: 'filter' | 'nat';
  readonly name: string;
  readonly hook: string;
  readonly rules: readonly (readonly string[])[];
}

/**
 * The rules of an instance: Pods reach the gateway, and the outside by masquerade, also where the
 * machine's own policy drops what it doesn't know. Outside the own chains there is one jump to each.
 */
export function firewallChains(
  instance: Pick<Instance, 'bridge' | 'chainPrefix' | 'subnet'>,
): readonly Chain[] {
  const { bridge, chainPrefix, subnet } = instance;
  return [
    {
      table: 'filter',
      name: `${chainPrefix}-IN`,
      hook: 'INPUT',
      rules: [['-i', bridge, '-d', subnet.gateway, '-j', 'ACCEPT']],
    },
    {
      table: 'filter',
      name: `${chainPrefix}-FWD`,
      hook: 'FORWARD',
      rules: [
        ['-i', bridge, '-j', 'ACCEPT'],
        ['-o', bridge, '-j', 'ACCEPT'],
      ],
    },
    {
      table: 'nat',
      name: `${chainPrefix}-NAT`,
      hook: 'POSTROUTING',
      rules: [['-s', subnet.cidr, '!', '-o', bridge, '-j', 'MASQUERADE']],
    },
  ];
}

export type Iptables = Pick<Tools, 'iptables' | 'environment'>;

/** Makes each chain hold exactly its rules, with one jump to it at the start of its hook. */
export async function applyFirewall(tools: Iptables, chains: readonly Chain[]): Promise<void> {
  for (const chain of chains) {
    if (await isApplied(tools, chain)) continue;
    await attempt(tools, [...on(chain), '-N', chain.name]);
    await iptables(tools, [...on(chain), '-F', chain.name]);
    for (const rule of chain.rules)
      await iptables(tools, [...on(chain), '-A', chain.name, ...rule]);
    if (!(await hasJump(tools, chain)))
      await iptables(tools, [...on(chain), '-I', chain.hook, '1', '-j', chain.name]);
  }
}

/** Removes the jumps and the chains; what isn't there is skipped. */
export async function removeFirewall(tools: Iptables, chains: readonly Chain[]): Promise<void> {
  for (const chain of chains) {
    if (!(await exists(tools, chain))) continue;
    while (await hasJump(tools, chain))
      await iptables(tools, [...on(chain), '-D', chain.hook, '-j', chain.name]);
    await iptables(tools, [...on(chain), '-F', chain.name]);
    await iptables(tools, [...on(chain), '-X', chain.name]);
  }
}

/** Names of the chains that exist. */
export async function existingChains(
  tools: Iptables,
  chains: readonly Chain[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const chain of chains)
    if (await exists(tools, chain)) found.push(`${chain.table}/${chain.name}`);
  return found;
}

async function isApplied(tools: Iptables, chain: Chain): Promise<boolean> {
  if (!(await hasJump(tools, chain))) return false;
  const listed = await iptables(tools, [...on(chain), '-S', chain.name]);
  const rules = listed.split('\n').filter((line) => line.startsWith('-A '));
  // iptables adds defaults when it prints (`-m tcp`, `--reject-with`), so each rule is asked for.
  if (rules.length !== chain.rules.length) return false;
  for (const rule of chain.rules) {
    if (!(await attempt(tools, [...on(chain), '-C', chain.name, ...rule]))) return false;
  }
  return true;
}

function exists(tools: Iptables, chain: Chain): Promise<boolean> {
  return attempt(tools, [...on(chain), '-S', chain.name]);
}

function hasJump(tools: Iptables, chain: Chain): Promise<boolean> {
  return attempt(tools, [...on(chain), '-C', chain.hook, '-j', chain.name]);
}

function on(chain: Chain): readonly string[] {
  // -w: wait for the xtables lock that another program may hold.
  return ['-w', '10', '-t', chain.table];
}

async function attempt(tools: Iptables, args: readonly string[]): Promise<boolean> {
  try {
    await iptables(tools, args);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed && (error.exitCode === 1 || error.exitCode === 2))
      return false;
    throw error;
  }
}

function iptables(tools: Iptables, args: readonly string[]): Promise<string> {
  return run(tools.iptables, args, { environment: tools.environment });
}
