import type { AgentOptions, RequestOptions } from 'node:https';
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { Agent } from 'undici';

/**
 * Milliseconds that the API server may be silent, before its answer and within it: a wait that asks
 * has to heartbeat, a creation may go through slow admission webhooks (30 s at most, each). A watch is
 * silent for as long as nothing happens, and the library ends it itself.
 */
const patience = {
  read: { headersTimeout: 15_000, bodyTimeout: 15_000 },
  write: { headersTimeout: 90_000, bodyTimeout: 15_000 },
  watch: { headersTimeout: 30_000, bodyTimeout: 0 },
} as const;

type Kind = keyof typeof patience;
type Patience = Readonly<Record<Kind, Pick<Agent.Options, 'headersTimeout' | 'bodyTimeout'>>>;

/**
 * The library (2.0.1) makes an agent for each request: a TLS handshake each, connections that stay
 * open, and no limit but five minutes to an answer. This one keeps its connections.
 */
export class PooledKubeConfig extends KubeConfig {
  readonly #patience: Patience;
  readonly #agents = new Map<Kind, { readonly tls: string; readonly agent: Agent }>();

  constructor(limits: Patience = patience) {
    super();
    this.#patience = limits;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const tls: RequestOptions & AgentOptions = {};
    await this.applyToHTTPSOptions(tls);
    const options = this.createDispatcherOptions(this.getCurrentCluster(), tls);
    // Behind a proxy it stays the library's own.
    if (options.type !== 'agent') return;
    context.setDispatcher(
      this.#agent(kindOf(context), options.connect as NonNullable<Agent.Options['connect']>),
    );
  }

  /** Another one once a client certificate has been renewed. */
  #agent(kind: Kind, connect: NonNullable<Agent.Options['connect']>): Agent {
    const tls = JSON.stringify(connect);
    const before = this.#agents.get(kind);
    if (before?.tls === tls) return before.agent;
    const agent = new Agent({ connect, ...this.#patience[kind] });
    this.#agents.set(kind, { tls, agent });
    before?.agent.close().catch(() => undefined);
    return agent;
  }
}

function kindOf(context: RequestContext): Kind {
  if (new URL(context.getUrl()).searchParams.get('watch') === 'true') return 'watch';
  return `${context.getHttpMethod()}` === 'GET' ? 'read' : 'write';
}
