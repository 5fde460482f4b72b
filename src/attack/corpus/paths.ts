/** Threats P1 to P14, L1 and L6: another path is matched than the one that is served. */
import type { Attack, Truth } from '../attack.ts'
import { type Aim, basicLine, cameFrom, type Scene, truthOf } from '../scene.ts'
import type { Wire } from '../wire.ts'

/** The pieces that targets are put together from. */
type Pieces = {
  /** The protected path. */
  readonly full: string
  /** Without its first slash. */
  readonly rest: string
  /** Up to its last slash. */
  readonly parent: string
  readonly last: string
  /** Of the mount; empty at the root. */
  readonly prefix: string
  /** A path that needs no credentials, or one of no route at all. */
  readonly open: string
  /** `../` often enough to leave `open`. */
  readonly up: string
}

type Trick = readonly [row: string, what: string, target: (pieces: Pieces) => string]

/**
 * Each is one bug of a gateway that was found somewhere (docs/threats.md names them). `.invalid` is a name that no resolver
 * answers (RFC 2606 section 2), should a gateway take it for a host.
 */
const tricks: readonly Trick[] = [
  ['P1', 'dot segments behind an open path', ({ open, up, rest }) => `${open}/${up}${rest}`],
  ['P1', 'a dot and dot segments behind an open path', ({ open, up, rest }) => `${open}/./${up}${rest}`],
  ['P1', 'there and back', ({ full, last }) => `${full}/../${last}`],
  ['P1', 'a dot at the end', ({ full }) => `${full}/.`],
  ['P2', 'encoded dots', ({ open, up, rest }) => `${open}/${up.replaceAll('..', '%2e%2e')}${rest}`],
  ['P2', 'half encoded dots', ({ open, up, rest }) => `${open}/${up.replaceAll('..', '.%2E')}${rest}`],
  ['P2', 'encoded dots and slashes', ({ open, up, rest }) => `${open}/${encoded(up, '%2e', '%2f')}${rest}`],
  ['P3', 'dots with encoded slashes', ({ open, up, rest }) => `${open}/${up.replaceAll('/', '%2f')}${rest}`],
  ['P3', 'dots with %2F', ({ open, up, rest }) => `${open}/${up.replaceAll('/', '%2F')}${rest}`],
  ['P3', 'an encoded slash inside', ({ parent, last }) => `${parent}%2F${last}`],
  ['P3', 'an encoded backslash inside', ({ parent, last }) => `${parent}%5c${last}`],
  ['P3', 'a backslash inside', ({ parent, last }) => `${parent}\\${last}`],
  ['P3', 'dots with backslashes', ({ open, up, rest }) => `${open}\\${up.replaceAll('/', '\\')}${rest}`],
  ['P3', 'dots with %5C', ({ open, up, rest }) => `${open}%5C${up.replaceAll('/', '%5C')}${rest}`],
  ['P4', 'two slashes and a host', ({ full }) => `//evil.invalid${full}`],
  ['P4', 'an encoded backslash and a host', () => '/%5cevil.invalid/x'],
  ['P4', 'a backslash and a host', ({ full }) => `/\\evil.invalid${full}`],
  ['P4', 'user information', ({ full }) => `/@evil.invalid${full}`],
  ['P5', 'two slashes at the start', ({ full }) => `/${full}`],
  ['P5', 'two slashes inside', ({ parent, last }) => `${parent}//${last}`],
  ['P5', 'two slashes behind an open path', ({ open, up, rest }) => `${open}//${up}../${rest}`],
  ['P6', 'a slash encoded twice', ({ parent, last }) => `${parent}%252f${last}`],
  ['P6', 'dots encoded twice', ({ open, up, rest }) => `${open}/${encoded(up, '%252e', '/')}${rest}`],
  ['P6', 'an escape of an escape', ({ parent, last }) => `${parent}%25%32%66${last}`],
  ['P6', 'a letter encoded twice', ({ parent, last }) => `${parent}/%25${hex(last)}${last.slice(1)}`],
  ['P7', 'a path parameter', ({ full }) => `${full};x=1`],
  ['P7', 'an encoded semicolon', ({ full }) => `${full}%3Bx=1`],
  ['P7', 'dots with a parameter', ({ open, up, rest }) => `${open}/${up.replaceAll('..', '..;')}${rest}`],
  ['P7', 'a parameter on an inner segment', ({ parent, last }) => `${parent};v=1/${last}`],
  ['P7', 'a NUL and a suffix', ({ full }) => `${full}%00.css`],
  ['P7', 'an encoded fragment', ({ full }) => `${full}%23`],
  ['P7', 'an encoded query', ({ full }) => `${full}%3fa=b`],
  ['P7', 'an encoded line feed', ({ full }) => `${full}%0a`],
  ['P7', 'an encoded blank', ({ full }) => `${full}%20/`],
  ['P7', 'a fragment that holds an open path', ({ full, open }) => `${full}#${open}`],
  ['P8', 'dots next to the prefix', ({ prefix, rest }) => `${prefix}/..${encodedSlash(rest)}`],
  ['P8', 'a dot at the end of the prefix', ({ prefix, full }) => `${prefix}%2e${full.slice(prefix.length)}`],
  ['P8', 'the prefix twice', ({ prefix, full }) => `${prefix}${full}`],
  ['P8', 'no prefix', ({ prefix, full }) => full.slice(prefix.length)],
  ['P9', 'upper case', ({ parent, last }) => `${parent}/${last.toUpperCase()}`],
  ['P9', 'upper case throughout', ({ full }) => full.toUpperCase()],
  ['P9', 'a slash at the end', ({ full }) => `${full}/`],
  ['P9', 'a suffix', ({ full }) => `${full}.json`],
  ['P9', 'a dot at the end of the name', ({ full }) => `${full}.`],
  ['P10', 'an encoded letter', ({ parent, last }) => `${parent}/%${hex(last)}${last.slice(1)}`],
  ['P10', 'every letter encoded', ({ parent, last }) => `${parent}/${allHex(last)}`],
  ['P11', 'an open name with more behind it', ({ open }) => `${dirOf(open)}-admin/x`],
  ['P11', 'an open name with a letter behind it', ({ open }) => `${dirOf(open)}x`],
  ['P11', 'the protected name with more behind it', ({ full }) => `${full}-x`],
  ['P12', 'bytes that are no UTF-8', ({ full }) => `${full}%ff`],
  ['P12', 'a broken escape', ({ full }) => `${full}/%zz`],
  ['P12', 'half an escape', ({ full }) => `${full}%`],
  ['P12', 'an overlong slash', ({ parent, last }) => `${parent}%c0%af${last}`],
  ['P12', 'overlong dots', ({ open, up, rest }) => `${open}/${encoded(up, '%c0%ae', '/')}${rest}`],
  [
    'P12',
    'an escape that is not UTF-8’s',
    ({ open, up, rest }) => `${open}/${encoded(up, '%u002e', '/')}${rest}`,
  ],
  ['P12', 'a star', () => '*'],
  ['P12', 'an absolute target', ({ full }) => `http://evil.invalid${full}`],
  ['P13', 'no slash at the start', ({ rest }) => rest],
  ['P14', 'a dot segment at the start', ({ full }) => `/.${full}`],
]

