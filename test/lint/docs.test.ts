/** Each rule has its page, and the page's examples show it: the first is found by this rule alone, the second by none. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type LintCode, lintRules } from '../../src/lint/rules.ts'
import { linted, withBase, withRealAddresses } from '../support/lint.ts'

const entries = Object.entries(lintRules)
const codes = entries.map(([code]) => code)

const page = (code: string): string => readFileSync(`docs/lint/${code}.md`, 'utf8')
const examplesOf = (text: string): string[] =>
  [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, example = '']) => example)

const codesFound = async (policy: string): Promise<LintCode[]> => {
  const { findings } = await linted({ 'policy.yaml': policy })
  return findings.map(({ code }) => code)
}

test('there is a page for each rule, and none besides', () => {
  const pages = readdirSync('docs/lint').filter((name) => /^L\d+\.md$/.test(name))
  expect(pages).toEqual(codes.map((code) => `${code}.md`))
})

test('the table of the README is that of the rules', () => {
  const rows = [...readFileSync('docs/lint/README.md', 'utf8').matchAll(/^\| \[L.*$/gm)].map(([row]) => row)
  expect(rows).toEqual(
    entries.map(([code, { level, finds }]) => `| [${code}](${code}.md) | ${level} | ${finds} |`),
  )
})

test('the policy that the examples are added to has no findings', async () => {
  expect(await linted({ 'policy.yaml': withRealAddresses(withBase('')) })).toEqual({
    findings: [],
    excepted: 0,
  })
})

test.each(entries)('the examples of %s', async (code, { finds }) => {
  const text = page(code)
  expect(text.split('\n')[0]).toBe(`# ${code}: ${finds}`)
  const [bad = '', good = '', ...more] = examplesOf(text)
  expect(more).toEqual([])
  const found = new Set(await codesFound(withRealAddresses(withBase(bad))))
  expect([...found]).toEqual([code])
  expect(await codesFound(withRealAddresses(withBase(good)))).toEqual([])
})

test('as they stand, the addresses of the pages are what L108 finds', async () => {
  expect(new Set(await codesFound(withBase('')))).toEqual(new Set(['L108']))
})
