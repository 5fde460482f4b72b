import { expect, test } from 'vitest'
import { entryTitles, fieldDocs } from '../../src/policy/field-docs.ts'
import { jsonSchema } from '../../src/policy/json-schema.ts'

type Schema = Readonly<Record<string, unknown>>

/** Paths of all fields, and of all entries that have no name of their own. */
function pathsIn(schema: unknown, path: string): readonly { field: boolean; path: string }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema as Schema
  const fields = Object.entries(properties as Schema).flatMap(([name, below]) => {
    const at = path === '' ? name : `${path}.${name}`
    return [{ field: true, path: at }, ...pathsIn(below, at)]
  })
  const branches = [items, ...(anyOf as readonly unknown[])].flatMap((branch) => pathsIn(branch, path))
  const named = additionalProperties
    ? [{ field: false, path: `${path}.*` }, ...pathsIn(additionalProperties, `${path}.*`)]
    : []
  return [...fields, ...branches, ...named]
}

const paths = pathsIn(jsonSchema(), '')

test('every field of the format is described to editors, and nothing else is', () => {
  const fields = new Set(paths.filter(({ field }) => field).map(({ path }) => path))
  expect(Object.keys(fieldDocs).toSorted()).toEqual([...fields].toSorted())
})

test('a description is one sentence or two, and fits beside the completion', () => {
  const wrong = Object.entries(fieldDocs).filter(([, words]) => words.length > 120 || !words.endsWith('.'))
  expect(wrong).toEqual([])
})

test('every title is that of an entry', () => {
  const known = new Set(paths.map(({ path }) => path))
  expect(Object.keys(entryTitles).filter((path) => !known.has(path))).toEqual([])
})
