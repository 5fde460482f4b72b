/**
 * All kinds of path that some patterns tell apart, one path of each. Two paths that match the same patterns meet the
 * same route, in any policy made of these patterns; so what is found of the one holds for the other.
 */
import type { Pattern } from './pattern.ts'

/** A pattern on the way through a path. Once its `**` is reached, it goes with every further segment. */
type Alive = { readonly at: number; readonly pattern: Pattern; readonly inRest: boolean }

type State = { readonly path: string; readonly depth: number; readonly alive: readonly Alive[] }

/**
 * Walks all patterns at once, segment by segment. At each place only the literals of the patterns that are still in
 * play make a difference, and one segment that none of them names.
 *
 * @returns paths, one for each set of patterns that some path matches; none for the paths that match nothing
 */
export function pathClasses(patterns: readonly Pattern[]): readonly string[] {
  const fresh = freshSegment(patterns)
  const paths = new Map<string, string>()
  const seen = new Set<string>()
  const start = patterns.map((pattern, at): Alive => ({ at, pattern, inRest: false }))
  const open: State[] = [{ path: '', depth: 0, alive: start }]
  // Shortest first, and of one length the ones with fresh segments: these are the plainest examples.
  for (const state of open) {
    for (const key of segmentsToTry(state, fresh)) {
      const next = advanced(state, key)
      const matched = next.alive.filter((each) => isAtEnd(each, next.depth))
      const set = matched.map(({ at }) => at).join(' ')
      if (matched.length > 0 && !paths.has(set)) paths.set(set, next.path)
      const identity = identityOf(next)
      if (next.alive.length > 0 && !seen.has(identity)) open.push(next)
      seen.add(identity)
    }
  }
  return [...paths.values()]
}

/** A segment that no pattern names: it stands for all others. */
function freshSegment(patterns: readonly Pattern[]): string {
  const literals = new Set(
    patterns.flatMap(({ segments }) =>
      segments.map((segment) => (segment.kind === 'literal' ? segment.key : '')),
    ),
  )
  let fresh = 'x'
  while (literals.has(fresh)) fresh += '~'
  return fresh
}

function segmentsToTry({ alive, depth }: State, fresh: string): ReadonlySet<string> {
  const keys = new Set([fresh])
  for (const { pattern, inRest } of alive) {
    const segment = pattern.segments[depth]
    if (!inRest && segment?.kind === 'literal') keys.add(segment.key)
  }
  return keys
}

function advanced({ path, depth, alive }: State, key: string): State {
  const next = alive.flatMap((each) => goneOn(each, depth, key) ?? [])
  return { path: `${path}/${key}`, depth: depth + 1, alive: next }
}

/** The empty segment after a trailing slash is matched by nothing but itself, and ends the path. */
function goneOn(each: Alive, depth: number, key: string): Alive | undefined {
  const segment = each.inRest ? undefined : each.pattern.segments[depth]
  if (segment?.kind === 'literal') return segment.key === key ? each : undefined
  if (key === '' || (segment === undefined && !each.inRest)) return undefined
  return segment?.kind === 'one' ? each : { ...each, inRest: true }
}

const isAtEnd = ({ inRest, pattern }: Alive, depth: number): boolean =>
  inRest || pattern.segments.length === depth

/** States with one identity go on alike. Depth matters to patterns only that are not in their `**` yet. */
function identityOf({ depth, alive }: State): string {
  const place = alive.every(({ inRest }) => inRest) ? '' : String(depth)
  return `${place}:${alive.map(({ at, inRest }) => (inRest ? `${at}+` : `${at}`)).join(' ')}`
}
