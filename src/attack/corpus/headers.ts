/** Threats H1 to H8, A1 and A15: what the caller says reaches an upstream that takes it for the gateway's word. */
import { identityNames } from '../../forwarding/names.ts'
import { type Attack, SPOOF } from '../attack.ts'
import { type Aim, basicLine, cameFrom, type Scene, truthOf } from '../scene.ts'

/** Names of the families that upstreams believe, one or two of each (threats H1, H5, H6). */
const owned = [
  ...identityNames,
  'X-Sallyport-Client',
  'X-Sallyport-Anything',
  'X-Authenticated-Userid',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Client-Cert',
  'X-SSL-Client-Cert',
  'SSL-Client-Verify',
  'X-Client-Cert',
  'X-Envoy-Original-Path',
  'CF-Access-Authenticated-User-Email',
]

/** Names that move a request to another place in some frameworks and proxies (threats H5, H6). */
const switches = [
  'X-Explain',
  'X-Debug',
  'X-Original-URL',
  'X-Original-URI',
  'X-Rewrite-URL',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Uri',
  'X-Forwarded-Prefix',
  'X-Forwarded-Path',
]

/** Those that are the gateway's to remove. The first two may pass, and must do nothing. */
const removed = switches.slice(2)

/** Fields of one connection (RFC 9110 section 7.6.1). */
const hop = ['Keep-Alive', 'Proxy-Connection', 'Proxy-Authorization', 'TE', 'Trailer']

/** Mostly by the holder: only what arrives can be seen to carry too much. */
export function headerAttacks(scene: Scene): readonly Attack[] {
  return scene.aims.flatMap((aim) => [
    ...handfuls(owned).flatMap((names) => spoofed(scene, aim, 'H1', names)),
    ...handfuls(owned.flatMap(aliasesOf)).flatMap((names) => spoofed(scene, aim, 'H2', names)),
    ...spoofed(scene, aim, 'H6', removed),
    ...switches.flatMap((name) => switched(scene, aim, name)),
    ...connection(scene, aim),
    ...authorizations(scene, aim),
    ...leaks(scene, aim),
  ])
}

/** Names that CGI and its heirs cannot tell apart (CVE-2026-39858). */
const aliasesOf = (name: string): readonly string[] =>
  name.includes('-') ? [name.replaceAll('-', '_'), name.replaceAll('-', '.')] : []

/** As the holder, so that the request arrives and what came along can be seen. */
function asHolder(
  scene: Scene,
  aim: Aim,
  row: string,
  what: string,
  lines: readonly string[],
  needs: readonly string[] = [],
): Attack[] {
  const { holder } = aim
  if (holder === undefined) return []
  const home = cameFrom(scene, holder.address)
  const headers = [basicLine(holder), ...home.headers, ...lines]
  const wire = { method: aim.method, target: aim.path, headers }
  return [{ row, what, aim, steps: [{ wire, truth: truthOf(holder), needs }] }]
}

/** Several in one request: each that arrives is seen for itself. */
const spoofed = (scene: Scene, aim: Aim, row: string, names: readonly string[]): Attack[] =>
  asHolder(
    scene,
    aim,
    row,
    `from outside: ${names.join(', ')}`,
    names.map((name) => `${name}: ${SPOOF}`),
  )

/** So many that a request stays a common one in size. */
const HANDFUL = 12

function handfuls(names: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(names.length / HANDFUL)
  return Array.from({ length: count }, (_, at) => names.slice(at * HANDFUL, (at + 1) * HANDFUL))
}

/** Without credentials it must open nothing; with them it must not arrive. */
function switched(scene: Scene, aim: Aim, name: string): Attack[] {
  const home = cameFrom(scene, aim.holder?.address)
  const value = aim.open ?? '/'
  const wire = { method: aim.method, target: aim.path, headers: [...home.headers, `${name}: ${value}`] }
  const opened: Attack = {
    row: 'H5',
    what: `${name} names an open path`,
    aim,
    steps: [{ wire, truth: { address: home.address } }],
  }
  const back = openWith(scene, aim, [`${name}: ${aim.path}`], `${name} names the protected path`)
  return [opened, ...back]
}

/** A request to the open path, whose headers speak of another. */
function openWith(scene: Scene, aim: Aim, lines: readonly string[], what: string): Attack[] {
  if (aim.open === undefined) return []
  const home = cameFrom(scene, aim.holder?.address)
  const wire = { method: aim.method, target: aim.open, headers: [...home.headers, ...lines] }
  return [{ row: 'H5', what, aim, steps: [{ wire, truth: { address: home.address } }] }]
}

/** What Connection lists goes away; what the gateway says does not (threat H3). */
function connection(scene: Scene, aim: Aim): Attack[] {
  const names = 'X-Sallyport-Client, X-Request-Id, Authorization, X-Nominated'
  const own = ['x-request-id', 'x-sallyport-client']
  const kept = aim.upstream.authorization === 'forward' ? [...own, 'authorization'] : own
  const nominated = [`Connection: close, ${names}`, `X-Nominated: ${SPOOF}`]
  return [
    ...asHolder(scene, aim, 'H3', 'Connection lists the gateway’s own headers', nominated, kept),
    ...asHolder(
      scene,
      aim,
      'H3',
      'fields of one connection',
      hop.map((name) => `${name}: ${SPOOF}`),
    ),
  ]
}

/** Of two values one is checked and another one is used (threat H4). */
function authorizations(scene: Scene, aim: Aim): Attack[] {
  const { holder } = aim
  if (holder === undefined) return []
  const home = cameFrom(scene, holder.address)
  const good = basicLine(holder)
  const pairs: readonly (readonly [what: string, lines: readonly string[]])[] = [
    ['Basic and then Bearer', [good, 'Authorization: Bearer abcdefghijklmnopqrst']],
    ['Bearer and then Basic', ['Authorization: Bearer abcdefghijklmnopqrst', good]],
    ['the same header twice', [good, good]],
    ['two in one line', [`${good}, Bearer abcdefghijklmnopqrst`]],
  ]
  return pairs.map(([what, lines]) => {
    const wire = { method: aim.method, target: aim.path, headers: [...lines, ...home.headers] }
    return { row: 'H4', what, aim, steps: [{ wire, truth: truthOf(holder), never: true }] }
  })
}

/** Answers that the judge reads for what they must not say (threats A15, H8). */
function leaks(scene: Scene, aim: Aim): Attack[] {
  const home = cameFrom(scene, aim.holder?.address)
  const plain = { method: aim.method, target: aim.path, headers: home.headers }
  return [
    ...asHolder(scene, aim, 'H8', 'what the upstream says of itself', []),
    {
      row: 'A15',
      what: 'what a refusal says',
      aim,
      steps: [{ wire: plain, truth: { address: home.address } }],
    },
  ]
}
