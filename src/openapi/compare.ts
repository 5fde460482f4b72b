/** A drafted file that people have worked on since, beside a newer version of the OpenAPI document. */
import { isPlain } from '../source/document.ts'
import type { OpenApi } from './document.ts'
import { draftRoutes, operationKey } from './routes.ts'

export type Comparison = {
  /** `METHOD /path`, as in the document. */
  readonly added: readonly string[]
  /** As in the file. */
  readonly gone: readonly string[]
}

/** @param file - what the policy file says, as plain values */
export function compareOperations(document: OpenApi, file: unknown): Comparison {
  const drafted = operationsOf(
    draftRoutes(document.operations).routes.map(({ paths, callers }) => [paths, [...callers.keys()]]),
  )
  const written = operationsOf(routesOf(file))
  return { added: without(drafted, written), gone: without(written, drafted) }
}

type PathsAndMethods = readonly [paths: readonly unknown[], methods: readonly string[]]

function routesOf(file: unknown): readonly PathsAndMethods[] {
  const routes = isPlain(file) ? file['routes'] : undefined
  return Object.values(isPlain(routes) ? routes : {}).flatMap((route): PathsAndMethods[] => {
    if (!isPlain(route)) return []
    const { paths, callers } = route
    return [[Array.isArray(paths) ? paths : [], isPlain(callers) ? Object.keys(callers) : []]]
  })
}

/** By what tells operations apart, how they are written. */
function operationsOf(routes: readonly PathsAndMethods[]): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const [paths, methods] of routes) {
    for (const path of paths.filter((each) => typeof each === 'string')) {
      for (const method of methods) all.set(operationKey(method, path) ?? path, `${method} ${path}`)
    }
  }
  return all
}

const without = (these: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>) =>
  [...these].flatMap(([key, text]) => (others.has(key) ? [] : [text]))
