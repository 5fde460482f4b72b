import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { jsonSchema } from '../../src/policy/json-schema.ts'
import { GOLDEN } from '../support/golden.ts'
import { violations } from '../support/json-schema.ts'

const schema = jsonSchema()

const yamlBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file))

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'))

test.each([...yamlBelow('policies'), ...yamlBelow('demo/policies'), ...yamlBelow(join(GOLDEN, 'good'))])(
  'the editors’ schema accepts %s',
  (file) => {
    expect(violations(schema, read(file))).toEqual([])
  },
)

test.each([
  ['shape/clients.yaml', ['$.clients.crm-sync.allow_list: anyOf', '$.clients.crm-sync.client_id: type']],
  [
    'shape/upstreams/akamai.yaml',
    [
      '$.routes.config-clients.respects_allow_list: required',
      '$.routes.config-clients.respects_alow_list: unknown',
      '$.routes.config-flows.respects_allow_list: type',
    ],
  ],
  ['newer-format.yaml', ['$.network: unknown', '$.policy_format: const']],
  ['no-format.yaml', ['$.policy_format: required']],
])('and finds in %s what the loader finds', (file, expected) => {
  expect(violations(schema, read(join(GOLDEN, file))).toSorted()).toEqual(expected)
})

test('no object of the format is open', () => {
  const open: string[] = []
  const visit = (at: string, node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, properties, additionalProperties } = node as Readonly<Record<string, unknown>>
    if (type === 'object' && properties !== undefined && additionalProperties !== false) open.push(at)
    for (const [name, below] of Object.entries(node)) visit(`${at}.${name}`, below)
  }
  visit('$', schema)
  expect(open).toEqual([])
})
