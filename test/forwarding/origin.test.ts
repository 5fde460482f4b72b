import { expect, test } from 'vitest'
import { resolveOrigin } from '../../src/forwarding/origin.ts'

test.each([
  ['a fixed origin', { url: 'https://api.example:8443' }, 'https://api.example:8443'],
  ['a variable', { env: 'SET' }, 'https://set.example'],
  ['a variable with a trailing slash', { env: 'SLASH' }, 'https://slash.example'],
  [
    'a missing variable with a fallback',
    { env: 'UNSET', fallback: 'http://127.0.0.1:9' },
    'http://127.0.0.1:9',
  ],
  ['an empty variable counts as missing', { env: 'EMPTY', fallback: 'http://f.example' }, 'http://f.example'],
  ['a missing variable', { env: 'UNSET' }, undefined],
  ['a path', { env: 'PATH' }, undefined],
  ['a query', { url: 'https://a.example/?x' }, undefined],
  ['user information', { url: 'https://u:p@a.example' }, undefined],
  ['another scheme', { url: 'ftp://a.example' }, undefined],
  ['a binding that is no text', { env: 'OBJECT' }, undefined],
  ['no URL at all', { url: 'a.example' }, undefined],
])('%s', (_, config, origin) => {
  const environment = {
    SET: 'https://set.example',
    SLASH: 'https://slash.example/',
    EMPTY: '',
    PATH: 'https://a.example/base',
    OBJECT: {},
  }
  expect(resolveOrigin(config, environment)).toBe(origin)
})
