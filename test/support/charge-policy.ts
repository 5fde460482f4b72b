/** A policy made for charges: what a request must be, and be ruled by, to be charged exactly these. */
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { Charge } from '../../src/ratelimit/limiter.ts'
import { compiled, gatewayYaml } from './example.ts'
import { basic } from './facts.ts'

/**
 * @param charges - of one request, on keys like `client=UPSTREAM/CLIENT` or that with ` route=UPSTREAM/ROUTE` behind it
 * @returns a policy with their rate groups, their client, and the one route, POST /only, that charges all of them
 */
export async function chargePolicy(charges: readonly Charge[]): Promise<CompiledPolicy> {
  const { upstream, client, route = 'only' } = wordsOf(charges)
  const units = charges[0]?.quantity ?? 0
  // More than the burst does not compile (P0318); a newer or older build may hand it over all the same.
  const never = charges.some(({ quota }) => units > quota.burst)
  const document = {
    policy_format: 1,
    upstream: { name: upstream, title: 'Example', prefix: '/', origin: 'http://upstream.example' },
    clients: { [client]: { upstream, client_id: client, allow_list: 'any', secrets: 'upstream' } },
    rate_groups: Object.fromEntries(charges.map((charge) => [charge.group, groupBlock(charge)])),
    routes: {
      [route]: {
        doc: 'charges its caller',
        paths: ['/only'],
        auth: 'basic',
        respects_allow_list: false,
        callers: { POST: ['authenticated'] },
        rate_group: charges.map(({ group }) => group),
        cost: never ? 1 : units,
      },
    },
  }
  const policy = await compiled({ 'gateway.yaml': gatewayYaml, 'upstream.yaml': JSON.stringify(document) })
  const routes = policy.routes.map((route) => ({ ...route, cost: { POST: units } }))
  return never ? { ...policy, routes } : policy
}

/** The request's own part in being charged so: who sends it, and how. */
export const chargedRequest = (charges: readonly Charge[]): RequestInit => ({
  method: 'POST',
  headers: { authorization: basic(wordsOf(charges).client, 'left to the upstream') },
})

const millis = (ms: number) => `${ms}ms`

function groupBlock({ quota, key }: Charge) {
  const { period, rate, burst, average } = quota
  return {
    ...{ period: millis(period), rate, burst },
    ...(average && { average: { over: millis(average.over), rate: average.rate } }),
    per: kindsOf(key),
    // A lease tells less than is left, by what the isolate holds; the contract asks for exact numbers.
    consistency: 'strict',
  }
}

const kindsOf = (key: string): readonly string[] => key.split(' ').map((word) => word.replace(/=.*/, ''))

type Words = { readonly upstream: string; readonly client: string; readonly route: string | undefined }

/** The names in the keys. All charges of one request name one client, and at most one route. */
function wordsOf(charges: readonly Charge[]): Words {
  const keys = charges.map(({ key }) => key).join(' ')
  const [, upstream, client] = /client=([^/ ]+)\/([^ ]+)/.exec(keys) ?? []
  if (upstream === undefined || client === undefined) throw new Error(`no client is charged: ${keys}`)
  return { upstream, client, route: /route=[^/ ]+\/([^ ]+)/.exec(keys)?.[1] }
}
