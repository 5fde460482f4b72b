/** `origin:` and `origins:` of an upstream. */
import type { OriginConfig } from '../forwarding/config.ts'
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import type { Unit } from './units.ts'

/** By upstream, for all its origins, or by `upstream.origin`: addresses that replace the policy's, for a local run. */
export type OriginOverrides = ReadonlyMap<string, string>

/** The one place of a policy where the name of an environment variable may stand. */
const VARIABLE = /^\$\{([A-Z][A-Z0-9_]*)(?::-(.*))?\}$/

/** By name; `default` is the upstream's own `origin:`. */
export function readOrigins(
  { name, value, at }: Defined<Unit>,
  overrides: OriginOverrides,
  problems: Problem[],
): Record<string, OriginConfig> {
  const { origin, origins = {} } = value.upstream
  const written = [
    { key: 'default', text: origin, field: follow(at, 'origin') },
    ...Object.entries(origins).map(([key, text]) => ({ key, text, field: follow(at, 'origins', key) })),
  ]
  if (Object.hasOwn(origins, 'default')) {
    const message = '`default` is the name of the upstream’s `origin:`'
    problems.push(
      errorAt('P0310', placeOfKey(follow(at, 'origins', 'default')), message, { help: 'rename it' }),
    )
  }
  const read = written.map(({ key, text, field }) => {
    const config = readOrigin(text, field, problems)
    const url = overrides.get(`${name}.${key}`) ?? overrides.get(name)
    return [key, url === undefined ? config : { url }] as const
  })
  return Object.fromEntries(read)
}

function readOrigin(text: string, at: Cursor, problems: Problem[]): OriginConfig {
  const [whole, env, fallback] = VARIABLE.exec(text) ?? []
  const url = whole === undefined ? text : fallback
  if (url !== undefined) problems.push(...checkOrigin(url, at))
  if (env === undefined) return { url: text }
  return { env, ...(fallback !== undefined && { fallback }) }
}

/** A path or a query in it would be lost or doubled when the request's own path is set (threat P4). */
function checkOrigin(text: string, at: Cursor): Problem[] {
  const origin = originOf(text)
  if (origin === text) return []
  const message = `\`${text}\` is no bare origin: scheme, host and port, and nothing else`
  const help =
    origin === undefined || text.includes('$')
      ? 'write https://host, or `${NAME}` for an environment variable, or `${NAME:-https://host}`'
      : `write ${origin}`
  return [errorAt('P0310', placeOfValue(at), message, { help })]
}

function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.origin : undefined
}
