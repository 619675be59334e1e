/** Where a worker's requests go, as origins (`https://host:port`). */
export interface ServiceOrigins {
  readonly kubernetes: string;
  readonly store: string;
}

export interface RequestLabels {
  readonly service: 'kubernetes' | 'store' | 'http';
  readonly verb: string;
  readonly resource: string;
  readonly code: string;
}

/**
 * What is counted of a request: nothing of a name, a query or a body.
 *
 * @param status null when there was no answer
 */
export function requestLabels(
  origins: ServiceOrigins,
  request: { readonly method: string; readonly origin: string; readonly path: string },
  status: number | null,
): RequestLabels {
  const code = status === null ? 'none' : String(status);
  const { origin, method } = request;
  if (origin !== origins.kubernetes) {
    const service = origin === origins.store ? 'store' : 'http';
    return { service, verb: method, resource: 'none', code };
  }
  return { service: 'kubernetes', ...kubernetesRequest(method, request.path), code };
}

const verbs: Readonly<Partial<Record<string, string>>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
};

/**
 * Verb and resource of a request to the Kubernetes API, as RBAC names them.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
function kubernetesRequest(
  method: string,
  path: string,
): { readonly verb: string; readonly resource: string } {
  const [pathname = '', query = ''] = path.split('?', 2);
  const parts = pathname.split('/').filter(Boolean);
  const inGroup = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : [];
  const [type, name, subresource] =
    inGroup[0] === 'namespaces' && inGroup.length > 2 ? inGroup.slice(2) : inGroup;
  if (type === undefined) return { verb: method.toLowerCase(), resource: 'none' };
  const resource = subresource === undefined ? type : `${type}/${subresource}`;
  if (method === 'GET') {
    const isWatch = new URLSearchParams(query).get('watch') === 'true';
    return { verb: isWatch ? 'watch' : name === undefined ? 'list' : 'get', resource };
  }
  if (method === 'DELETE') {
    return { verb: name === undefined ? 'deletecollection' : 'delete', resource };
  }
  return { verb: verbs[method] ?? method.toLowerCase(), resource };
}
