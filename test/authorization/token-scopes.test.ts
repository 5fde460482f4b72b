import { describe, expect, test } from 'vitest'
import { authorization } from '../../src/authorization/stage.ts'
import { grantableScope } from '../../src/authorization/token-scopes.ts'
import { NOW } from '../support/facts.ts'

const OWN = ['openid', 'read']
const CC = 'client_credentials'

describe('cut down', () => {
  test.each([
    ['what is allowed stays as it is', 'read openid', CC, undefined],
    ['blanks between are left alone', ' read  openid ', CC, undefined],
    ['the rest is taken away, in the order of the request', 'write read admin openid', CC, 'read openid'],
    ['a scope that only begins alike is another one', 'read readAll', CC, 'read'],
    ['case counts', 'READ read', CC, 'read'],
    ['without a scope, the client’s own are named', undefined, CC, 'openid read'],
    ['an empty one is none', '', CC, 'openid read'],
    ['a grant of the user’s password asks for the default too', undefined, 'password', 'openid read'],
    ['a code was issued for its scopes', undefined, 'authorization_code', undefined],
    ['a refreshed token has those of the first one', undefined, 'refresh_token', undefined],
    ['an authorization request that is sent ahead', 'read write', undefined, 'read'],
    ['one that names none', undefined, undefined, 'openid read'],
    ['a refresh that names scopes is no exception', 'write read', 'refresh_token', 'read'],
  ])('%s', (_, scope, grantType, expected) => {
    expect(grantableScope({ scope, grantType }, OWN, 'cut_down')).toEqual({ ok: true, value: expected })
  })

  test('nothing left is refused: an empty scope would be the default', () => {
    expect(grantableScope({ scope: 'write,read', grantType: CC }, OWN, 'cut_down')).toEqual({
      ok: false,
      error: { reason: 'scope_excess', asked: ['write,read'], granted: OWN },
    })
  })
})

describe('refused', () => {
  test.each([
    ['one too many', 'read write', CC],
    ['none named', undefined, CC],
    ['a token exchange that names none', undefined, 'urn:ietf:params:oauth:grant-type:token-exchange'],
  ])('%s', (_, scope, grantType) => {
    expect(grantableScope({ scope, grantType }, OWN, 'refuse')).toMatchObject({
      ok: false,
      error: { reason: 'scope_excess' },
    })
  })

  test('exactly the client’s own', () => {
    expect(grantableScope({ scope: 'openid read', grantType: CC }, OWN, 'refuse')).toEqual({
      ok: true,
      value: undefined,
    })
  })
})

test('a client without the restriction asks for what it likes', () => {
  expect(grantableScope({ scope: 'x', grantType: undefined }, undefined, 'refuse')).toEqual({
    ok: true,
    value: undefined,
  })
})

describe('in the stage', () => {
  const principal = {
    client: { features: ['issuer'], customScopes: OWN },
    scopes: [],
    by: 'client' as const,
    tokenRequest: { scope: 'read write', grantType: CC },
  }
  const run = (excessScopes: 'cut_down' | 'refuse', features = ['issuer']) =>
    authorization.run({
      facts: { now: NOW },
      callers: { kind: 'any_of', features, scopes: [] },
      principal,
      route: { client: { excessScopes } },
    })

  test('the scope goes on cut down', () => {
    expect(run('cut_down')).toEqual({ ok: true, value: { entitlement: { by: 'issuer', scope: 'read' } } })
  })

  test('or the request is refused', () => {
    expect(run('refuse')).toMatchObject({ ok: false, error: { reason: 'scope_excess' } })
  })

  test('a missing feature is said first', () => {
    expect(run('cut_down', ['owner'])).toMatchObject({ ok: false, error: { reason: 'feature_missing' } })
  })
})
