import { expect, test } from 'vitest'
import { authorization } from '../../src/authorization/stage.ts'
import { NOW } from '../support/facts.ts'

const facts = { now: NOW }
const client = (...features: string[]) => ({ client: { features }, scopes: [], by: 'basic' as const })
const token = (...scopes: string[]) => ({ client: undefined, scopes, by: 'token' as const })
const nobody = { client: undefined, scopes: [], by: 'none' as const }
const anyOf = (features: string[], scopes: string[] = []) => ({ kind: 'any_of' as const, features, scopes })

test.each([
  ['anyone may, without credentials', { kind: 'anyone' as const }, nobody, undefined],
  ['a client without features is authenticated', { kind: 'authenticated' as const }, client(), undefined],
  [
    'one of several features is enough',
    anyOf(['direct_access', 'owner']),
    client('metadata', 'owner'),
    'owner',
  ],
  ['a scope opens', anyOf([], ['a', 'b']), token('b'), 'b'],
  ['a scope opens where a feature would too', anyOf(['owner'], ['a']), token('a'), 'a'],
])('%s', (_, callers, principal, by) => {
  expect(authorization.run({ facts, callers, principal, route: {} })).toEqual({
    ok: true,
    value: { entitlement: { by } },
  })
})

test.each([
  ['nobody is not authenticated', { kind: 'authenticated' as const }, nobody, 'credentials_missing'],
  ['another feature', anyOf(['owner']), client('direct_access'), 'feature_missing'],
  ['no feature at all', anyOf(['owner']), client(), 'feature_missing'],
  ['a feature in other case', anyOf(['owner']), client('Owner'), 'feature_missing'],
  ['a scope where a feature is asked for', anyOf(['owner']), token('owner'), 'feature_missing'],
  ['another scope', anyOf([], ['a']), token('b', 'aa'), 'scope_missing'],
  ['a feature where a scope is asked for', anyOf([], ['owner']), client('owner'), 'scope_missing'],
  ['an empty list of callers', anyOf([]), client('owner'), 'scope_missing'],
])('denied: %s', (_, callers, principal, reason) => {
  expect(authorization.run({ facts, callers, principal, route: {} })).toMatchObject({
    ok: false,
    error: { reason },
  })
})
