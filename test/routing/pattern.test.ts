import { expect, test } from 'vitest'
import { fail } from '../../src/base/result.ts'
import { comparePatterns, type Pattern, parsePattern, shapeOf } from '../../src/routing/pattern.ts'

function pattern(text: string): Pattern {
  const parsed = parsePattern(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.kind}`)
  return parsed.value
}

test('reads literal segments, parameters and the rest', () => {
  expect(pattern('/config/{appId}/clients/**').segments).toEqual([
    { kind: 'literal', key: 'config' },
    { kind: 'one', name: 'appId' },
    { kind: 'literal', key: 'clients' },
    { kind: 'rest' },
  ])
})

test.each([
  { text: '', problem: { kind: 'bad_path', why: 'no_leading_slash' } },
  { text: 'config/clients', problem: { kind: 'bad_path', why: 'no_leading_slash' } },
  { text: '//config', problem: { kind: 'bad_path', why: 'empty_segment' } },
  { text: '/config//clients', problem: { kind: 'bad_path', why: 'empty_segment' } },
  { text: '/**/clients', problem: { kind: 'rest_not_last' } },
  { text: '/**/', problem: { kind: 'rest_not_last' } },
  { text: '/config/*', problem: { kind: 'bad_segment', segment: '*' } },
  { text: '/config/***', problem: { kind: 'bad_segment', segment: '***' } },
  { text: '/config/{}', problem: { kind: 'bad_segment', segment: '{}' } },
  { text: '/config/{app id}', problem: { kind: 'bad_segment', segment: '{app id}' } },
  { text: '/config/{app', problem: { kind: 'bad_segment', segment: '{app' } },
  { text: '/config/v{n}', problem: { kind: 'bad_segment', segment: 'v{n}' } },
  { text: '/entity*', problem: { kind: 'bad_segment', segment: 'entity*' } },
  { text: '/{a}/{a}', problem: { kind: 'name_repeated', name: 'a' } },
  { text: '/config/..', problem: { kind: 'bad_path', why: 'dot_segment' } },
  { text: '/config;v=1', problem: { kind: 'bad_path', why: 'bad_character' } },
  { text: '/a%2fb', problem: { kind: 'bad_path', why: 'hidden_character' } },
  { text: '/caf\u00e9', problem: { kind: 'bad_path', why: 'bad_character' } },
  { text: '/%63onfig', problem: { kind: 'not_canonical', write: '/config' } },
  { text: '/{a}/%7e/**', problem: { kind: 'not_canonical', write: '/{a}/~/**' } },
  { text: '/caf%c3%a9', problem: { kind: 'not_canonical', write: '/caf%C3%A9' } },
])('refuses $text: $problem.kind', ({ text, problem }) => {
  expect(parsePattern(text)).toEqual(fail(problem))
})

test.each([
  ['/config/{app}', '/config/{id}', true],
  ['/users/a:b', '/users/a%3Ab', true],
  ['/config/{app}', '/config/app', false],
  ['/config/{app}', '/config/**', false],
  ['/config', '/config/', false],
  ['/config', '/CONFIG', false],
  ['/a/b', '/ab', false],
])('%s and %s match the same paths: %s', (left, right, same) => {
  expect(shapeOf(pattern(left)) === shapeOf(pattern(right))).toBe(same)
  expect(comparePatterns(pattern(left), pattern(right)) === 0).toBe(same)
})

test('the order is total: literals before parameters before the rest, from the left', () => {
  const ordered = [
    '/config/applications/{app}/eventdelivery/**',
    '/config/applications/**',
    '/config/{app}/clients',
    '/config/{app}/clients/{client}',
    '/config/{app}/settings',
    '/config/{app}/{kind}',
    '/config/{app}/**',
    '/config/**',
    '/{customer}/config/clients',
    '/{customer}/**',
    '/**',
  ].map(pattern)
  for (const [at, left] of ordered.entries()) {
    for (const [beside, right] of ordered.entries()) {
      expect(Math.sign(comparePatterns(left, right)), `${left.text} ${right.text}`).toBe(
        Math.sign(at - beside),
      )
    }
  }
})
