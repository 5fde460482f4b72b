import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/platform/policies.ts'

test('a compiled policy is read', () => {
  expect(loadPolicy('{"policyFormat":1,"digest":"sha256:x"}')).toMatchObject({ digest: 'sha256:x' })
})

test.each(['', 'null', '7', '[]', '{}', '{"policyFormat":2}', '{"policyFormat":"1"}', '{"policyFormat":1'])(
  'what this Worker does not understand is no policy: %j',
  (text) => {
    expect(loadPolicy(text)).toBeUndefined()
  },
)
