import { spawn } from 'node:child_process';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Component } from './component.ts';
import { type ProcessIdentity, identify, isAlive } from './identity.ts';
import { fingerprintOf, readRecord, removeRecord, writeRecord } from './records.ts';
import { stopProcess } from './stop.ts';

/** Where and how an instance's processes are started. */
export interface Supervision {
  readonly logs: string;
  readonly records: string;
  readonly workingDirectory: string;
  /** Variables that every process gets, the instance's mark among them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Command that enters the instance's mount namespace and then runs what follows. */
  readonly enterNode: readonly string[];
  /** Called with the pid right after the start, before the process can have started others. */
  readonly adopt: (pid: number) => Promise<void>;
}

/** A component that doesn't start or doesn't get ready; the message ends with its log's end. */
export class ComponentFailed extends Error {
  override readonly name = 'ComponentFailed';
}

export type Ensured = 'kept' | 'started' | 'restarted';

/**
 * Makes sure that a component runs as described and does its work: keeps the running one when it is
 * the same and healthy, replaces it otherwise.
 *
 * @param timeout milliseconds that a started component has to become healthy
 * @throws ComponentFailed with the end of its log when it ends or doesn't become healthy in time
 */
export async function ensureComponent(
  supervision: Supervision,
  component: Component,
  timeout = 90_000,
): Promise<Ensured> {
  const record = await readRecord(supervision.records, component.name);
  const isRunning = record !== undefined && (await isAlive(record.identity));
  if (isRunning && record.fingerprint === fingerprintOf(component) && (await isHealthy(component)))
    return 'kept';
  if (record !== undefined) await stopProcess(record.identity, component.grace);
  await removeRecord(supervision.records, component.name);
  const { identity, log } = await startComponent(supervision, component);
  await awaitHealthy(component, identity, log, timeout);
  return record === undefined ? 'started' : 'restarted';
}

/** A component that is starting up may refuse for a moment, so one bad answer decides nothing. */
async function isHealthy(component: Component): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (attempt > 0) await delay(300);
    const isGood = await component.check().then(
      () => true,
      () => false,
    );
    if (isGood) return true;
  }
  return false;
}

interface Log {
  readonly path: string;
  /** Where this start's output begins. */
  readonly offset: number;
}

async function startComponent(
  supervision: Supervision,
  component: Component,
): Promise<{ identity: ProcessIdentity; log: Log }> {
  const log = await openLog(supervision.logs, component.name);
  const file = await open(log.path, 'a', 0o600);
  try {
    const [program = '', ...args] = [
      ...(component.isOnNode ? supervision.enterNode : []),
      component.command,
      ...component.args,
    ];
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
      cwd: supervision.workingDirectory,
      env: { ...supervision.environment, ...component.environment },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => {
        reject(
          new ComponentFailed(
            `${component.name} can't be started: ${component.command} failed to run.`,
            {
              cause,
            },
          ),
        );
      });
    });
    child.unref();
    const pid = child.pid ?? 0;
    const identity = await identify(pid);
    if (identity === undefined) throw new ComponentFailed(await endedMessage(component, log));
    await writeRecord(supervision.records, {
      name: component.name,
      identity,
      fingerprint: fingerprintOf(component),
      grace: component.grace,
      startedAt: new Date().toISOString(),
    });
    await supervision.adopt(pid);
    return { identity, log };
  } finally {
    await file.close();
  }
}

async function awaitHealthy(
  component: Component,
  identity: ProcessIdentity,
  log: Log,
  timeout: number,
): Promise<void> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const failure = await component.check().then(
      () => undefined,
      (error: unknown) => error,
    );
    const isRunning = await isAlive(identity);
    if (!isRunning) throw new ComponentFailed(await endedMessage(component, log));
    if (failure === undefined) return;
    if (Date.now() > deadline) {
      throw new ComponentFailed(
        `${component.name} didn't become ready within ${timeout / 1000} s. The end of ${log.path}:\n${await tailOf(log)}`,
        { cause: failure },
      );
    }
    await delay(50);
  }
}

async function endedMessage(component: Component, log: Log): Promise<string> {
  return `${component.name} ended right after its start. The end of ${log.path}:\n${await tailOf(log)}`;
}

async function openLog(directory: string, name: string): Promise<Log> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${name}.log`);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size < rotateAt) return { path, offset: size };
  await rename(path, `${path}.1`);
  return { path, offset: 0 };
}

async function tailOf(log: Log): Promise<string> {
  const file = await open(log.path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(log.offset, size - tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
    return buffer.toString('utf8', 0, bytesRead).trimEnd();
  } finally {
    await file.close();
  }
}

const rotateAt = 16 << 20;
const tailBytes = 2000;
