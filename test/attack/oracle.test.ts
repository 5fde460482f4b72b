/** The policy's word on what arrived, and what a forgiving upstream would make of a path. */
import { expect, test } from 'vitest'
import { forgivingPath, oracleOf } from '../../src/attack/oracle.ts'
import { addressOf } from '../../src/attack/scene.ts'
import { rangeOfTest } from '../support/range.ts'

const { policy, inside } = await rangeOfTest()
const ask = oracleOf(policy, Date.now())
const clientNamed = (name: string) => inside.armed.find(({ client }) => client.name === name)?.client
const owner = clientNamed('range-owner')
const home = addressOf('192.0.2.10')

test.each([
  ['the owner, from home', { client: owner, address: home }, 'GET', '/range/config/clients', 'range/config'],
  [
    'the owner, from elsewhere',
    { client: owner, address: addressOf('203.0.113.9') },
    'GET',
    '/range/config/clients',
    'address_not_allowed',
  ],
  [
    'the owner, from nowhere',
    { client: owner, address: undefined },
    'GET',
    '/range/config/clients',
    'address_denied',
  ],
  [
    'another client',
    { client: clientNamed('range-reader'), address: home },
    'GET',
    '/range/config/clients',
    'feature_missing',
  ],
  ['nobody', { address: home }, 'GET', '/range/config/clients', 'credentials_missing'],
  ['nobody, where it is open', { address: undefined }, 'GET', '/range/public/x', 'range/public'],
  ['a path of no route', { address: home }, 'GET', '/range/configuration', 'unknown_route'],
  [
    'a path that is not canonical',
    { client: owner, address: home },
    'GET',
    '/range/public/../config/clients',
    'bad_path',
  ],
  [
    'a method of no cell',
    { client: owner, address: home },
    'PATCH',
    '/range/config/clients',
    'method_not_allowed',
  ],
  [
    'a secret where a token is asked for',
    { client: owner, address: home },
    'GET',
    '/range/me',
    'credentials_missing',
  ],
  [
    'a token where a secret is asked for',
    { client: owner, token: 'range-tokens', scopes: [], address: home },
    'GET',
    '/range/config/clients',
    'credentials_invalid',
  ],
  [
    'a token with its scope',
    { client: owner, token: 'range-tokens', scopes: ['records.read'], address: home },
    'GET',
    '/range/records',
    'range/records',
  ],
  [
    'a token without it',
    { client: owner, token: 'range-tokens', scopes: ['other'], address: home },
    'GET',
    '/range/records',
    'scope_missing',
  ],
])('%s', async (_, truth, method, path, expected) => {
  const ruling = await ask({ method, host: undefined, path }, truth)
  expect(ruling.allowed ? ruling.route : ruling.reason).toBe(expected)
})

test.each([
  ['/a/../b', '/b'],
  ['/a/%2e%2e/b', '/b'],
  ['/a/%252e%252e%252fb', '/b'],
  ['/a\\..\\b', '/b'],
  ['//a///b', '/a/b'],
  ['/a;x=1/b;y', '/a/b'],
  ['/a%00.css', '/a'],
  ['/a%3fb', '/a'],
  ['/a%23b', '/a'],
  ['/../../a/', '/a'],
  ['/', '/'],
])('a forgiving upstream serves %s as %s', (path, served) => {
  expect(forgivingPath(path)).toBe(served)
})
