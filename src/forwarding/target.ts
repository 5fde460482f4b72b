/** The address a request is forwarded to: a fixed origin, the canonical path, the query as it was sent. */
import { fail, ok, type Result } from '../base/result.ts'
import type { CanonicalPath } from '../decision/facts.ts'

export type TargetProblem =
  /** A blank, a control character, `#` or anything beyond ASCII: the rest could be read as something else. */
  | 'bad_query'
  /** The path is not below the prefix: a route of another upstream. */
  | 'outside_prefix'

/** What `URL`, and so `fetch`, would escape in a query by itself (URL standard, special-query percent-encode set). */
const ESCAPED = new Map([
  ['"', '%22'],
  ["'", '%27'],
  ['<', '%3C'],
  ['>', '%3E'],
])

/**
 * Puts the URL together as text. `URL` never sees a decoded path, so no path can name another host (threat P4), and
 * nothing is left in the result for it to tidy: what was matched is what is sent.
 *
 * @param origin - `scheme://host[:port]`, as `bareOrigin` gives it
 * @param prefix - of the upstream's mount; taken off by whole segments, at the start only (threat P8)
 * @param query - without the `?`; empty for none
 */
export function upstreamUrl(
  origin: string,
  prefix: string,
  path: CanonicalPath,
  query: string,
): Result<string, TargetProblem> {
  const rest = belowPrefix(prefix, path)
  if (rest === undefined) return fail('outside_prefix')
  if (query === '') return ok(origin + rest)
  const sent = queryText(query)
  return sent === undefined ? fail('bad_query') : ok(`${origin}${rest}?${sent}`)
}

function belowPrefix(prefix: string, path: string): string | undefined {
  if (path === prefix) return '/'
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined
}

function queryText(query: string): string | undefined {
  let changed = false
  for (let at = 0; at < query.length; at++) {
    const code = query.charCodeAt(at)
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return undefined
    changed ||= ESCAPED.has(query.charAt(at))
  }
  return changed ? Array.from(query, (character) => ESCAPED.get(character) ?? character).join('') : query
}
