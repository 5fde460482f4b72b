/** The fields that the format knows at a place, from its JSON Schema. */
import type { Path } from '../source/cursor.ts'
import { jsonSchema } from './json-schema.ts'

let root: unknown

/** @returns the names in the order of the schema; none where any name may stand */
export function knownKeys(path: Path): readonly string[] {
  root ??= jsonSchema()
  let at = [root]
  for (const step of path) at = at.flatMap((schema) => below(schema, String(step)))
  return at.flatMap(keysOf)
}

function below(schema: unknown, step: string): unknown[] {
  const named = field(field(schema, 'properties'), step)
  if (named !== undefined) return [named]
  const others = [field(schema, 'items'), field(schema, 'additionalProperties')]
  const alternatives = field(schema, 'anyOf')
  const branches = Array.isArray(alternatives) ? alternatives.flatMap((branch) => below(branch, step)) : []
  return [...others.filter(isObject), ...branches]
}

function keysOf(schema: unknown): string[] {
  const words = field(field(schema, 'propertyNames'), 'enum')
  return Array.isArray(words) ? words.map(String) : Object.keys(field(schema, 'properties') ?? {})
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const field = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
