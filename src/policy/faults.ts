/** `error_bodies:` to the tables of answers, every fallback resolved, equal tables once. */
import { type FaultConfig, type FaultTable, type ReasonClass, reasonClasses } from '../faults/config.ts'
import { type Cursor, follow, placeOfValue } from '../source/cursor.ts'
import type { YamlNode } from '../source/node.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import { type Dictionary, unknownName } from './definitions.ts'
import type { ErrorBodies } from './schema.ts'

export type FaultTables = {
  /** Grows as tables are asked for; the compiled policy's `faultTables` in the end. */
  readonly tables: readonly FaultTable[]
  /** Index of the table for an upstream's set and a route's own; either may be absent. */
  readonly tableOf: (upstreamSet: string | undefined, routeSet: string | undefined) => number
  /** A problem where `errors:` names no set. */
  readonly unknown: (set: string | undefined, at: Cursor) => Problem[]
}

/** Classes whose honest status is 403: an upstream that words its refusals once need not repeat them. */
const FORBIDDEN: readonly ReasonClass[] = ['address', 'denied']

export function readFaults(sets: Dictionary<ErrorBodies>, problems: Problem[]): FaultTables {
  for (const { value, at } of sets.all) {
    for (const reasonClass of Object.keys(value)) {
      addAll(problems, checkBody(follow(at, reasonClass, 'body')))
    }
  }
  const tables: FaultTable[] = []
  const indexes = new Map<string, number>()
  const tableOf = (upstreamSet: string | undefined, routeSet: string | undefined): number => {
    const table = resolve(sets.find(upstreamSet ?? '')?.value, sets.find(routeSet ?? '')?.value)
    const key = JSON.stringify(table)
    const known = indexes.get(key)
    if (known !== undefined) return known
    indexes.set(key, tables.length)
    return tables.push(table) - 1
  }
  const unknown = (set: string | undefined, at: Cursor): Problem[] =>
    set === undefined ? [] : unknownName(sets, set, at, 'P0306', `no error bodies \`${set}\``)
  return { tables, tableOf, unknown }
}

/** The route's own class, else the upstream's, else for a 403 the upstream's `denied`, else built in. */
function resolve(upstream: ErrorBodies | undefined, route: ErrorBodies | undefined): FaultTable {
  const classes = reasonClasses.flatMap((reasonClass) => {
    const general = FORBIDDEN.includes(reasonClass) ? upstream?.denied : undefined
    const found = route?.[reasonClass] ?? upstream?.[reasonClass] ?? general
    return found ? [[reasonClass, faultOf(found)] as const] : []
  })
  return Object.fromEntries(classes)
}

const faultOf = ({ status, body }: NonNullable<ErrorBodies[ReasonClass]>): FaultConfig => ({
  ...(status !== undefined && { status }),
  ...(body !== undefined && { body }),
})

const PLACEHOLDER = /\$\{[^}]*\}?/g
const KNOWN = ['${request_id}', '${retry_after}']

/** The names of a body are a closed set, filled in once: there is nothing to inject into (threat T14). */
function checkBody(body: Cursor): Problem[] {
  const { source, node } = body
  const texts = textsOf(node)
  return texts.flatMap(({ text, span, isKey }) => {
    const at: Cursor = { source, node: { ...scalar, span }, key: undefined }
    return (text.match(PLACEHOLDER) ?? []).flatMap((found) => {
      const isKnown = KNOWN.includes(found) && !isKey
      const message = isKey
        ? `\`${found}\` is filled in within values, and this is a name`
        : `\`${found}\` cannot be filled in`
      return isKnown
        ? []
        : [errorAt('P0314', placeOfValue(at), message, { help: `there are ${KNOWN.join(' and ')}` })]
    })
  })
}

const scalar = { kind: 'scalar', value: null, text: '', style: 'plain' } as const

type Text = { readonly text: string; readonly span: YamlNode['span']; readonly isKey: boolean }

function textsOf(node: YamlNode): Text[] {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' ? [{ text: node.value, span: node.span, isKey: false }] : []
    case 'list':
      return node.items.flatMap(textsOf)
    case 'map':
      return [...node.entries].flatMap(([name, { key, value }]) => [
        { text: name, span: key, isKey: true },
        ...textsOf(value),
      ])
  }
}
