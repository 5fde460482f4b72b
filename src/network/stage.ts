/** The two steps that ask where a request comes from: the upstream's and the route's own lists, and the client's. */
import type { IpAddress } from '../base/address.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { Denial } from '../decision/denial.ts'
import { type Reported, type ReportOnly, reportedAs } from '../decision/report-only.ts'
import type { PlainStage } from '../decision/stage.ts'
import type { AddressLists } from './config.ts'
import { contains, isEmpty } from './ranges.ts'

/**
 * What opened the step, for the trace: no list had to be asked, the list admits every address that is not denied,
 * or the address is on it. `reported`: a list refused the address, and is only tried out.
 */
export type AddressCheck =
  | { readonly kind: 'skipped' | 'any' | 'listed'; readonly reported?: never }
  | { readonly kind: 'reported'; readonly reported: Reported }

type Verdict = 'admitted' | 'address_denied' | 'address_not_allowed'

/**
 * Deny wins. Without a readable address only lists that turn nobody away are passed: it could be any address, so
 * it is on every deny list and on no allow list (threats A3 to A6).
 */
export function judge({ allow, deny }: AddressLists, address: IpAddress | undefined): Verdict {
  if (address === undefined ? !isEmpty(deny) : contains(deny, address)) return 'address_denied'
  if (allow === 'any') return 'admitted'
  return address !== undefined && contains(allow, address) ? 'admitted' : 'address_not_allowed'
}

type Caller = { readonly address: IpAddress | undefined; readonly now: Millis }
type Listed = { readonly lists?: AddressLists }

const skipped: AddressCheck = { kind: 'skipped' }
const passed = {
  skipped: ok(skipped),
  any: ok<AddressCheck>({ kind: 'any' }),
  listed: ok<AddressCheck>({ kind: 'listed' }),
}

/**
 * The lists of the upstream, then those of the route. Both must admit the address; they are looked at before the
 * credentials, so that a stranger to the network learns nothing about them. A route that is tried out reports its own
 * lists; those of the upstream are not its to open.
 *
 * @param upstreams - of the compiled policy, in its order
 */
export const networkStage = (
  upstreams: readonly Listed[],
): PlainStage<
  { readonly facts: Caller; readonly route: Listed & ReportOnly & { readonly upstream: number } },
  { readonly networkCheck: AddressCheck }
> => ({
  name: 'network',
  run: ({ facts: { address, now }, route }) => {
    const first = check(upstreams[route.upstream]?.lists, address)
    if (!first.ok) return first
    const second = check(route.lists, address)
    if (!second.ok) {
      const reported = reportedAs(second.error, now, route)
      return reported ? ok({ networkCheck: { kind: 'reported', reported } }) : second
    }
    return ok({ networkCheck: second.value === skipped ? first.value : second.value })
  },
})

/** The client's lists, where the route respects them (seed: API client allow lists). A route without a client has none. */
export const addressStage: PlainStage<
  {
    readonly facts: Caller
    readonly route: ReportOnly & { readonly respectsAllowList: boolean }
    readonly principal: { readonly client: (ReportOnly & { readonly lists: AddressLists }) | undefined }
  },
  { readonly addressCheck: AddressCheck }
> = {
  name: 'address',
  run: ({ facts, route, principal }) => {
    const { client } = principal
    const outcome = check(route.respectsAllowList ? client?.lists : undefined, facts.address)
    if (outcome.ok) return ok({ addressCheck: outcome.value })
    const reported = reportedAs(outcome.error, facts.now, route, client ?? {})
    return reported ? ok({ addressCheck: { kind: 'reported', reported } }) : outcome
  },
}

function check(
  lists: AddressLists | undefined,
  address: IpAddress | undefined,
): Result<AddressCheck, Denial> {
  if (lists === undefined) return passed.skipped
  const verdict = judge(lists, address)
  if (verdict !== 'admitted') return fail({ reason: verdict, address })
  return lists.allow === 'any' ? passed.any : passed.listed
}
