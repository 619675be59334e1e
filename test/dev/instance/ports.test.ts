import { createServer } from 'node:net';

import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import {
  canListen,
  choosePorts,
  portNames,
  type Ports,
  standardPorts,
} from '../../../dev/instance/ports.ts';

const nobody = new Set<never>();

describe('choosePorts', () => {
  test('keeps the wanted ports when they are free', async () => {
    expect(await choosePorts(standardPorts, nobody, async () => true)).toEqual(standardPorts);
  });

  test('keeps the ports that its own processes hold', async () => {
    expect(await choosePorts(standardPorts, new Set(portNames), async () => false)).toEqual(
      standardPorts,
    );
  });

  test('moves only what is taken, to ports that are free and nobody else wants', async () => {
    const port = fc.constantFrom(...Object.values(standardPorts));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(port), async (taken) => {
        const isFree = async (_: string, candidate: number): Promise<boolean> =>
          !taken.includes(candidate as never);
        const chosen = await choosePorts(standardPorts, nobody, isFree);
        for (const name of portNames) {
          expect(chosen[name] === standardPorts[name]).toBe(!taken.includes(standardPorts[name]));
          expect(taken).not.toContain(chosen[name]);
          expect(chosen[name]).toBeGreaterThanOrEqual(1024);
          expect(chosen[name]).toBeLessThan(32_768);
        }
        expect(new Set(Object.values(chosen)).size).toBe(portNames.length);
      }),
    );
  });

  test('moves from any recorded port', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 65_535 }), async (registry) => {
        const wanted: Ports = { ...standardPorts, registry };
        const chosen = await choosePorts(
          wanted,
          nobody,
          async (_, candidate) => candidate !== registry,
        );
        expect(chosen.registry).not.toBe(registry);
        expect(chosen.registry).toBeGreaterThanOrEqual(1024);
      }),
    );
  });

  test('names the service that finds no port', async () => {
    await expect(choosePorts(standardPorts, nobody, async () => false)).rejects.toThrow(
      'No free port for registry',
    );
  });
});

describe('canListen', () => {
  test('tells a taken port from a free one', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    expect(await canListen('127.0.0.1', address.port)).toBe(false);
    expect(await canListen('127.0.0.9', address.port)).toBe(true);
  });

  test('is false for an address that this machine does not have', async () => {
    expect(await canListen('192.0.2.250', 5000)).toBe(false);
  });
});
