/** A node together with its file: the way from a path such as `routes.users.paths.1` to a place. */
import type { YamlNode } from './node.ts'
import { type Place, placeAt, type SourceText, type Span } from './text.ts'

export type Cursor = {
  readonly source: SourceText
  readonly node: YamlNode
  /** Of the entry in its map; undefined for the file itself and for the items of a list. */
  readonly key: Span | undefined
}

export type Path = readonly PropertyKey[]

/** The node at the end of the path, or undefined where the file does not go so far. */
export function find(cursor: Cursor, path: Path): Cursor | undefined {
  let at: Cursor | undefined = cursor
  for (const step of path) at = at && child(at, step)
  return at
}

/** As far along the path as the file goes; for places only. */
export function follow(cursor: Cursor, ...path: Path): Cursor {
  let at = cursor
  for (const step of path) {
    const next = child(at, step)
    if (next === undefined) return at
    at = next
  }
  return at
}

function child({ source, node }: Cursor, step: PropertyKey): Cursor | undefined {
  if (node.kind === 'map') {
    const entry = node.entries.get(String(step))
    return entry && { source, node: entry.value, key: entry.key }
  }
  const item = node.kind === 'list' ? node.items[Number(step)] : undefined
  return item && { source, node: item, key: undefined }
}

export const placeOfValue = ({ source, node }: Cursor): Place => placeAt(source, node.span)

/** The place of the entry's name; of an item of a list, its value. */
export const placeOfKey = ({ source, node, key }: Cursor): Place => placeAt(source, key ?? node.span)