const encoded = (up: string, dot: string, slash: string): string =>
  up.replaceAll('/', '|').replaceAll('.', dot).replaceAll('|', slash)
const encodedSlash = (rest: string): string => `%2f${rest}`
const hex = (text: string): string => text.charCodeAt(0).toString(16).padStart(2, '0')
const allHex = (text: string): string => Array.from(text, (letter) => `%${hex(letter)}`).join('')
const dirOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || path

/** Lines that make the Host header part of the address (threat P12): the runtime splices it in unchecked. */
const hosts: readonly (readonly [what: string, line: (host: string, open: string) => string])[] = [
  ['a path in the host', (host, open) => `Host: ${host}${open}?`],
  ['a fragment in the host', (host, open) => `Host: ${host}${open}#`],
  ['user information in the host', (host) => `Host: a@${host}`],
  ['an empty host', () => 'Host:'],
  ['two hosts, the second with a path', (host, open) => `Host: ${host}\r\nHost: ${host}${open}?`],
  ['two hosts, the first with a path', (host, open) => `Host: ${host}${open}?\r\nHost: ${host}`],
]

/** Tools that gateways keep beside their data (threat L6), and nobody may find here. */
const backRooms = [
  '/admin/policy',
  '/_admin',
  '/debug',
  '/metrics',
  '/config.json',
  '/.env',
  '/policy.compiled',
]

