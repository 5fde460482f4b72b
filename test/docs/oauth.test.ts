/** docs/oauth.md says what was tried, and with what. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const document = readFileSync('docs/oauth.md', 'utf8')
const source = readFileSync('test/e2e/oauth.test.ts', 'utf8')

test('every test of e2e/oauth is in a table, and nothing else is', () => {
  const titles = [...source.matchAll(/^ {2}(?:test|\]\))\('([^']+)'/gm)].map(([, title]) => title)
  const rows = document.split('\n').filter((line) => /^\| .* \| `[^`]+` \|$/.test(line))
  const named = rows.map((row) => /`([^`]+)` \|$/.exec(row)?.[1])
  expect(titles.length).toBeGreaterThan(0)
  expect([...new Set(named)].toSorted()).toEqual([...new Set(titles)].toSorted())
})

test.each(['oidc-provider', 'openid-client', 'workerd'] as const)('the version of %s is right', (name) => {
  expect(document).toContain(`\`${name}\` ${packageJson.devDependencies[name]}`)
})
