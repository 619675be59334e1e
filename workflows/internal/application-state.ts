import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { AssembleComponentOutput, ResolvedSource } from '../contract/activities.ts';
import type { Application, Component, Container } from '../contract/application.ts';
import type {
  BuildStatus,
  ComponentResult,
  ContainerFailure,
  ContainerResult,
  ContainerStatus,
  PackageRef,
} from '../contract/build.ts';
import {
  componentQuery,
  containerCancelledSignal,
  definitionQuery,
  finishedComponentQuery,
  packagesQuery,
  planQuery,
  sourcesQuery,
  summaryQuery,
  type BuildApplicationInput,
  type BuildContainerOutput,
  type BuildMode,
  type ContainerPlan,
} from '../contract/messages.ts';
import { queuedResult } from './container-state.ts';
import { finishedComponent, present } from './finished-component.ts';
import { renderBuildDetails, type ContainerState } from './progress.ts';

const successes: readonly ContainerStatus[] = ['built', 'unchanged', 'existing'];

/** Keeps the answer to the query small, however many containers warn. */
const shownWarnings = 50;

/** A build's state: what the queries and the Temporal UI show of it. */
export class ApplicationBuildState {
  readonly failures: {
    readonly of: 'container' | 'package';
    readonly where: string;
    readonly failure: ContainerFailure;
  }[] = [];
  readonly packages = new Map<string, AssembleComponentOutput>();
  status: BuildStatus = 'running';
  /** The commits that the build sees. */
  sources: readonly ResolvedSource[] = [];
  private readonly claimed = new Set<string>();
  private readonly warnings: string[] = [];
  private version: string | null = null;
  private package: PackageRef | null = null;
  private failure: ContainerFailure | null = null;
  private readonly containers = new Map<string, ContainerState>();
  private readonly plans = new Map<string, ContainerPlan>();
  private readonly mode: BuildMode;
  private application: Application;

  constructor(buildId: string, { application, mode = 'build', trigger }: BuildApplicationInput) {
    this.application = application;
    this.mode = mode;
    setHandler(summaryQuery, () => ({
      buildId,
      application: this.application.name,
      version: this.version,
      status: this.status,
      components: this.application.components.map(({ name }) => name),
      package: this.package,
      warnings: this.warnings.slice(0, shownWarnings),
      mode,
      ...(trigger === undefined ? {} : { trigger }),
      ...(this.failure === null ? {} : { failure: this.failure }),
    }));
    setHandler(componentQuery, (name: string) => this.component(name));
    setHandler(planQuery, (name: string) => this.plan(name));
    setHandler(sourcesQuery, () => this.sources);
    setHandler(definitionQuery, () => this.application);
    setHandler(finishedComponentQuery, (name: string) =>
      finishedComponent(this.componentOf(name), this.plan(name)),
    );
    setHandler(packagesQuery, () =>
      this.application.components.map(({ name }) => present(this.packages.get(name), name)),
    );
    this.replace(application);
    setHandler(containerCancelledSignal, (component: string, output: BuildContainerOutput) => {
      // Anyone may send it: an error here would fail the workflow task again and again.
      if (this.containers.has(key(component, output.result.name))) this.ended(component, output);
    });
  }

  /** Before anything of the last one was started: this is what is built. */
  replace(application: Application): void {
    this.application = application;
    this.version = application.version;
    this.containers.clear();
    for (const component of application.components) {
      for (const container of component.containers) {
        const result = queuedResult(container);
        const state = { component: component.name, result, startedAt: null, finishedAt: null };
        this.containers.set(key(component.name, container.name), state);
      }
    }
    this.show();
  }

  started(component: Component, container: Container): void {
    const { result } = this.of(component.name, container.name);
    const running: ContainerResult = { ...result, status: 'running' };
    this.set(component.name, { result: running, startedAt: Date.now() });
    this.show();
  }

  ended(component: string, output: BuildContainerOutput): void {
    const { result, warnings } = output;
    this.warnings.push(...warnings.map((text) => `${component}/${result.name}: ${text}`));
    this.plans.set(key(component, result.name), {
      component,
      name: result.name,
      result,
      commit: output.commit,
      rendered: output.rendered ?? null,
      warnings,
    });
    this.set(component, { result, finishedAt: Date.now() });
    this.show();
    if (result.failure !== null) {
      const where = `${component}/${result.name}`;
      this.failures.push({ of: 'container', where, failure: result.failure });
    }
  }

