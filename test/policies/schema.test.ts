import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { jsonSchema } from '../../src/policy/json-schema.ts'

/** Editors read the file, so it is kept; `npx sallyport schema --out policies/.schema/policy-v1.json` writes it anew. */
test('the schema that the policy files point to is the one of this version', () => {
  const kept: unknown = JSON.parse(readFileSync('policies/.schema/policy-v1.json', 'utf8'))
  expect(kept).toEqual(jsonSchema())
})
