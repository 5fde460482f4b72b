/** The policies that the gateway enforces while it is loaded: everything on, as a deployment would have it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../src/cli/runtime/bundle.ts'
import type { CompiledPolicy } from '../src/policy/model.ts'
import { compiled } from '../test/support/example.ts'
import { type Caller, callers } from './callers.ts'
import { ALGORITHM, AUDIENCE, ISSUER, type Issuer } from './issuer.ts'

/** `main` is a small deployment's; `many` has all packs and 2,000 routes. */
export type PolicyName = 'main' | 'many'
export type Policies = Readonly<Record<PolicyName, CompiledPolicy>>

/** Clients of each policy, for each upstream that the benchmark calls. */
export const clientCounts: Readonly<Record<PolicyName, number>> = { main: 1_000, many: 10 }

/** As the shipped policy has it: all denials are logged, and a sample of the rest. */
const GATEWAY = `
policy_format: 1
gateway:
  client_address_from: cf-connecting-ip
  decision_log: { denials: all, allowed: 10%, client_address: prefix }
  limiter: { shards: 8 } # one machine: a shard for 200 calls a second
`

/** More than any machine sends in a run, so that nothing of an allowed case is refused. */
const PLENTY = { rate: 60_000_000, burst: 10_000_000 }

/** Five come free each second: all but a few of a flood are refused. The vendor's row `Admin`. */
export const NARROW = { rate: 300, burst: 50 }

/** The vendor's most generous row, `Audit events`. */
export const BUSY = { rate: 6_000, burst: 2_000 }

const group = (name: string, { rate, burst }: typeof NARROW): string =>
  `  ${name}: { period: 1m, rate: ${rate}, burst: ${burst}, per: client }`

const route = (name: string, auth: string, callers: string, rateGroup: string): string => `
  ${name}:
    doc: ${name}
    paths: ["/${name}/{id}", "/${name}/{id}/parts/**"]
    auth: ${auth}
    respects_allow_list: true
    callers: { GET: [${callers}], POST: [writer] }
    rate_group: ${rateGroup}`

const api = (issuer: Issuer): string => `
policy_format: 1
upstream: { name: api, title: API, prefix: /api, origin: "\${API_ORIGIN}", authorization: forward }
client_features: { reader: reads records, writer: writes them }
rate_groups:
${group('wide', PLENTY)}
${group('busy', BUSY)}
${group('narrow', NARROW)}
tokens:
  login:
    issuer: ${ISSUER}
    audience: ${AUDIENCE}
    jwks: ${JSON.stringify({ keys: [issuer.key] })}
    algorithms: [${ALGORITHM}]
    client_id_claim: client_id
routes:
  ${route('records', 'basic', 'reader', 'wide')}
  ${route('profiles', 'token\n    token: login', '"scope:records.read"', 'wide')}
  ${route('events', 'basic', 'reader', 'busy')}
  ${route('exports', 'basic', 'reader', 'narrow')}
`

const clientYaml = ({ id, sha256, allow, deny }: Caller, upstream: string): string => `
  ${upstream}-${id}:
    upstream: ${upstream}
    client_id: "${id}"
    features: { all_except: [] }
    allow_list: [${allow.join(', ')}]
    deny_list: [${deny.join(', ')}]
    secrets: [{ hash: "sha256:${sha256}", generated_bits: 256, expires: 2099-01-01 }]`

const clientsYaml = (count: number, upstream: string): string =>
  `policy_format: 1\nclients:\n${callers(count)
    .map((caller) => clientYaml(caller, upstream))
    .join('\n')}\n`

/** @param origin - of the upstream */
export const benchPolicy = (origin: string, issuer: Issuer): Promise<CompiledPolicy> =>
  compiled(
    {
      'gateway.yaml': GATEWAY,
      'api.yaml': api(issuer),
      'clients.yaml': clientsYaml(clientCounts.main, 'api'),
    },
    { api: origin },
  )

const MANY_ROUTES = 2_000

/** Part `n` of the large upstream. Forty areas, so that the paths share their first segments as real ones do. */
const partPath = (n: number, id: string): string => `/area${n % 40}/${id}/part${n}`

const bigYaml = (routes: number): string => `
policy_format: 1
upstream: { name: big, title: Big, prefix: /big, origin: "\${BIG_ORIGIN}", authorization: forward }
client_features: { owner: all }
routes:
${Array.from(
  { length: routes },
  (_, n) =>
    `  r${n}: { doc: part ${n}, paths: ["${partPath(n, '{id}')}"], auth: basic, respects_allow_list: true, callers: { GET: [owner] } }`,
).join('\n')}
`

/** The four shipped packs with some clients; the vendors' rate groups are made wide. */
export const packsPolicy = async (origin: string): Promise<CompiledPolicy> =>
  await compiled(await shippedPacks(), originsOf(origin))

/** The packs and as many routes more as make 2,000. */
export async function manyRoutesPolicy(origin: string): Promise<CompiledPolicy> {
  const packs = await shippedPacks()
  const { routes } = await compiled(packs, originsOf(origin))
  const rest = {
    'big.yaml': bigYaml(MANY_ROUTES - routes.length),
    'clients-big.yaml': clientsYaml(clientCounts.many, 'big'),
  }
  return await compiled({ ...packs, ...rest }, { ...originsOf(origin), big: origin })
}

const originsOf = (origin: string): Record<string, string> =>
  Object.fromEntries(['akamai', 'app-id', 'cloudentity', 'verify'].map((name) => [name, origin]))

async function shippedPacks(): Promise<Record<string, string>> {
  const folder = join(projectRoot, 'policies')
  const names = [
    'rate-groups.yaml',
    ...(await readdir(join(folder, 'upstreams'))).map((n) => `upstreams/${n}`),
  ]
  const files = await Promise.all(
    names.map(async (name): Promise<[string, string]> => {
      const text = await readFile(join(folder, name), 'utf8')
      return [
        name,
        text.replaceAll(
          /^( {2}[a-z0-9-]+: +\{ period: 1m, rate: )[0-9]+(, +burst: )[0-9]+/gm,
          `$1${PLENTY.rate}$2${PLENTY.burst}`,
        ),
      ]
    }),
  )
  const gateway = GATEWAY.replace('gateway:', 'gateway:\n  default_rate_group: public')
  const clients = clientsYaml(clientCounts.many, 'akamai')
  return { ...Object.fromEntries(files), 'gateway.yaml': gateway, 'clients-akamai.yaml': clients }
}

/** A path of every route that any client with an id and a secret may GET, parameters filled in. */
export const openPaths = ({ routes }: CompiledPolicy): readonly string[] =>
  routes.flatMap(({ auth, callers, paths }) =>
    auth === 'basic' && 'GET' in callers ? paths.slice(0, 1).map(filledIn) : [],
  )

const filledIn = (pattern: string): string =>
  pattern.replaceAll(/\{(\w+)\}/g, 'some-$1').replace('**', 'some/other/part')
