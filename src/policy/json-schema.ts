/** The format as JSON Schema, for editors: the shape from `schema.ts`, the words from `field-docs.ts`. */
import { z } from 'zod'
import { entryTitles, fieldDoc } from './field-docs.ts'
import { policyFile } from './schema.ts'

/** Draft 7 is the newest that the editors' YAML servers read in full. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policyFile, { target: 'draft-7', io: 'input' })
  return { $schema, ...described(schema, []), title: 'Sallyport policy, format 1' }
}

type Schema = Readonly<Record<string, unknown>>

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Branches and entries of lists have the path of what they belong to. */
function described(schema: Schema, path: readonly string[]): Schema {
  const title = schema['type'] === 'object' ? entryTitles[path.join('.')] : undefined
  const changed = Object.entries(schema).map(([keyword, value]) => [keyword, below(keyword, value, path)])
  return { ...(title !== undefined && { title }), ...Object.fromEntries(changed) }
}

function below(keyword: string, value: unknown, path: readonly string[]): unknown {
  if (keyword === 'anyOf' && Array.isArray(value)) return value.map((branch) => below('items', branch, path))
  if (!isSchema(value)) return value
  if (keyword === 'items') return described(value, path)
  if (keyword === 'additionalProperties') return described(value, [...path, '*'])
  if (keyword !== 'properties') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, describedField(field, [...path, name])]),
  )
}

function describedField(field: unknown, path: readonly string[]): unknown {
  if (!isSchema(field)) return field
  const description = fieldDoc(path)
  return { ...(description !== undefined && { description }), ...described(field, path) }
}
