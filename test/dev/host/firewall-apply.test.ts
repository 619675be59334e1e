import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import {
  type Iptables,
  applyFirewall,
  existingChains,
  firewallChains,
  removeFirewall,
} from '../../../dev/host/firewall.ts';
import { deriveIdentity } from '../../../dev/instance/identity.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { writeScript } from '../tools/support.ts';

/**
 * A stand-in for iptables that keeps each chain in a file, one rule a line, and logs its calls:
 * `-w 10 -t TABLE COMMAND CHAIN …`.
 */
const standIn = [
  'cd "$STATE"',
  'echo "$*" >> log',
  '[ -e "fail" ] && { echo "$(cat fail)" >&2; exit 4; }',
  'table=$4; command=$5; chain=$6; shift 6; file="$table.$chain"',
  'case $command in',
  '-N) [ ! -e "$file" ] && : > "$file" ;;',
  '-F) [ -e "$file" ] && : > "$file" ;;',
  '-X) [ -e "$file" ] && [ ! -s "$file" ] && rm "$file" ;;',
  '-A) [ -e "$file" ] && echo "$*" >> "$file" ;;',
  '-I) shift; { echo "$*"; cat "$file"; } > new && mv new "$file" ;;',
  '-C) [ -e "$file" ] && grep -Fxq -e "$*" "$file" ;;',
  '-D) n=$(grep -Fxn -e "$*" "$file" | head -n 1 | cut -d: -f1); [ -n "$n" ] && sed -i "${n}d" "$file" ;;',
  '-S) [ -e "$file" ] && echo "-N $chain" && sed "s/^/-A $chain /" "$file" ;;',
  '*) exit 2 ;;',
  'esac',
];

const subnet = { cidr: '10.70.1.0/24', gateway: '10.70.1.1', loopback: '127.70.1.1' };
const identity = deriveIdentity('/home/a');
const chains = firewallChains({ ...identity, subnet });
const [input] = chains;
const hooks = ['filter.INPUT', 'filter.FORWARD', 'nat.POSTROUTING'];
/** A rule that was there before. */
const other = '-j DOCKER-USER';

let state = '';
let tools: Iptables;
beforeEach(async () => {
  state = await temporaryDirectory();
  for (const hook of hooks) await writeFile(join(state, hook), `${other}\n`);
  const iptables = await writeScript(join(state, 'iptables'), ...standIn);
  tools = { iptables, environment: { STATE: state } };
});

async function rules(chain: string): Promise<readonly string[]> {
  return (await readFile(join(state, chain), 'utf8')).split('\n').slice(0, -1);
}

/** The commands since the last call, without those that only ask. */
async function changes(): Promise<readonly string[]> {
  const log = await readFile(join(state, 'log'), 'utf8');
  await rm(join(state, 'log'));
  const calls = log.split('\n').slice(0, -1);
  for (const call of calls) expect(call).toMatch(/^-w 10 -t (filter|nat) /);
  return calls
    .map((call) => call.split(' ').slice(4).join(' '))
    .filter((call) => !/^-[CS]/.test(call));
}

async function expectApplied(): Promise<void> {
  for (const { table, name, hook, rules: wanted } of chains) {
    expect(await rules(`${table}.${name}`)).toEqual(wanted.map((rule) => rule.join(' ')));
    expect(await rules(`${table}.${hook}`)).toEqual([`-j ${name}`, other]);
  }
}

describe('applyFirewall', () => {
  test('makes the chains and jumps to them before all other rules', async () => {
    await applyFirewall(tools, chains);
    await expectApplied();
    expect(await existingChains(tools, chains)).toEqual(
      chains.map(({ table, name }) => `${table}/${name}`),
    );
  });

  test('changes nothing where all is there', async () => {
    await applyFirewall(tools, chains);
    await changes();
    await applyFirewall(tools, chains);
    expect(await changes()).toEqual([]);
  });

  const damages: readonly (readonly [string, (chain: string, hook: string) => Promise<void>])[] = [
    ['lost its rules', (chain) => writeFile(join(state, chain), '')],
    ['got another rule', (chain) => writeFile(join(state, chain), '-j DROP\n')],
    ['lost its jump', (_, hook) => writeFile(join(state, hook), `${other}\n`)],
  ];
  test.each(damages)('mends a chain that %s, and no other', async (_, damage) => {
    await applyFirewall(tools, chains);
    await damage(`filter.${input?.name}`, 'filter.INPUT');
    await changes();
    await applyFirewall(tools, chains);
    await expectApplied();
    for (const call of await changes()) expect(call).toContain(input?.name);
  });

  test('moves to another subnet', async () => {
    await applyFirewall(tools, chains);
    const moved = { ...subnet, cidr: '10.70.2.0/24', gateway: '10.70.2.1' };
    await applyFirewall(tools, firewallChains({ ...identity, subnet: moved }));
    expect(await rules(`filter.${input?.name}`)).toEqual([
      `-i ${identity.bridge} -d 10.70.2.1 -j ACCEPT`,
    ]);
  });

  test('tells what iptables says when it can’t work at all', async () => {
    await writeFile(join(state, 'fail'), 'Permission denied (you must be root)');
    await expect(applyFirewall(tools, chains)).rejects.toThrow('you must be root');
  });
});

describe('removeFirewall', () => {
  test('leaves the hooks as they were, and can be said twice', async () => {
    await applyFirewall(tools, chains);
    await removeFirewall(tools, chains);
    for (const hook of hooks) expect(await rules(hook)).toEqual([other]);
    expect(await existingChains(tools, chains)).toEqual([]);
    await changes();
    await removeFirewall(tools, chains);
    expect(await changes()).toEqual([]);
  });

  test('removes every jump to a chain', async () => {
    await applyFirewall(tools, chains);
    await writeFile(
      join(state, 'filter.INPUT'),
      `-j ${input?.name}\n${other}\n-j ${input?.name}\n`,
    );
    await removeFirewall(tools, chains);
    expect(await rules('filter.INPUT')).toEqual([other]);
  });

  test('leaves the chains of another instance', async () => {
    const theirs = firewallChains({ ...deriveIdentity('/home/b'), subnet });
    await applyFirewall(tools, theirs);
    await applyFirewall(tools, chains);
    await removeFirewall(tools, chains);
    expect(await existingChains(tools, theirs)).toHaveLength(theirs.length);
    expect(await rules('filter.INPUT')).toEqual([`-j ${theirs[0]?.name}`, other]);
  });
});
