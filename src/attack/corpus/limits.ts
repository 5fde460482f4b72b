/** Threats R1 to R6: a limit that is counted by what the caller can change, or that hits somebody else. */
import type { IpAddress } from '../../base/address.ts'
import type { CountedBy, RateGroupConfig } from '../../ratelimit/config.ts'
import type { RouteConfig } from '../../routing/config.ts'
import type { Attack, Step, Verdict } from '../attack.ts'
import {
  type Aim,
  addressOf,
  base64,
  basicLine,
  cameFrom,
  type Holder,
  heldAims,
  holderOf,
  type Scene,
  truthOf,
} from '../scene.ts'

/** Larger buckets take too many requests to be shown from outside. */
const MAX_BURST = 60

/** How many more than the bucket are sent. */
const EXTRA = 12

/** They use up what they count, so they are carried out last, and one at a time. */
export async function limitAttacks(scene: Scene): Promise<readonly Attack[]> {
  const byClient = await limited('client', scene)
  const byAddress = await limited('address', scene)
  return [
    ...(byClient === undefined ? [] : floods(scene, byClient)),
    ...(byAddress === undefined ? [] : addressFloods(scene, byAddress)),
    ...heldAims(scene)
      .slice(0, 1)
      .flatMap((aim) => (aim.holder === undefined ? [] : guessing(scene, aim, aim.holder))),
  ]
}

type Limited = { readonly aim: Aim; readonly group: RateGroupConfig; readonly holder: Holder | undefined }

/** The route with the smallest bucket of the kind that the attacker can call. */
async function limited(kind: CountedBy, scene: Scene): Promise<Limited | undefined> {
  const found: Limited[] = []
  const seen = new Set(scene.aims.map(({ index }) => index))
  for (const route of scene.policy.routes.filter(({ upstream }) => seen.has(upstream))) {
    const group = scene.policy.rateGroups.find(({ name }) => name === route.rateGroup)
    if (group === undefined || group.burst > MAX_BURST || group.per.join() !== kind) continue
    const aim = await callable(route, scene)
    if (aim !== undefined) found.push({ aim, group, holder: aim.holder })
  }
  return found.toSorted((a, b) => a.group.burst - b.group.burst)[0]
}

/** Its first method will do: all of them are counted together. */
async function callable(route: RouteConfig, scene: Scene): Promise<Aim | undefined> {
  const at = scene.paths.get(route.id)
  const upstream = scene.policy.upstreams[route.upstream]
  const [method] = Object.keys(route.callers)
  if (at === undefined || upstream === undefined || method === undefined) return undefined
  const holder = await holderOf(route, method, scene)
  if (holder === undefined && route.auth !== 'none') return undefined
  return { upstream, index: route.upstream, route, method, open: undefined, barred: undefined, holder, ...at }
}

const verdictOf = ({ group: { burst, rate, period } }: Limited): Verdict => ({
  kind: 'at_most',
  burst,
  rate,
  perMs: period,
})

/** What changes from one request to the next and must not open another bucket. */
type Disguise = (path: string, at: number) => { readonly target: string; readonly lines: readonly string[] }

const lines: readonly ((at: number) => readonly string[])[] = [
  (at) => [`X-Forwarded-For: 198.51.100.${at}`],
  (at) => [`X-Real-IP: 198.51.100.${at}`],
  (at) => [`X-Client-Id: client-${at}`, `X-Api-Key: ${at}`],
  (at) => [`User-Agent: agent-${at}`, `Cookie: session=${at}`],
]

const inHeaders: Disguise = (target, at) => ({ target, lines: lines[at % lines.length]?.(at) ?? [] })

/** Another spelling each time: one letter of the last segment is encoded, and every other one has a query too. */
const inPath: Disguise = (path, at) => {
  const start = path.lastIndexOf('/') + 1
  const place = start + (at % (path.length - start))
  const letter = `%${path.charCodeAt(place).toString(16).padStart(2, '0')}`
  const target = `${path.slice(0, place)}${letter}${path.slice(place + 1)}`
  return { target: at % 2 === 0 ? target : `${target}?n=${at}`, lines: [] }
}

