/** Which routes a request meets in two policies: every pair of them that some path reaches, with such a path. */

import { pathClasses } from '../routing/classes.ts'
import type { RouteConfig } from '../routing/config.ts'
import { canonicalPath } from '../routing/path.ts'
import { type Pattern, parsePattern, shapeOf } from '../routing/pattern.ts'
import { ANY_HOST } from '../testing/reach.ts'
import { patternsOn } from '../testing/route-paths.ts'
import type { Side } from './side.ts'

export type Meeting = {
  /** Undefined for a host that no upstream is bound to. */
  readonly host: string | undefined
  readonly path: string
  /** What the path meets in each policy; never undefined in both. */
  readonly a: RouteConfig | undefined
  readonly b: RouteConfig | undefined
}

/** Found by the policies' own route tables, for one path of each kind that they tell apart. */
export function meetingsOf(a: Side, b: Side): readonly Meeting[] {
  const hosts = new Set(
    [a, b].flatMap(({ policy }) => policy.upstreams.flatMap((upstream) => upstream.hosts)),
  )
  const meetings = new Map<string, Meeting>()
  for (const host of [undefined, ...hosts]) {
    for (const path of pathClasses(patternsOf(host, a, b))) {
      const canonical = canonicalPath(path)
      if (!canonical.ok) continue
      const [inA, inB] = [a, b].map(({ table }) => table.find(host ?? ANY_HOST, canonical.value)?.route)
      const key = `${inA?.id} ${inB?.id}`
      if (!meetings.has(key) && (inA ?? inB)) meetings.set(key, { host, path, a: inA, b: inB })
    }
  }
  return [...meetings.values()]
}

/** Patterns of one shape match the same paths, so one of them is enough. */
function patternsOf(host: string | undefined, a: Side, b: Side): readonly Pattern[] {
  const byShape = new Map<string, Pattern>()
  for (const text of [a, b].flatMap(({ policy }) => patternsOn(host, policy))) {
    const pattern = parsePattern(text)
    if (pattern.ok) byShape.set(shapeOf(pattern.value), pattern.value)
  }
  return [...byShape.values()]
}
