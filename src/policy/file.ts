/** One policy file: read, its form checked, and what is well formed of it kept, so that its other mistakes show too. */
import { type Cursor, type Path, placeOfValue } from '../source/cursor.ts'
import { plainValue, type YamlNode } from '../source/node.ts'
import type { Problem } from '../source/problem.ts'
import type { SourceText } from '../source/text.ts'
import { parseYaml } from '../source/yaml.ts'
import type { PolicyDocument } from './schema.ts'
import { checkShape, type Misshapen } from './shape.ts'

export type PolicyFile = {
  readonly root: Cursor
  /** Without the entries that are not well formed. */
  readonly document: PolicyDocument
  /** Names of the entries that were left out, by block. They exist, so a reference to one is no further mistake. */
  readonly damaged: ReadonlyMap<string, ReadonlySet<string>>
  /** Where the items of `tests:` and `invariants:` that were kept stand in their lists. */
  readonly kept: { readonly tests: readonly number[]; readonly invariants: readonly number[] }
}

export type FileReading = {
  /** Undefined where nothing of the file could be used. */
  readonly file: PolicyFile | undefined
  readonly problems: readonly Problem[]
}

/** Never throws. */
export function readPolicyFile(source: SourceText): FileReading {
  const { root: node, problems } = parseYaml(source)
  if (node === undefined)
    return { file: undefined, problems: problems.length > 0 ? problems : [empty(source)] }
  const root: Cursor = { source, node, key: undefined }
  const value = plainValue(node)
  const shape = checkShape(root, value)
  const mistakes = shape.ok ? [] : shape.mistakes
  const all = [...problems, ...newMistakes(mistakes, problems), ...oddNumbers(root, mistakes)]
  const kept = shape.ok
    ? { ...everything(shape.document), document: shape.document }
    : salvage(root, value, mistakes)
  return { file: kept && { root, ...kept }, problems: all }
}

/**
 * What is to be said of the form: nothing of a line that was refused for what it is in YAML, and nothing of a
 * file in a later format but that.
 */
function newMistakes(mistakes: readonly Misshapen[], problems: readonly Problem[]): Problem[] {
  const refused = new Set(problems.map(({ place }) => place.line))
  const said = mistakes.map(({ problem }) => problem)
  const format = said.find(({ code }) => code === 'P0101')
  return (format ? [format] : said).filter(({ place }) => !refused.has(place.line))
}

const empty = ({ path }: SourceText): Problem => ({
  code: 'P0101',
  severity: 'error',
  message: 'the file is empty',
  place: { file: path, line: 1, column: 1, length: 1 },
  help: 'delete it, or start it with `policy_format: 1`',
})

type Kept = Omit<PolicyFile, 'root'>

const indexes = (items: readonly unknown[] | undefined): number[] => [...(items ?? []).keys()]

const everything = ({ tests, invariants }: PolicyDocument): Pick<Kept, 'damaged' | 'kept'> => ({
  damaged: new Map(),
  kept: { tests: indexes(tests), invariants: indexes(invariants) },
})

/** Leaves out each entry with a mistake in it. What is left is well formed, or the file is of no use. */
function salvage(root: Cursor, value: unknown, mistakes: readonly Misshapen[]): Kept | undefined {
  if (!isObject(value) || mistakes.some(({ path }) => path.length === 0)) return undefined
  const damaged = new Map<string, Set<string>>()
  for (const { path } of mistakes) {
    const [block, name = ''] = path.map(String)
    if (block !== undefined) damaged.set(block, (damaged.get(block) ?? new Set()).add(name))
    // An upstream is one entry: without its prefix, say, the rest of it means nothing.
    if (block === 'upstream') damaged.get(block)?.add('').add(nameOf(value))
  }
  const left = Object.entries(value).flatMap(([block, content]) => {
    const sound = without(content, damaged.get(block))
    return sound === undefined ? [] : [[block, sound] as const]
  })
  const shape = checkShape(root, { ...Object.fromEntries(left), policy_format: 1 })
  return shape.ok ? { document: shape.document, damaged, kept: keptItems(value, damaged) } : undefined
}

const nameOf = ({ upstream }: Readonly<Record<string, unknown>>): string =>
  isObject(upstream) ? String(upstream['name']) : ''

/** A block without its broken entries; undefined where the block is broken itself, or is one entry as a whole. */
function without(content: unknown, names: ReadonlySet<string> | undefined): unknown {
  if (names === undefined) return content
  if (names.has('')) return undefined
  if (Array.isArray(content)) return content.filter((_, index) => !names.has(String(index)))
  if (!isObject(content)) return undefined
  return Object.fromEntries(Object.entries(content).filter(([name]) => !names.has(name)))
}

const keptItems = (value: Readonly<Record<string, unknown>>, damaged: Kept['damaged']): Kept['kept'] => {
  const of = (block: string): number[] => {
    const items = value[block]
    return indexes(Array.isArray(items) ? items : []).filter(
      (index) => !damaged.get(block)?.has(String(index)),
    )
  }
  return { tests: of('tests'), invariants: of('invariants') }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const PLAIN_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/

/** Numbers that another reader, or a reviewer, would take for another number: `010` is eight to YAML 1.1. */
function oddNumbers(root: Cursor, mistakes: readonly Misshapen[]): Problem[] {
  const reported = new Set(mistakes.map(({ path }) => pathKey(path)))
  const problems: Problem[] = []
  const visit = (node: YamlNode, path: Path): void => {
    if (node.kind === 'scalar' && typeof node.value === 'number' && isOdd(node.text, node.value)) {
      if (!reported.has(pathKey(path)))
        problems.push(oddNumber({ source: root.source, node, key: undefined }, node.text))
    } else if (node.kind === 'list') {
      for (const [index, item] of node.items.entries()) visit(item, [...path, index])
    } else if (node.kind === 'map') {
      for (const [name, { value }] of node.entries) visit(value, [...path, name])
    }
  }
  visit(root.node, [])
  return problems
}

const pathKey = (path: Path): string => JSON.stringify(path.map(String))

const isOdd = (text: string, value: number): boolean =>
  !PLAIN_NUMBER.test(text) ||
  !Number.isFinite(value) ||
  (Number.isInteger(value) && !Number.isSafeInteger(value))

const oddNumber = (at: Cursor, text: string): Problem => ({
  code: 'P0103',
  severity: 'error',
  message: `not every program reads \`${text}\` as the same number`,
  place: placeOfValue(at),
  help: 'write it in plain decimal digits, or in quotes where text is meant',
})
