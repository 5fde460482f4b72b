import { expect, test } from 'vitest'
import { parseBasic } from '../../src/authentication/basic.ts'
import vectors from '../vectors/basic.json' with { type: 'json' }

test.each(vectors.accepted)('accepts $title', ({ header, clientId, secret }) => {
  expect(parseBasic(header)).toEqual({ clientId, secret })
})

test.each(vectors.refused)('refuses $title', ({ header }) => {
  expect(parseBasic(header)).toBeUndefined()
})
