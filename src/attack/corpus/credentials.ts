/** Threats T10 to T16 and H7: credentials that are none, read by somebody who is too kind. */
import { type Attack, SPOOF } from '../attack.ts'
import {
  type Aim,
  type Armed,
  base64,
  basicLine,
  cameFrom,
  type Holder,
  nearby,
  type Scene,
  truthOf,
} from '../scene.ts'

type Header = readonly [row: string, what: string, value: (armed: Armed) => string]

const pair = ({ client }: Armed, secret: string): string => base64(`${client.clientId}:${secret}`)
const good = (armed: Armed): string => pair(armed, armed.secret)

/**
 * Each for the id of a client that may make the request, and none of them its proof. The secret is in many of them, spoilt in
 * one way: a reader who forgives that way lets the request through, and is seen.
 */
const headers: readonly Header[] = [
  // RFC 9110 section 11.1: the scheme is a whole word (CVE-2026-47673 accepted any).
  ['T10', 'another scheme that ends in Basic', (armed) => `xBasic ${good(armed)}`],
  ['T10', 'no scheme', (armed) => good(armed)],
  ['T10', 'the pair as a Bearer token', (armed) => `Bearer ${good(armed)}`],
  // RFC 7617 section 2: the id ends at the first colon, and the rest is the secret, colons and all.
  [
    'T11',
    'the secret with a colon and more behind it',
    (armed) => `Basic ${pair(armed, `${armed.secret}:x`)}`,
  ],
  ['T11', 'an empty secret', (armed) => `Basic ${pair(armed, '')}`],
  ['T11', 'a blank secret', (armed) => `Basic ${pair(armed, ' ')}`],
  ['T11', 'no colon', ({ client }) => `Basic ${base64(client.clientId)}`],
  // RFC 4648 section 3.3: what is not of the alphabet is refused.
  ['T11', 'stray bytes in the base64', (armed) => `Basic ${good(armed).slice(0, 4)}!${good(armed).slice(4)}`],
  ['T11', 'a parameter behind the pair', (armed) => `Basic ${good(armed)}, x=1`],
  ['T11', 'not base64 at all', (armed) => `Basic ${armed.client.clientId}:${armed.secret}`],
  ['T11', 'the secret in upper case', (armed) => `Basic ${pair(armed, armed.secret.toUpperCase())}`],
  ['T11', 'the beginning of the secret', (armed) => `Basic ${pair(armed, armed.secret.slice(0, -1))}`],
  ['T13', 'a wrong secret', (armed) => `Basic ${pair(armed, 'not-the-secret')}`],
  // Whoever has read the policy knows the hash. It must open nothing.
  ['T13', 'the hash in place of the secret', (armed) => `Basic ${pair(armed, hashOf(armed))}`],
  // RFC 7617 section 2 has no control characters in either part; one would end a header, or a line of the log.
  [
    'H7',
    'an id with a line break',
    (armed) => `Basic ${base64(`${armed.client.clientId}\r\nX-Injected: ${SPOOF}:x`)}`,
  ],
  ['H7', 'an id with a NUL', (armed) => `Basic ${base64(`${armed.client.clientId}\u0000:${armed.secret}`)}`],
  ['T14', 'a malformed token', () => 'Bearer eyJhbGciOiJub25l.broken.'],
  ['T12', 'a token of one letter', () => 'Bearer a'],
]

const hashOf = ({ client: { secrets } }: Armed): string =>
  typeof secrets === 'string' ? secrets : (secrets[0]?.sha256 ?? '')

/** Only where the attacker has a client: a spoilt proof shows something where the right one would do. */
export function credentialAttacks(scene: Scene): readonly Attack[] {
  return scene.aims.flatMap((aim) => {
    const { holder } = aim
    if (holder === undefined) return []
    return [
      ...headers.map(([row, what, value], at) => {
        const lines = [`Authorization: ${value(holder)}`]
        return tried(scene, aim, holder, row, what, lines, aim.path, at)
      }),
      ...elsewhere(scene, aim, holder),
      ...twoSets(scene, aim, holder),
      indistinguishable(scene, aim, holder),
      ...notRemembered(scene, aim, holder),
    ]
  })
}

