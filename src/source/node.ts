/** What a policy file consists of, each piece with its place. */
import type { Span } from './text.ts'

export type YamlScalar = {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** As written, without quotes and folding undone. */
  readonly text: string
  readonly style: 'plain' | 'quoted' | 'literal' | 'folded'
  /** Of a value that is not written out, the place of its key. */
  readonly span: Span
}

export type YamlMap = {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, YamlEntry>
  readonly span: Span
}

export type YamlEntry = { readonly key: Span; readonly value: YamlNode }

export type YamlList = { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly span: Span }

export type YamlNode = YamlScalar | YamlMap | YamlList

/** What the file says, without places: scalars, arrays and plain objects. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(plainValue)
    case 'map':
      return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, plainValue(value)]))
  }
}

const IPV6_THAT_ENDS_IN_COLON = /^(?:(?:[0-9a-f]{1,4}:)+|:):$/i

/** The IPv6 address that YAML takes for a map, `2001:db8::` for `{ "2001:db8:": null }`; undefined for all else. */
export function addressReadAsMap(node: YamlNode): string | undefined {
  if (node.kind !== 'map' || node.entries.size !== 1) return undefined
  const [entry] = node.entries
  if (entry === undefined) return undefined
  const [key, { value }] = entry
  const isEmpty = value.kind === 'scalar' && value.value === null
  return isEmpty && endsInColon(`${key}:`) ? `${key}:` : undefined
}

export const endsInColon = (text: string): boolean => IPV6_THAT_ENDS_IN_COLON.test(text)

/** What to say of such an address. */
export const addressAsKey = (address: string): { readonly message: string; readonly help: string } => ({
  message: `\`${address}\` ends in a colon, so YAML reads it as the key of a map`,
  help: `put it in quotes: "${address}"`,
})
