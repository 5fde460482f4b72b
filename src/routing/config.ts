import type { BodyKind } from '../decision/facts.ts'
import type { ReportOnly } from '../decision/report-only.ts'
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

export type AuthKind = 'basic' | 'client_id' | 'client' | 'token' | 'none'

/** What a route with `auth: client` says of the requests it takes. */
export type ClientRoute = {
  /** Kinds of body that may carry parameters. A body of any other kind is refused: somebody might read it. */
  readonly credentialsIn: readonly BodyKind[]
  /** Whether a Bearer token may stand beside the client's credentials. It never counts for anything here. */
  readonly bearer: 'refuse' | 'ignore'
  /** Whether the body is a token request (RFC 6749 section 4), whose `scope` is held against the client's. */
  readonly tokenRequest: boolean
  /** What becomes of a token request for more scopes than the client's `custom_scopes`. */
  readonly excessScopes: 'cut_down' | 'refuse'
}

/** One route of the compiled policy. Tried out, it lets in whomever it knows: lists, callers and limits are reported. */
export type RouteConfig = ReportOnly & {
  /** `upstream/route`, as in the policy: akamai/config-clients. */
  readonly id: string
  /** Index into the policy's upstreams. */
  readonly upstream: number
  /** `file:line` of the route in the policy, for the decision log. */
  readonly at: string
  /** Path patterns with the upstream's prefix: literal segments, `{one}` segment, `**` for the rest (last only). */
  readonly paths: readonly string[]
  readonly auth: AuthKind
  /** With `auth: client`. */
  readonly client?: ClientRoute
  /** With `auth: basic`: an id and secret in parameters must be those of the header, though they count for nothing. */
  readonly parameters?: 'refuse'
  /** Of a body that is read, in bytes; 64 KiB where it is absent. */
  readonly bodyLimit?: number
  /** With `auth: token`: the name of the issuer under `tokens:`, or `upstream`, which checks the token itself. */
  readonly token?: string
  readonly respectsAllowList: boolean
  /** By method. A method that is not a key is refused; HEAD follows GET. */
  readonly callers: Readonly<Record<string, Callers>>
  readonly rateGroup: string
  /** Groups that a request is charged to together with `rateGroup`, all or none. */
  readonly alsoCounted?: readonly string[]
  /** Name of the path parameter that is the tenant, where the rate group counts by it; every path has it. */
  readonly tenant?: string
  /** What a request weighs in its rate group, by method; 1 where a method is absent. HEAD follows GET. */
  readonly cost?: Readonly<Record<string, number>>
  /** Name of the upstream's origin this route is forwarded to. */
  readonly origin: string
  /** Index into the policy's fault tables. */
  readonly faults: number
  readonly lists?: AddressLists
  readonly upgrade?: 'websocket'
}