/** By nobody, from where the holder may call. */
function tried(
  scene: Scene,
  aim: Aim,
  holder: Holder,
  row: string,
  what: string,
  lines: readonly string[],
  target = aim.path,
  distance = 0,
): Attack {
  const home = nearby(scene, aim, holder, distance)
  const wire = { method: aim.method, target, headers: [...lines, ...home.headers] }
  return { row, what, aim, steps: [{ wire, truth: { address: home.address } }] }
}

/** In places where this upstream does not take them. The secret is not the real one: a query is logged on the way. */
function elsewhere(scene: Scene, aim: Aim, holder: Holder): Attack[] {
  const { client } = holder
  const query = `?client_id=${encodeURIComponent(client.clientId)}&client_secret=${SPOOF}`
  const cookie = `Cookie: client_id=${encodeURIComponent(client.clientId)}; access_token=abcdefghijklmnopqrst`
  return [
    tried(scene, aim, holder, 'T15', 'an id in the query', [], `${aim.path}${query}`),
    tried(
      scene,
      aim,
      holder,
      'T15',
      'a token in the query',
      [],
      `${aim.path}?access_token=abcdefghijklmnopqrst`,
    ),
    tried(scene, aim, holder, 'T15', 'an id in a cookie', [cookie]),
    tried(scene, aim, holder, 'H1', 'the gateway’s own word', [`X-Sallyport-Client: ${client.name}`]),
  ]
}

/** Where the upstream looks for credentials in parameters too, those of somebody else must not stand there (threat T17). */
function twoSets(scene: Scene, aim: Aim, holder: Holder): Attack[] {
  if (aim.route.parameters !== 'refuse') return []
  const home = cameFrom(scene, holder.address)
  const others = [
    `client_id=somebody-else&client_secret=${SPOOF}`,
    `client_id=${holder.client.clientId}&client_id=somebody-else`,
  ]
  return others.map((query) => {
    const wire = {
      method: aim.method,
      target: `${aim.path}?${query}`,
      headers: [basicLine(holder), ...home.headers],
    }
    const step = { wire, truth: truthOf(holder), never: true }
    return { row: 'T17', what: 'another client’s credentials beside the header', aim, steps: [step] }
  })
}

/** An id that exists and one that does not get the same answer (threat T13). */
function indistinguishable(scene: Scene, aim: Aim, holder: Holder): Attack {
  const home = nearby(scene, aim, holder, headers.length)
  const steps = [holder.client.clientId, 'nobody-has-this-id'].map((id) => {
    const headers = [`Authorization: Basic ${base64(`${id}:not-the-secret`)}`, ...home.headers]
    return { wire: { method: aim.method, target: aim.path, headers }, truth: { address: home.address } }
  })
  return {
    row: 'T13',
    what: 'an unknown id beside a wrong secret',
    aim,
    steps,
    verdict: { kind: 'same_answers' },
  }
}

/** An answer or a decision that was right for one caller is not another's (threats T1, T4, T16). */
function notRemembered(scene: Scene, aim: Aim, holder: Holder): Attack[] {
  const home = cameFrom(scene, holder.address)
  const target = `${aim.path}?page=1`
  const first = { method: aim.method, target, headers: [basicLine(holder), ...home.headers] }
  const second = { method: aim.method, target, headers: home.headers }
  const steps = [
    { wire: first, truth: truthOf(holder) },
    { wire: second, truth: { address: home.address } },
  ]
  const other = scene.armed.find(({ client }) => client.name !== holder.client.name)
  if (other === undefined) return [{ row: 'T16', what: 'the holder, then nobody', aim, steps }]
  // Whoever it is: what it may is asked of the policy.
  const truth = { client: other.client, address: home.address }
  const third = { method: aim.method, target, headers: [basicLine(other), ...home.headers] }
  return [
    { row: 'T16', what: 'the holder, then nobody', aim, steps },
    {
      row: 'T16',
      what: 'the holder, then another client',
      aim,
      steps: [...steps.slice(0, 1), { wire: third, truth }],
    },
  ]
}
