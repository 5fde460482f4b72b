/** The requests that a line of the log may mean: one for each kind of path that the policy tells apart. */

import type { CompiledPolicy } from '../policy/model.ts'
import { pathClasses } from '../routing/classes.ts'
import { canonicalPath } from '../routing/path.ts'
import { type Pattern, parsePattern } from '../routing/pattern.ts'
import { routeTable } from '../routing/table.ts'
import { ANY_HOST } from '../testing/reach.ts'
import type { RequestLine } from '../testing/trial.ts'
import { isCutOff, type LoggedDecision } from './log.ts'

/** @returns undefined where the log has cut the path */
export type RequestsOf = (line: LoggedDecision) => readonly RequestLine[] | undefined

/**
 * @param policy - by which the lines are decided again
 * @param loggedBy - the policy that wrote the log, where it is known. Paths that it gave to other patterns are left out
 */
export function requestsBy(policy: CompiledPolicy, loggedBy: CompiledPolicy | undefined): RequestsOf {
  const patterns = policy.routes.flatMap(({ paths }) => paths.flatMap(patternOf))
  const oldPatterns = loggedBy?.routes.flatMap(({ paths }) => paths.flatMap(patternOf)) ?? []
  const old = loggedBy && routeTable(loggedBy.upstreams, loggedBy.routes)
  const found = new Map<string, readonly string[]>()
  const pathsOf = (text: string): readonly string[] => {
    const known = found.get(text)
    const [pattern] = patternOf(text)
    if (known || pattern === undefined) return known ?? []
    const likely = [...patterns, ...oldPatterns].filter((each) => mayMeet(pattern, each))
    const paths = pathClasses([pattern, ...likely]).filter((path) => isOf(pattern, path))
    found.set(text, paths)
    return paths
  }
  const wasTaken = (host: string | undefined, path: string, text: string): boolean => {
    const canonical = canonicalPath(path)
    if (old === undefined) return true
    return canonical.ok && old.find(host ?? ANY_HOST, canonical.value)?.pattern === text
  }
  const allHosts = [policy, loggedBy].flatMap((each) => each?.upstreams.flatMap(({ hosts }) => hosts) ?? [])
  const anyHost = [undefined, ...new Set(allHosts)]
  return (line) => {
    if (isCutOff(line)) return undefined
    const { method, path, route } = line
    const hosts = hostsOf(route, loggedBy ?? policy) ?? anyHost
    return hosts.flatMap((host) => {
      const paths = route === undefined ? [path] : pathsOf(path).filter((each) => wasTaken(host, each, path))
      return paths.map((each) => ({ method, host, path: each, query: '' }))
    })
  }
}

function patternOf(text: string): readonly Pattern[] {
  const parsed = parsePattern(text)
  return parsed.ok ? [parsed.value] : []
}

/** The hosts that the route's upstream is bound to; undefined where the request may have been for any. */
function hostsOf(route: string | undefined, { upstreams }: CompiledPolicy): readonly string[] | undefined {
  const name = route?.slice(0, route.indexOf('/'))
  const hosts = upstreams.find((upstream) => upstream.name === name)?.hosts ?? []
  return hosts.length === 0 ? undefined : hosts
}

/** Whether some path matches both. */
function mayMeet(one: Pattern, other: Pattern): boolean {
  const length = Math.max(one.segments.length, other.segments.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.segments[at], other.segments[at]]
    if (a?.kind === 'rest' || b?.kind === 'rest') return true
    if (a === undefined || b === undefined) return false
    if (a.kind === 'literal' && b.kind === 'literal' && a.key !== b.key) return false
  }
  return true
}

function isOf({ segments }: Pattern, path: string): boolean {
  const parts = path.slice(1).split('/')
  const hasRest = segments.at(-1)?.kind === 'rest'
  if (hasRest ? parts.length < segments.length : parts.length !== segments.length) return false
  return segments.every((segment, at) => segment.kind !== 'literal' || segment.key === parts[at])
}
