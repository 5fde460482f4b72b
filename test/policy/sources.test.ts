import { expect, test } from 'vitest'
import { formatInterval } from '../../src/base/interval.ts'
import { compileFiles } from '../../src/policy/compile.ts'
import type { ListSource } from '../../src/policy/sources.ts'
import type { Place } from '../../src/source/text.ts'
import { goldenCases } from '../support/golden.ts'

const good = goldenCases().find(({ name }) => name === 'good')?.inputs ?? []
const { sources, policy, files } = await compileFiles(good)

/** What stands in the file at a place. */
function written(place: Place | undefined): string | undefined {
  const source = files.find(({ path }) => path === place?.file)
  const start = (source?.lineStarts[(place?.line ?? 0) - 1] ?? 0) + (place?.column ?? 0) - 1
  return source?.text.slice(start, start + (place?.length ?? 0))
}

const entriesOf = (list: ListSource | undefined) =>
  list === undefined || list.entries === 'any' ? [] : list.entries

test('every route and client of the policy has its places', () => {
  for (const { id, at, paths, callers } of policy?.routes ?? []) {
    const source = sources?.routes.get(id)
    expect(written(source?.place)).toBe(id.split('/')[1])
    expect(at).toBe(`${source?.place.file}:${source?.place.line}`)
    expect(source?.paths.map(written).map((path) => path?.replaceAll('"', ''))).toEqual(
      paths.map((path) => path.replace(/^\/first/, '')),
    )
    expect([...(source?.methods.keys() ?? [])]).toEqual(Object.keys(callers))
    for (const [method, { place }] of source?.methods ?? []) expect(written(place)).toBe(method)
  }
  for (const { name } of policy?.clients ?? []) expect(written(sources?.clients.get(name)?.place)).toBe(name)
})

test('a route says what its auth, its flag and its rate group are, or where the default is', () => {
  const configure = sources?.routes.get('first/configure')
  expect([configure?.auth, configure?.respectsAllowList, configure?.rateGroup].map(written)).toEqual([
    'token',
    'true',
    'each',
  ])
  expect(written(sources?.routes.get('first/read')?.rateGroup)).toBe('public')
  expect(sources?.routes.get('first/read')?.rateGroup.file).toBe('good/gateway.yaml')
})

test('entries of a list are those of the networks that it names, with both places', () => {
  const entries = entriesOf(sources?.clients.get('service')?.allow)
  const shown = entries.map(({ text, interval, place, network }) => [
    text,
    formatInterval(interval),
    written(place),
    written(network?.place),
  ])
  expect(shown).toEqual([
    ['192.0.2.64-192.0.2.127', '192.0.2.64/26', '192.0.2.64-192.0.2.127', 'office'],
    ['192.0.2.0/26', '192.0.2.0/26', '192.0.2.0/26', 'office'],
    ['2001:db8:1234::', '2001:db8:1234::', '"2001:db8:1234::"', 'office-v6'],
    [
      '2001:db8:1234::1-2001:db8:1234::ff',
      '2001:db8:1234::1-2001:db8:1234::ff',
      '2001:db8:1234::1-2001:db8:1234::ff',
      'office-v6',
    ],
    ['198.51.100.55/24', '198.51.100.0/24', '198.51.100.55/24', undefined],
    ['::ffff:203.0.113.1', '203.0.113.1', '"::ffff:203.0.113.1"', undefined],
  ])
})

test('an upstream’s vocabulary is in the order of the file', () => {
  const first = sources?.upstreams.get('first')
  expect([...(first?.features ?? [])].map(([name, { description }]) => [name, description])).toEqual([
    ['reader', 'reads'],
    ['writer', 'writes'],
    ['owner', 'does all'],
  ])
  expect(entriesOf(first?.deny).map(({ text }) => text)).toEqual(['192.0.2.66'])
})
