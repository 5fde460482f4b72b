import type { AddressLists } from '../network/config.ts'

/** Who may call a route with one method. `any_of`: one of the features or one of the scopes is enough. */
export type Callers =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'any_of'; readonly features: readonly string[]; readonly scopes: readonly string[] }

/** Where an upstream is mounted. */
export type MountConfig = {
  readonly name: string
  /** Canonical path without a trailing slash; the empty string mounts at the root. */
  readonly prefix: string
  /** Lower-case host names without port; empty means every host. */
  readonly hosts: readonly string[]
  readonly lists?: AddressLists
}

/** One route of the compiled policy. */
export type RouteConfig = {
  /** `upstream/route`, as in the policy: akamai/config-clients. */
  readonly id: string
  /** Index into the policy's upstreams. */
  readonly upstream: number
  /** `file:line` of the route in the policy, for the decision log. */
  readonly at: string
  /** Path patterns with the upstream's prefix: literal segments, `{one}` segment, `**` for the rest (last only). */
  readonly paths: readonly string[]
  readonly auth: 'basic' | 'client_id' | 'token' | 'none'
  /** With `auth: token`: the name of the issuer under `tokens:`, or `upstream`, which checks the token itself. */
  readonly token?: string
  readonly respectsAllowList: boolean
  /** By method. A method that is not a key is refused; HEAD follows GET. */
  readonly callers: Readonly<Record<string, Callers>>
  readonly rateGroup: string
  /** Name of the upstream's origin this route is forwarded to. */
  readonly origin: string
  /** Index into the policy's fault tables. */
  readonly faults: number
  readonly lists?: AddressLists
  readonly upgrade?: 'websocket'
}
