/** What `wrangler deploy` would upload. */
import { gzipSync } from 'node:zlib'
import { expect, inject, test } from 'vitest'

const MAX_GZIPPED_BYTES = 250 * 1024

test('the bundle imports nothing but the runtime and the compiled policy', () => {
  const { script, policyModule } = inject('bundle')
  const imported = [...script.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name)
  expect([...new Set(imported)].sort()).toEqual([policyModule, 'cloudflare:workers'].sort())
})

test.each(['ZodError', 'YAMLParseError', 'policy_format:', 'demo-owner', 'identity-api'])(
  'it holds no trace of %s',
  (text) => {
    expect(inject('bundle').script).not.toContain(text)
  },
)

test('it is small, policy and all', () => {
  const { script, policy } = inject('bundle')
  expect(policy.startsWith('{')).toBe(true)
  expect(policy).not.toContain('demo')
  expect(gzipSync(script).length + gzipSync(policy).length).toBeLessThan(MAX_GZIPPED_BYTES)
})
