/** The step that asks whether this caller may use this method of this route. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { Denial } from '../decision/denial.ts'
import { type Reported, type ReportOnly, reportedAs } from '../decision/report-only.ts'
import type { PlainStage } from '../decision/stage.ts'
import type { AuthKind } from '../routing/config.ts'
import { grantableScope, type TokenRequestSlice } from './token-scopes.ts'

type Callers =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'any_of'; readonly features: readonly string[]; readonly scopes: readonly string[] }

type PrincipalSlice = {
  readonly client:
    | { readonly features: readonly string[]; readonly customScopes?: readonly string[] }
    | undefined
  readonly scopes: readonly string[]
  readonly by: AuthKind
  readonly tokenRequest?: TokenRequestSlice
}

/** What opened the method: the first feature or scope found, or undefined where none was asked for. */
export type Entitlement = {
  readonly by: string | undefined
  /** The `scope` that a token request must be sent on with; absent where it may keep its own. */
  readonly scope?: string
  /** What would have been denied, where the route is only tried out. */
  readonly reported?: Reported
}

type RouteSlice = ReportOnly & { readonly client?: { readonly excessScopes: 'cut_down' | 'refuse' } }

type Outcome = Result<{ readonly entitlement: Entitlement }, Denial>

export const authorization: PlainStage<
  {
    readonly facts: { readonly now: Millis }
    readonly callers: Callers
    readonly principal: PrincipalSlice
    readonly route: RouteSlice
  },
  { readonly entitlement: Entitlement }
> = {
  name: 'features',
  run: ({ facts: { now }, callers, principal, route }) => {
    const opened = unlessReported(openedBy(callers, principal), now, route)
    if (!opened.ok || !principal.tokenRequest) return opened
    const { entitlement } = opened.value
    const scoped = withScope(entitlement, principal.tokenRequest, principal, route)
    return unlessReported(scoped, now, route, entitlement)
  },
}

/** @param before - what was found until now; the first of two reports is the one that would have ended the request */
function unlessReported(
  outcome: Outcome,
  now: Millis,
  route: RouteSlice,
  before: Entitlement = nothingAsked.value.entitlement,
): Outcome {
  if (outcome.ok) return outcome
  const reported = reportedAs(outcome.error, now, route)
  return reported ? ok({ entitlement: { reported, ...before } }) : outcome
}

function openedBy(callers: Callers, principal: PrincipalSlice): Outcome {
  switch (callers.kind) {
    case 'anyone':
      return nothingAsked
    case 'authenticated':
      return principal.by === 'none' ? fail({ reason: 'credentials_missing' }) : nothingAsked
    case 'any_of':
      return anyOf(callers, principal)
  }
}

function withScope(
  entitlement: Entitlement,
  request: TokenRequestSlice,
  { client }: PrincipalSlice,
  route: RouteSlice,
): Outcome {
  const scope = grantableScope(request, client?.customScopes, route.client?.excessScopes ?? 'refuse')
  if (!scope.ok) return scope
  return ok({ entitlement: scope.value === undefined ? entitlement : { ...entitlement, scope: scope.value } })
}

const nothingAsked = ok({ entitlement: { by: undefined } })

/** One feature or one scope is enough. A method that also asks for features of a client is denied for those. */
function anyOf(
  needs: { readonly features: readonly string[]; readonly scopes: readonly string[] },
  { client, scopes }: PrincipalSlice,
): Outcome {
  const has = client?.features ?? []
  const by =
    needs.features.find((feature) => has.includes(feature)) ??
    needs.scopes.find((scope) => scopes.includes(scope))
  if (by !== undefined) return ok({ entitlement: { by } })
  return needs.features.length > 0
    ? fail({ reason: 'feature_missing', has, needs: needs.features })
    : fail({ reason: 'scope_missing', has: scopes, needs: needs.scopes })
}
