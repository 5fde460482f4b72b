/** Changes that no single decision shows: where requests go, what goes with them, and what credentials are checked by. */
import { dateText } from '../base/time.ts'
import type { ReportOnly } from '../decision/report-only.ts'
import type { CompiledPolicy } from '../policy/model.ts'

export type Note = {
  /** `upstream akamai`, `route akamai/login`, `client crm-sync`, `token hosted-login`. */
  readonly subject: string
  readonly field: string
  readonly before: string
  readonly after: string
}

export const notesBetween = (before: CompiledPolicy, after: CompiledPolicy): readonly Note[] => [
  ...pairs(before.upstreams, after.upstreams, nameOf).flatMap(([name, a, b]) => [
    ...differing(`upstream ${name}`, 'origins', a.origins, b.origins),
    ...differing(`upstream ${name}`, 'authorization', a.authorization, b.authorization),
    ...differing(`upstream ${name}`, 'timeout', a.timeout, b.timeout),
  ]),
  ...pairs(before.routes, after.routes, ({ id }) => id).flatMap(([id, a, b]) =>
    differing(`route ${id}`, 'origin', a.origin, b.origin),
  ),
  ...pairs(before.clients, after.clients, nameOf).flatMap(([name, a, b]) => [
    ...differing(`client ${name}`, 'secrets', secretsText(a.secrets), secretsText(b.secrets)),
    ...differing(`client ${name}`, 'keys', a.assertion?.keys, b.assertion?.keys),
    ...differing(`client ${name}`, 'report_only', untilText(a), untilText(b)),
  ]),
  ...pairs(before.tokens, after.tokens, nameOf).flatMap(([name, a, b]) => [
    ...differing(`token ${name}`, 'keys', a.keys, b.keys),
    ...differing(`token ${name}`, 'algorithms', a.algorithms, b.algorithms),
    ...differing(`token ${name}`, 'introspection', a.introspection, b.introspection),
  ]),
  ...differing('gateway', 'decision_log', before.decisionLog, after.decisionLog),
]

const nameOf = ({ name }: { readonly name: string }): string => name

/** What both policies have under one name. */
function pairs<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (each: T) => string,
): readonly (readonly [string, T, T])[] {
  const known = new Map(before.map((each): [string, T] => [keyOf(each), each]))
  return after.flatMap((b): (readonly [string, T, T])[] => {
    const a = known.get(keyOf(b))
    return a === undefined ? [] : [[keyOf(b), a, b]]
  })
}

/** Beginnings of hashes tell secrets apart and help nobody. */
const secretsText = (secrets: CompiledPolicy['clients'][number]['secrets']): string =>
  typeof secrets === 'string'
    ? secrets
    : `${secrets.length} accepted: ${secrets.map(({ sha256, expires }) => `${sha256.slice(0, 8)} until ${dayOf(expires)}`).join(', ')}`

const untilText = ({ reportOnlyUntil: until }: ReportOnly): string | undefined =>
  until === undefined ? undefined : dateText(until)

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

function differing(subject: string, field: string, a: unknown, b: unknown): readonly Note[] {
  const [before, after] = [textOf(a), textOf(b)]
  return before === after ? [] : [{ subject, field, before, after }]
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')
