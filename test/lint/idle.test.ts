/** What a rule calls idle can go, and nobody is admitted or denied who was not before. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IpAddress } from '../../src/base/address.ts'
import { lint } from '../../src/lint/lint.ts'
import { judge } from '../../src/network/stage.ts'
import { compileTexts } from '../../src/policy/compile.ts'
import { NOW } from '../support/cli.ts'
import { withBase } from '../support/lint.ts'

const LOW = 0xc000_0200
/** 192.0.2.0 to 192.0.2.15 and its neighbours, and the two first addresses of IPv6. */
const universe: readonly IpAddress[] = [
  ...Array.from({ length: 18 }, (_, at): IpAddress => ({ family: 4, value: LOW + at - 1 })),
  { family: 6, value: '0'.repeat(32) },
  { family: 6, value: `${'0'.repeat(31)}1` },
]

const small = fc.nat(15)
const entry = fc.oneof(
  small.map((at) => `192.0.2.${at}`),
  fc.tuple(small, fc.integer({ min: 28, max: 32 })).map(([at, prefix]) => `192.0.2.${at}/${prefix}`),
  fc.tuple(small, small).map(([a, b]) => `192.0.2.${Math.min(a, b)}-192.0.2.${Math.max(a, b)}`),
  fc.constantFrom('"::"', '"::1"', '"::/127"'),
)
const entries = fc.array(entry, { minLength: 1, maxLength: 5 })

/** One entry a line, so that one can be left out by its line. */
const policyOf = (allow: readonly string[], deny: readonly string[]): string => {
  const list = (name: string, items: readonly string[]) =>
    items.length === 0 ? '' : `    ${name}:\n${items.map((item) => `      - ${item}\n`).join('')}`
  return withBase(
    `clients:\n  c:\n    upstream: shop\n    client_id: "c"\n    secrets: upstream\n${list('allow_list', allow)}${list('deny_list', deny)}`,
  )
}

async function read(text: string) {
  const { policy, sources, names, tests, files } = await compileTexts({ 'policy.yaml': text })
  const lists = policy?.clients.find(({ name }) => name === 'c')?.lists
  if (!policy || !sources || !names || !lists) return undefined
  const { findings } = lint({ policy, sources, names, tests, files, now: NOW })
  return {
    findings,
    admitted: universe.map((address) => judge(lists, address)).map((verdict) => verdict === 'admitted'),
  }
}

const IDLE = ['L104', 'L105', 'L107']

test('an entry that is called idle admits and denies nobody', async () => {
  let removed = 0
  await fc.assert(
    fc.asyncProperty(entries, entries, async (allow, deny) => {
      const text = policyOf(allow, deny)
      const before = await read(text)
      for (const { code, place } of before?.findings ?? []) {
        const lines = text.split('\n')
        if (!IDLE.includes(code) || !/^ {6}- /.test(lines[place.line - 1] ?? '')) continue
        // A list whose last entry goes is gone, and does not load.
        const after = await read(lines.toSpliced(place.line - 1, 1).join('\n'))
        if (after === undefined) continue
        removed++
        expect(after.admitted).toEqual(before?.admitted)
      }
    }),
    { numRuns: 150 },
  )
  expect(removed).toBeGreaterThan(50)
})
