import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  cacheDirectory,
  commandSettings,
  environmentInUse,
  homeDirectory,
  localEnvironment,
  temporalOrigin,
} from '../../cli/environment.ts';
import { UsageError } from '../../cli/exit.ts';
import type { LocalEnvironment } from '../../dev/environment.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const local: LocalEnvironment = {
  instance: 'a1b2c3',
  home: '/srv/slipway',
  temporal: { address: '127.0.0.1:7233', namespace: 'default', ui: 'http://127.0.0.1:8233' },
  kubernetes: { kubeconfig: '/srv/slipway/kubeconfig', namespace: 'slipway' },
  registry: { host: '10.0.0.1:5000', secretName: 'registry', authFile: '/srv/auth.json' },
  store: { endpoint: 'https://10.0.0.1:9000', bucket: 'slipway' },
  caBundle: '/srv/slipway/ca.pem',
  settings: { TEMPORAL_ADDRESS: '127.0.0.1:7233', SLIPWAY_DEFAULT_REGISTRY: '10.0.0.1:5000' },
};

async function homeWith(text: string): Promise<{ readonly SLIPWAY_HOME: string }> {
  const home = join(await temporaryDirectory(), 'home');
  await mkdir(home);
  await writeFile(join(home, 'environment.json'), text);
  return { SLIPWAY_HOME: home };
}

describe('directories', () => {
  test('are the person’s own by default', () => {
    expect(homeDirectory({})).toBe(join(homedir(), '.slipway'));
    expect(cacheDirectory({})).toBe(join(homedir(), '.cache', 'slipway'));
  });

  test('are absolute, whatever is set', () => {
    expect(homeDirectory({ SLIPWAY_HOME: 'here' })).toBe(resolve('here'));
    expect(cacheDirectory({ SLIPWAY_CACHE: '/var/cache/../x' })).toBe('/var/x');
  });
});

describe('the local environment', () => {
  test('is what `dev up` wrote', async () => {
    expect(localEnvironment(await homeWith(JSON.stringify(local)))).toEqual(local);
  });

  test('is none where nothing was started', () => {
    expect(localEnvironment({ SLIPWAY_HOME: '/nonexistent' })).toBeNull();
  });

  test.each([
    ['of another version', JSON.stringify({ ...local, store: 'there' })],
    ['cut off', JSON.stringify(local).slice(0, 40)],
  ])('%s is refused with its file and what to do', async (_which, text) => {
    const environment = await homeWith(text);
    const reading = (): unknown => localEnvironment(environment);
    expect(reading).toThrow(UsageError);
    expect(reading).toThrow(join(environment.SLIPWAY_HOME, 'environment.json'));
    expect(reading).toThrow('slipway dev up');
  });
});

describe('the environment in use', () => {
  test.each([{}, { TEMPORAL_ADDRESS: '127.0.0.1:7233' }])(
    'is the local one where %j names no other Temporal',
    async (own) => {
      const environment = { ...(await homeWith(JSON.stringify(local))), ...own };
      expect(environmentInUse(environment)).toEqual(local);
      expect(environmentInUse(commandSettings(environment))).toEqual(local);
    },
  );

  test.each([{ TEMPORAL_ADDRESS: 'temporal.example.com:7233' }, { TEMPORAL_PROFILE: 'work' }])(
    'is not the local one where %j names another Temporal',
    async (own) => {
      const environment = { ...(await homeWith(JSON.stringify(local))), ...own };
      expect(environmentInUse(environment)).toBeNull();
    },
  );
});

describe('a command’s Temporal', () => {
  const nowhere = { SLIPWAY_HOME: '/nonexistent' };

  test('is named by the local environment where no other is', async () => {
    expect(temporalOrigin(await homeWith(JSON.stringify(local)))).toBe(
      'the local environment in /srv/slipway',
    );
  });

  test.each([
    [{ TEMPORAL_ADDRESS: 'temporal.example.com:7233' }, 'TEMPORAL_ADDRESS'],
    [{ TEMPORAL_PROFILE: 'work' }, 'profile work of Temporal’s configuration file'],
    [{}, 'Temporal’s configuration file'],
  ])('is named by its caller with %j', (own, origin) => {
    expect(temporalOrigin({ ...nowhere, ...own })).toBe(origin);
  });
});

describe('the settings of a command', () => {
  test('are the local environment’s, with the caller’s own above them', async () => {
    const own = { ...(await homeWith(JSON.stringify(local))), SLIPWAY_DEFAULT_REGISTRY: 'mine' };
    expect(commandSettings(own)).toEqual({ ...local.settings, ...own });
  });

  test.each(['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE'])(
    'are the caller’s alone where %s names another Temporal',
    async (name) => {
      const own = { ...(await homeWith(JSON.stringify(local))), [name]: 'other' };
      expect(commandSettings(own)).toEqual(own);
    },
  );

  test('are the caller’s where there is no local environment', () => {
    const own = { SLIPWAY_HOME: '/nonexistent', PATH: '/bin' };
    expect(commandSettings(own)).toEqual(own);
  });
});
