import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixed } from '../../src/lint/fix.ts'
import { lint } from '../../src/lint/lint.ts'
import { compileTexts } from '../../src/policy/compile.ts'
import { NOW } from '../support/cli.ts'
import { withBase } from '../support/lint.ts'

const entry = fc.oneof(
  fc
    .tuple(fc.nat(3), fc.nat(3), fc.constantFrom('', '/24', '/31'))
    .map(([a, b, end]) => `192.0.${a}.${b}${end}`),
  fc.tuple(fc.nat(3), fc.constantFrom('', '/64')).map(([a, end]) => `"2001:db8::${a}${end}"`),
  fc.nat(3).map((a) => `"::ffff:192.0.2.${a}"`),
  fc.constant('office'),
)
const comment = fc.constantFrom('', ' # lint', ' # 表, [x]', '   #')
const lists = fc.array(fc.tuple(entry, comment), { minLength: 1, maxLength: 8 })

const block = (items: readonly (readonly [string, string])[]): string =>
  `\n${items.map(([text, after]) => `      - ${text}${after}\n`).join('')}`
const brackets = (items: readonly (readonly [string, string])[]): string =>
  ` [${items.map(([text]) => text).join(', ')}]\n`

async function read(text: string) {
  const { policy, sources, names, tests, files } = await compileTexts({ 'policy.yaml': text })
  if (!policy || !sources || !names) throw new Error('does not load')
  const { findings } = lint({ policy, sources, names, tests, files, now: NOW })
  return { policy, files, findings }
}

const commentsOf = (text: string): string[] => text.match(/#.*/g) ?? []

test('what was mended means the same, keeps every comment, and has nothing left to mend', async () => {
  await fc.assert(
    fc.asyncProperty(lists, lists, fc.boolean(), async (allow, deny, isBlock) => {
      const write = isBlock ? block : brackets
      const text = withBase(
        `clients:\n  c:\n    upstream: shop\n    client_id: "c"\n    allow_list:${write(allow)}    deny_list:${write(deny)}    secrets: upstream\n`,
      )
      const before = await read(text)
      const [change] = fixed(before.files, before.findings)
      const after = await read(change?.text ?? text)
      expect(after.policy.clients).toEqual(before.policy.clients)
      expect(commentsOf(change?.text ?? text)).toEqual(commentsOf(text))
      expect(after.findings.filter(({ fix }) => fix)).toEqual([])
    }),
    { numRuns: 150 },
  )
})

test('a policy without such findings has no changes', async () => {
  const { files, findings } = await read(withBase(''))
  expect(findings.length).toBeGreaterThan(0)
  expect(fixed(files, findings)).toEqual([])
})
