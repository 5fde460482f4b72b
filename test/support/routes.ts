/** Routes of a compiled policy in as few words as a test needs. */
import type { CanonicalPath } from '../../src/decision/facts.ts'
import type { MountConfig, RouteConfig } from '../../src/routing/config.ts'
import { canonicalPath } from '../../src/routing/path.ts'

export function route(id: string, ...paths: string[]): RouteConfig {
  return {
    id,
    upstream: 0,
    at: 'policy.yaml:1',
    paths,
    auth: 'none',
    respectsAllowList: false,
    callers: { GET: { kind: 'anyone' } },
    rateGroup: 'public',
    origin: 'default',
    faults: 0,
  }
}

export const mount = (prefix: string, ...hosts: string[]): MountConfig => ({ name: 'demo', prefix, hosts })

/** Fails the test when the text is no canonical path. */
export function path(text: string): CanonicalPath {
  const parsed = canonicalPath(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`)
  return parsed.value
}