/** The bucket is empty after the first, and stays so: whatever the second is served comes out of another one. */
const floods = (scene: Scene, limited: Limited): Attack[] => [
  flood(scene, limited, 'R1', 'all at once, each in another disguise', inHeaders),
  flood(scene, limited, 'R6', 'all at once, under each spelling of the path', inPath),
]

/** All at once: a check that is apart from the count lets through what arrives in between (threat R1). */
function flood(scene: Scene, limited: Limited, row: string, what: string, disguise: Disguise): Attack {
  const { aim, group, holder } = limited
  const home = cameFrom(scene, holder?.address ?? addressOf('198.51.100.77'))
  const steps = Array.from({ length: group.burst + EXTRA }, (_, at): Step => {
    const proof = holder === undefined ? [] : [spelt(basicLine(holder), at)]
    const { target, lines } = disguise(aim.path, at)
    const wire = { method: aim.method, target, headers: [...proof, ...home.headers, ...lines] }
    return { wire, truth: holder === undefined ? { address: home.address } : truthOf(holder) }
  })
  return { row, what, aim, steps, together: true, alone: true, verdict: verdictOf(limited) }
}

/** The scheme's case is the caller's choice (RFC 9110 section 11.1). */
const spelt = (line: string, at: number): string =>
  at % 2 === 0 ? line : line.replace('Basic', at % 3 === 0 ? 'BASIC' : 'basic')

/** By one caller with many addresses of one network, and by callers without any (threats R2, R3). */
function addressFloods(scene: Scene, limited: Limited): Attack[] {
  const plain = flood(scene, limited, 'R2', 'counted by address, each in another disguise', inHeaders)
  if (scene.seenAs !== undefined || limited.holder !== undefined) return [plain]
  return [
    plain,
    fromEach(limited, 'R2', 'counted by address, from one network of IPv6', scene, (at) =>
      addressOf(`2001:db8:5a5a:1::${(at + 1).toString(16)}`),
    ),
    fromEach(limited, 'R3', 'counted by address, without an address', scene, () => undefined),
  ]
}

/** @param address - of each request; undefined for none */
function fromEach(
  limited: Limited,
  row: string,
  what: string,
  scene: Scene,
  address: (at: number) => IpAddress | undefined,
): Attack {
  const { aim, group } = limited
  const steps = Array.from({ length: group.burst + EXTRA }, (_, at): Step => {
    const origin = cameFrom(scene, address(at))
    return {
      wire: { method: aim.method, target: aim.path, headers: origin.headers },
      truth: { address: origin.address },
    }
  })
  return { row, what, aim, steps, together: true, alone: true, verdict: verdictOf(limited) }
}

/** Somebody guesses secrets: that ends, and the client that was guessed at is still served (threat R4). */
function guessing(scene: Scene, aim: Aim, holder: Holder): Attack[] {
  const { burst } = scene.policy.failedAuth
  if (burst > MAX_BURST || scene.seenAs !== undefined) return []
  const thief = cameFrom(scene, addressOf('198.51.100.201'))
  const guesses = Array.from({ length: burst + EXTRA }, (_, at): Step => {
    const proof = `Authorization: Basic ${base64(`${holder.client.clientId}:guess-${at}`)}`
    const headers = [proof, ...thief.headers, `X-Forwarded-For: 203.0.113.${at}`]
    return { wire: { method: aim.method, target: aim.path, headers }, truth: { address: thief.address } }
  })
  const home = cameFrom(scene, holder.address)
  const wire = { method: aim.method, target: aim.path, headers: [basicLine(holder), ...home.headers] }
  const own: Step = { wire, truth: truthOf(holder) }
  return [
    {
      row: 'R4',
      what: 'a client whose secret others have guessed at',
      aim,
      // The first one shows that the client is served at all.
      steps: [own, ...guesses, own],
      alone: true,
      verdict: { kind: 'last_served' },
    },
    {
      row: 'R4',
      what: 'guessing a secret without end',
      aim,
      steps: guesses,
      alone: true,
      verdict: { kind: 'some_refused' },
    },
  ]
}