  /**
   * No container will be started any more. One that is still running here never was: the cancel
   * came between its turn and its start; a child that ran has reported its end.
   *
   * @param failure what they were skipped for; null for a cancel
   */
  skipUnended(failure: ContainerFailure | null): void {
    for (const { component, result } of this.containers.values()) {
      if (result.status === 'queued' || result.status === 'running')
        this.set(component, { result: { ...result, status: 'skipped', failure } });
    }
    this.show();
  }

  packaged(assembled: AssembleComponentOutput): void {
    this.packages.set(assembled.name, assembled);
    const { warnings = [] } = assembled;
    this.warnings.push(...warnings.map((text) => `${assembled.name}: ${text}`));
    for (const { component, result } of this.containers.values()) {
      if (component !== assembled.name || result.status === 'existing') continue;
      const tags = [...new Set([...result.tags, ...(assembled.tags ?? [])])];
      this.set(component, { result: { ...result, tags } });
    }
    this.show();
  }

  published(version: string, ref: PackageRef): void {
    this.version = version;
    this.package = ref;
    this.show();
  }

  /** True for the first caller only: who assembles the component. */
  claimPackage({ name }: Component): boolean {
    if (this.claimed.has(name)) return false;
    this.claimed.add(name);
    return true;
  }

  isComplete(component: Component): boolean {
    return this.results(component).every(({ status }) => successes.includes(status));
  }

  /** What the build as a whole failed of. */
  failed(failure: ContainerFailure): void {
    this.failure = failure;
  }

  end(status: BuildStatus): void {
    this.status = status;
    this.show();
  }

  private component(name: string): ComponentResult {
    const component = this.componentOf(name);
    return {
      name,
      status: this.componentStatus(component),
      package: this.packages.get(name)?.package ?? null,
      containers: this.results(component),
    };
  }

  private plan(name: string): readonly ContainerPlan[] {
    return this.componentOf(name).containers.flatMap((container) => {
      const plan = this.plans.get(key(name, container.name));
      return plan === undefined ? [] : [plan];
    });
  }

  private componentOf(name: string): Component {
    const component = this.application.components.find((candidate) => candidate.name === name);
    if (component === undefined) throw new Error(`this build has no component ${name}`);
    return component;
  }

  /** In a plan `skipped` is the verdict of a container that ended well. */
  private isPlanned({ name, containers }: Component): boolean {
    return this.mode === 'plan' && containers.every((one) => this.plans.has(key(name, one.name)));
  }

  private componentStatus(component: Component): BuildStatus {
    const statuses = this.results(component).map(({ status }) => status);
    if (statuses.every((status) => status === 'queued')) return 'queued';
    if (statuses.some((status) => status === 'queued' || status === 'running')) return 'running';
    if (statuses.includes('failed')) return 'failed';
    if (statuses.includes('cancelled')) return 'cancelled';
    if (this.isPlanned(component)) return 'succeeded';
    if (statuses.includes('skipped')) return this.status === 'failed' ? 'failed' : 'cancelled';
    if (this.packages.has(component.name)) return 'succeeded';
    // The images are there; the package is not yet, or never will be.
    return this.status === 'running' ? 'running' : this.status;
  }

  private results(component: Component): readonly ContainerResult[] {
    return component.containers.map(({ name }) => this.of(component.name, name).result);
  }

  private of(component: string, container: string): ContainerState {
    const state = this.containers.get(key(component, container));
    if (state === undefined) throw new TypeError(`no container ${component}/${container}`);
    return state;
  }

  private set(
    component: string,
    change: { readonly result: ContainerResult } & Partial<ContainerState>,
  ): void {
    const state = this.of(component, change.result.name);
    this.containers.set(key(component, change.result.name), { ...state, ...change });
  }

  private show(): void {
    const { status, mode, failure } = this;
    const containers = [...this.containers.values()];
    setCurrentDetails(renderBuildDetails(status, containers, { mode, failure }));
  }
}

function key(component: string, container: string): string {
  return `${component}/${container}`;
}
