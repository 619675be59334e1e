import { expect, test } from 'vitest';
import { requestLabels } from '../../../worker/telemetry/request-labels.ts';

const origins = { kubernetes: 'https://10.0.0.1:6443', store: 'https://store.test' };
const pods = '/api/v1/namespaces/builds/pods';

test.each([
  ['GET', `${pods}?labelSelector=a%3Db`, 'list', 'pods'],
  ['GET', `${pods}?watch=true&resourceVersion=1`, 'watch', 'pods'],
  ['GET', `${pods}?watch=false`, 'list', 'pods'],
  ['GET', `${pods}/bld-1`, 'get', 'pods'],
  ['GET', `${pods}/bld-1/log?follow=true`, 'get', 'pods/log'],
  ['POST', pods, 'create', 'pods'],
  ['DELETE', `${pods}/bld-1`, 'delete', 'pods'],
  ['DELETE', pods, 'deletecollection', 'pods'],
  ['PATCH', `${pods}/bld-1`, 'patch', 'pods'],
  ['PUT', `${pods}/bld-1/status`, 'update', 'pods/status'],
  ['GET', '/api/v1/namespaces/builds/secrets/registry', 'get', 'secrets'],
  ['GET', '/api/v1/nodes/node-1', 'get', 'nodes'],
  ['GET', '/api/v1/namespaces', 'list', 'namespaces'],
  ['GET', '/api/v1/namespaces/builds', 'get', 'namespaces'],
  [
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    'create',
    'selfsubjectaccessreviews',
  ],
  ['GET', '/apis/batch/v1/namespaces/a/jobs/b', 'get', 'jobs'],
  ['GET', '/version', 'get', 'none'],
])('%s %s is to %s %s', (method, path, verb, resource) => {
  expect(requestLabels(origins, { method, path, origin: origins.kubernetes }, 200)).toEqual({
    service: 'kubernetes',
    verb,
    resource,
    code: '200',
  });
});

test.each([
  ['https://store.test', 'store'],
  ['https://registry.test:5000', 'http'],
  ['https://10.0.0.1', 'http'],
])('a request to %s is for %s, by method alone', (origin, service) => {
  const request = { method: 'PUT', path: '/slipway/contexts/1.tar.gz?X-Amz-Signature=1', origin };
  expect(requestLabels(origins, request, 503)).toEqual({
    service,
    verb: 'PUT',
    resource: 'none',
    code: '503',
  });
});

test('without an answer the code is none', () => {
  const request = { method: 'GET', path: pods, origin: origins.kubernetes };
  expect(requestLabels(origins, request, null).code).toBe('none');
});
