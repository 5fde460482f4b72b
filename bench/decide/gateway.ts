/** The gateway's own decision, `decider` of `src/pipeline.ts`, with a limiter that always admits. */
import { checkSecret } from '../../src/clients/secret.ts'
import type { Facts } from '../../src/decision/facts.ts'
import { decider } from '../../src/pipeline.ts'
import { type LoadedPolicy, loadPolicy } from '../../src/platform/policies.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import { policyText } from '../../src/policy/written.ts'
import type { Limiter } from '../../src/ratelimit/limiter.ts'
import { compiled, gatewayYaml } from '../../test/support/example.ts'
import { addressOf, basic, facts } from '../../test/support/facts.ts'
import { noTokens } from '../../test/support/no-tokens.ts'
import { allAsks, type Contender } from './contender.ts'
import { type Ask, dotted, FEATURES, sha256, type World } from './world.ts'

/** One route and one client, of which all others are copies: compiling 100,000 from YAML would take minutes. */
const TEMPLATE = `
policy_format: 1
upstream: { name: up, title: Up, prefix: /, origin: "https://up.example", authorization: forward }
client_features: { ${Array.from({ length: FEATURES }, (_, n) => `feature-${n}: one`).join(', ')} }
routes:
  one: { doc: one, paths: ["/one/{id}"], auth: basic, respects_allow_list: true, callers: { GET: [feature-0] } }
clients:
  one: { upstream: up, client_id: "one", features: [feature-0], allow_list: [192.0.2.1], secrets: [{ hash: "sha256:${sha256('one')}", generated_bits: 256, expires: 2099-01-01 }] }
`

export async function gatewayContender(world: World): Promise<Contender> {
  // As an isolate has it: read from its text.
  const loaded = loadPolicy(policyText(await policyOf(world)))
  if (loaded === undefined) throw new Error('the policy does not load')
  const decide = deciderOf(loaded)
  const prepared = allAsks(world).map((ask) => factsOf(ask, world))
  return {
    name: 'gateway',
    decide: (at) => {
      const decision = decide(prepared[at] ?? facts())
      return decision instanceof Promise ? decision.then(({ allowed }) => allowed) : decision.allowed
    },
  }
}

/** @param origin - of the upstream, where requests will be sent to it */
export async function policyOf(
  { routes, clients }: World,
  origin = 'https://up.example',
): Promise<CompiledPolicy> {
  const template = await compiled({ 'gateway.yaml': gatewayYaml, 'up.yaml': TEMPLATE }, { up: origin })
  const [route, client] = [template.routes[0], template.clients[0]]
  if (route === undefined || client === undefined) throw new Error('the template is empty')
  return {
    ...template,
    routes: routes.map(({ pattern, feature }, n) => ({
      ...route,
      id: `up/route-${n}`,
      paths: [pattern],
      callers: { GET: { kind: 'any_of', features: [feature], scopes: [] } },
    })),
    clients: clients.map(({ id, secret, features, networks }) => ({
      ...client,
      name: id,
      clientId: id,
      features,
      lists: { allow: { v4: networks.flat(), v6: [] }, deny: { v4: [], v6: [] } },
      secrets: [{ sha256: sha256(secret), expires: Number.MAX_SAFE_INTEGER }],
    })),
  }
}

/** With the real check of secrets, and nobody to ask about tokens. */
export const deciderOf = ({ policy, registry }: LoadedPolicy) =>
  decider(policy, {
    registry,
    checkSecret,
    ...noTokens,
    limiter: alwaysAdmits,
  })

const admitted = {
  admitted: true,
  standing: { group: 'wide', limit: 60_000, remaining: 59_999, resetMs: 1, parts: [] },
} as const

const alwaysAdmits: Limiter = { take: () => admitted }

function factsOf({ path, client, address }: Ask, { clients }: World): Facts {
  const { id = '', secret = '' } = clients[client] ?? {}
  return facts({ rawPath: path, address: addressOf(dotted(address)), authorization: basic(id, secret) })
}
