/** Paths of the policy that look like one that nothing matches. */
import type { CompiledPolicy } from '../policy/model.ts'
import { nearestFew } from '../source/near.ts'

const MAX_SHOWN = 3

/** @returns patterns, the nearest first; none when nothing is near */
export function nearestPaths(path: string, policy: CompiledPolicy): readonly string[] {
  const segments = path.split('/')
  const candidates = policy.routes.flatMap(({ paths }) =>
    paths.map((pattern): [string, string] => [likened(pattern, segments), pattern]),
  )
  return nearestFew(path, new Map(candidates), MAX_SHOWN)
}

/** The pattern with the path's own segments where it takes any, so that only its literals are compared. */
function likened(pattern: string, segments: readonly string[]): string {
  const parts = pattern.split('/')
  return parts
    .map((part, at) => {
      if (part === '**') return segments.slice(at).join('/')
      return part.startsWith('{') ? (segments[at] ?? part) : part
    })
    .join('/')
}