/** On every upstream: what one mount refuses, another may not. */
export function pathAttacks(scene: Scene, host: string): readonly Attack[] {
  return [
    ...scene.aims.flatMap((aim) => [...onTarget(scene, aim), ...onHost(scene, aim, host)]),
    ...closedRoutes(scene),
    ...toCanary(scene),
    ...backRooms.flatMap((path) => scene.aims.slice(0, 1).map((aim) => backRoom(scene, aim, path))),
  ]
}

/** Each trick twice: by somebody without credentials, and by one who may go there by the front door. */
function onTarget(scene: Scene, aim: Aim): Attack[] {
  const pieces = piecesOf(aim)
  return tricks.flatMap(([row, what, target]) =>
    sendersTo(scene, aim).map(({ truth, headers }) => {
      const wire: Wire = { method: aim.method, target: target(pieces), headers }
      return { row, what, aim, steps: [{ wire, truth }] }
    }),
  )
}

type Sender = { readonly truth: Truth; readonly headers: readonly string[] }

/** A stranger who calls from where the holder may, so that nothing but the credentials is missing; and the holder. */
function sendersTo(scene: Scene, { holder }: Aim): Sender[] {
  const home = cameFrom(scene, holder?.address)
  const stranger: Sender = { truth: { address: home.address }, headers: home.headers }
  if (holder === undefined) return [stranger]
  return [stranger, { truth: truthOf(holder), headers: [basicLine(holder), ...home.headers] }]
}

function piecesOf({ path, open, upstream: { prefix } }: Aim): Pieces {
  const slash = path.lastIndexOf('/')
  const from = open ?? `${prefix}/nothing/here`
  return {
    full: path,
    rest: path.slice(1),
    parent: path.slice(0, slash),
    last: path.slice(slash + 1),
    prefix,
    open: from,
    up: '../'.repeat(from.split('/').length - 1),
  }
}

function onHost(scene: Scene, aim: Aim, host: string): Attack[] {
  const [stranger] = sendersTo(scene, aim)
  if (stranger === undefined) return []
  const { open } = piecesOf(aim)
  return hosts.map(([what, line]) => {
    const headers = [line(host, open), ...stranger.headers]
    const wire = { method: aim.method, target: aim.path, headers }
    return { row: 'P12', what, aim, steps: [{ wire, truth: stranger.truth }] }
  })
}

/** One plain request to every route, by nobody: a policy that is not in force leaves them open (threat L1). */
function closedRoutes(scene: Scene): Attack[] {
  return scene.aims.flatMap((aim) =>
    scene.policy.routes.flatMap((route): Attack[] => {
      const at = scene.paths.get(route.id)
      const [method] = Object.keys(route.callers)
      if (route.upstream !== aim.index || at === undefined || method === undefined) return []
      const home = cameFrom(scene, undefined)
      const wire = { method, target: at.path, headers: home.headers }
      const its = { ...aim, host: at.host, route, path: at.path }
      const steps = [{ wire, truth: { address: home.address } }]
      return [{ row: 'L1', what: `plainly, by nobody: ${route.id}`, aim: its, steps }]
    }),
  )
}

/** Where the attacker has a server of its own, it can see whether a path chose the host (threat P4). */
function toCanary(scene: Scene): Attack[] {
  const { canary } = scene
  if (canary === undefined) return []
  return scene.aims.flatMap((aim) =>
    [`//${canary}`, `/\\${canary}`, `/@${canary}`, `http://${canary}`, `@${canary}`].flatMap((start) =>
      sendersTo(scene, aim).map(({ truth, headers }) => {
        const wire = { method: aim.method, target: `${start}${aim.path}`, headers }
        return {
          row: 'P4',
          what: 'a path that names a server of the attacker',
          aim,
          steps: [{ wire, truth }],
        }
      }),
    ),
  )
}

function backRoom(scene: Scene, aim: Aim, target: string): Attack {
  const home = cameFrom(scene, aim.holder?.address)
  const wire = { method: 'GET', target, headers: home.headers }
  return { row: 'L6', what: 'a control plane', aim, steps: [{ wire, truth: { address: home.address } }] }
}
