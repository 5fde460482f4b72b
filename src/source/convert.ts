/**
 * From the YAML library's nodes to ours. What makes one line stand for another (anchors, aliases, merge keys, tags)
 * is refused on the way, since a reviewer reads lines (threat L3).
 */
import { isAlias, isMap, isScalar, type Pair, type ParsedNode, type Scalar } from 'yaml'
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './node.ts'
import type { Problem, ProblemCode } from './problem.ts'
import { placeAt, type SourceText, type Span } from './text.ts'

/** Error bodies are the deepest thing in a policy, and none is this deep. */
export const MAX_DEPTH = 32

/** Answers the file's tree and adds to `problems` what must not be in it. */
export function convert(contents: ParsedNode, source: SourceText, problems: Problem[]): YamlNode {
  return nodeOf(contents, { source, problems }, 0, { from: 0, to: 0 })
}

type Walk = { readonly source: SourceText; readonly problems: Problem[] }

const refuse = ({ source, problems }: Walk, code: ProblemCode, message: string, at: Span): void => {
  problems.push({ code, severity: 'error', message, place: placeAt(source, at) })
}

/** @param key - the place of a node that is not written out */
function nodeOf(node: ParsedNode | null, walk: Walk, depth: number, key: Span): YamlNode {
  if (node === null) return nothing(key)
  const at = { from: node.range[0], to: node.range[1] }
  if (depth > MAX_DEPTH) {
    refuse(walk, 'P0006', `nested too deeply: ${MAX_DEPTH} levels are the most that is read`, at)
    return nothing(at)
  }
  if (isAlias(node)) {
    refuse(walk, 'P0004', 'an alias `*` stands for lines elsewhere; a policy writes them out', at)
    return nothing(at)
  }
  refuseProperties(node, walk, at)
  if (isScalar(node)) return scalarOf(node, at, key)
  return isMap(node)
    ? mapOf(node.items, walk, depth, at)
    : { kind: 'list', items: node.items.map((item) => nodeOf(item, walk, depth + 1, at)), span: at }
}

const nothing = (span: Span): YamlScalar => ({ kind: 'scalar', value: null, text: '', style: 'plain', span })

function refuseProperties(node: { anchor?: string; tag?: string }, walk: Walk, at: Span): void {
  const { anchor, tag } = node
  if (anchor !== undefined) {
    const message = `the anchor \`&${anchor}\` is for aliases, and a policy has none`
    refuse(walk, 'P0004', message, before(walk, `&${anchor}`, at))
  }
  if (tag !== undefined) {
    const message = 'a tag `!` changes what a value is; put text in quotes instead'
    refuse(walk, 'P0004', message, before(walk, '!', at))
  }
}

/** Anchors and tags stand before the node that has them, perhaps on another line. */
function before({ source }: Walk, mark: string, { from, to }: Span): Span {
  let found = source.text.lastIndexOf(mark, from)
  if (found < 0) return { from, to }
  while (source.text[found - 1] === mark) found--
  return { from: found, to: from }
}

function scalarOf(node: Scalar.Parsed, at: Span, key: Span): YamlScalar {
  const { value, source, type } = node
  const isKnown =
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return {
    kind: 'scalar',
    value: isKnown ? value : source,
    text: source,
    style: styleOf(type),
    span: at.to > at.from ? at : key,
  }
}

function styleOf(type: Scalar.Type | undefined): YamlScalar['style'] {
  switch (type) {
    case 'BLOCK_LITERAL':
      return 'literal'
    case 'BLOCK_FOLDED':
      return 'folded'
    case 'QUOTE_DOUBLE':
    case 'QUOTE_SINGLE':
      return 'quoted'
    default:
      return 'plain'
  }
}

/** A second entry of the same key is reported with both places and dropped. */
function mapOf(
  pairs: readonly Pair<ParsedNode, ParsedNode | null>[],
  walk: Walk,
  depth: number,
  span: Span,
): YamlMap {
  const entries = new Map<string, YamlEntry>()
  for (const pair of pairs) {
    const key = { from: pair.key.range[0], to: pair.key.range[1] }
    const name = isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : undefined
    if (name === undefined) refuse(walk, 'P0004', 'a key must be text on one line', key)
    else if (mayBeKey(pair.key, name, walk, key)) {
      const value = nodeOf(pair.value, walk, depth + 1, key)
      const first = entries.get(name)
      if (first === undefined) entries.set(name, { key, value })
      else refuseTwice(name, first.key, key, walk)
    }
  }
  return { kind: 'map', entries, span }
}

function mayBeKey(node: { anchor?: string; tag?: string }, name: string, walk: Walk, key: Span): boolean {
  refuseProperties(node, walk, key)
  if (name === '<<') refuse(walk, 'P0004', 'a merge key `<<` brings lines from elsewhere', key)
  // An object's `__proto__` is not one of its entries, so what stands under it would not be looked at.
  else if (name === '__proto__') refuse(walk, 'P0105', '`__proto__` cannot be used as a name', key)
  else return true
  return false
}

function refuseTwice(name: string, first: Span, second: Span, { source, problems }: Walk): void {
  problems.push({
    code: 'P0005',
    severity: 'error',
    message: `\`${name}\` stands twice in this map`,
    place: placeAt(source, second),
    help: 'join the two, or delete one',
    also: [{ place: placeAt(source, first), label: 'first' }],
  })
}
