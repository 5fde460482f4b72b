/**
 * Threats A1 to A14: another address is believed than the caller's. All of them by a client with its right secret, so that
 * nothing but the address can be in the way.
 */
import { formatAddress, type IpAddress } from '../../base/address.ts'
import type { Attack } from '../attack.ts'
import { type Aim, addressOf, basicLine, cameFrom, type Holder, outsideOf, type Scene } from '../scene.ts'

/** Headers in which addresses are found, and which anybody can write (threats A1, A12). */
const claims = [
  'X-Forwarded-For',
  'X-Real-IP',
  'True-Client-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'CF-Connecting-IPv6',
  'Cf-Pseudo-IPv4',
  'X-Originating-IP',
  'X-Remote-Addr',
  'Fastly-Client-IP',
]

export function addressAttacks(scene: Scene): readonly Attack[] {
  return scene.guarded.flatMap((aim) => {
    const guard = guardOf(aim, scene)
    if (guard === undefined) return []
    const byProxy =
      scene.seenAs === undefined ? [...absent(guard), ...misspelt(guard), ...denied(guard)] : ownWord(guard)
    return [...claimed(guard), ...byProxy]
  })
}

/** A client who may make the request from `inside` and not from `outside`. */
type Guard = {
  readonly aim: Aim
  readonly holder: Holder
  readonly inside: IpAddress
  readonly outside: IpAddress
  /** Lines that make a request come from `outside`. */
  readonly there: readonly string[]
  /** What the proxy says, whatever the request says. */
  readonly seenAs: IpAddress | undefined
}

/** Undefined where no list would turn anybody away: then no address can be shown to be believed. */
function guardOf({ holder, barred, ...aim }: Aim, scene: Scene): Guard | undefined {
  const caller = scene.seenAs === undefined ? holder : barred
  const outside = caller && (scene.seenAs ?? outsideOf(caller.client))
  if (!caller?.address || !outside || !aim.route.respectsAllowList) return undefined
  const { headers } = cameFrom(scene, outside)
  const { seenAs } = scene
  return {
    aim: { ...aim, holder, barred },
    holder: caller,
    inside: caller.address,
    outside,
    there: headers,
    seenAs,
  }
}

/** @param address - the true one, by which the policy is asked about what arrives */
function attackOf(
  { aim, holder, seenAs }: Guard,
  row: string,
  what: string,
  headers: readonly string[],
  address: IpAddress | undefined,
): Attack {
  const wire = { method: aim.method, target: aim.path, headers: [basicLine(holder), ...headers] }
  return { row, what, aim, steps: [{ wire, truth: { client: holder.client, address: seenAs ?? address } }] }
}

/** From outside, with a header that says inside; then the same as a list, and without any address at all (A1 to A3). */
function claimed(guard: Guard): Attack[] {
  const [inside, outside] = [formatAddress(guard.inside), formatAddress(guard.outside)]
  const lines = [
    ...claims.map((name): [string, string] => [name, inside]),
    ['Forwarded', `for=${guard.inside.family === 6 ? `"[${inside}]"` : inside}`] as const,
  ]
  return lines.flatMap(([name, value]) => [
    attackOf(
      guard,
      'A1',
      `${name} says another address`,
      [...guard.there, `${name}: ${value}`],
      guard.outside,
    ),
    attackOf(
      guard,
      'A2',
      `${name} with a list`,
      [...guard.there, `${name}: ${outside}, ${value}`],
      guard.outside,
    ),
    // A proxy in front always says an address.
    ...(guard.seenAs === undefined
      ? [attackOf(guard, 'A3', `${name} where the address is absent`, [`${name}: ${value}`], undefined)]
      : []),
  ])
}

/** No single address that can be read: nothing to be let in by, whatever is there instead. */
function absent(guard: Guard): Attack[] {
  const inside = formatAddress(guard.inside)
  const line = `CF-Connecting-IP: ${inside}`
  return [
    attackOf(guard, 'A3', 'no address', [], undefined),
    // The runtime joins two lines with a comma.
    attackOf(guard, 'A4', 'the address twice', [line, ...guard.there], undefined),
    attackOf(guard, 'A4', 'the address twice, the other way round', [...guard.there, line], undefined),
    attackOf(guard, 'A5', 'garbage', ['CF-Connecting-IP: x'], undefined),
    attackOf(guard, 'A5', 'an address with a byte that is no UTF-8', [`${line}\u00ff`], undefined),
    attackOf(guard, 'A5', 'an empty address', ['CF-Connecting-IP:'], undefined),
    attackOf(
      guard,
      'A12',
      'an address of class E, as for Pseudo IPv4',
      ['CF-Connecting-IP: 240.0.0.1'],
      undefined,
    ),
    // A Worker of another zone writes the header itself, and Cloudflare says so in this one.
    attackOf(guard, 'A11', 'a Worker of another zone', [line, 'CF-Worker: evil.invalid'], undefined),
    attackOf(
      guard,
      'A14',
      'a header in odd case',
      [`cf-CONNECTING-ip: ${formatAddress(guard.outside)}`],
      guard.outside,
    ),
  ]
}

/**
 * The allowed address as other parsers would read it (threats A9, A10): inet_aton takes octal, hexadecimal and fewer than four
 * parts; `URL` does too; and many a split at a colon or a comma comes before the parser.
 */
function misspelt(guard: Guard): Attack[] {
  if (guard.inside.family !== 4) return []
  const text = formatAddress(guard.inside)
  const octets = text.split('.').map(Number)
  const [a = 0, b = 0, c = 0, d = 0] = octets
  const spellings: readonly (readonly [row: string, what: string, text: string])[] = [
    ['A9', 'octal digits', `0${a.toString(8)}.${b}.${c}.${d}`],
    ['A9', 'a leading zero', `${a}.${b}.${c}.0${d}`],
    ['A9', 'hexadecimal digits', `0x${a.toString(16)}.${b}.${c}.${d}`],
    ['A9', 'three parts', `${a}.${b}.${c * 256 + d}`],
    ['A9', 'one number', String(guard.inside.value)],
    ['A10', 'a port', `${text}:443`],
    ['A10', 'brackets', `[${text}]`],
    ['A10', 'a zone', `${text}%eth0`],
    ['A2', 'a list that starts inside', `${text}, 203.0.113.9`],
    ['A2', 'a list that ends inside', `203.0.113.9, ${text}`],
  ]
  return spellings.map(([row, what, spelt]) =>
    attackOf(guard, row, what, [`CF-Connecting-IP: ${spelt}`], undefined),
  )
}

/** An address that the holder's list denies by name, in every form that means it (threats A7, A8). */
function denied(guard: Guard): Attack[] {
  const { v4, v6 } = guard.holder.client.lists.deny
  const [four] = v4
  const [six] = v6
  const of4 = four === undefined ? [] : mappedForms(four)
  const of6 = six === undefined ? [] : otherForms(six)
  return [...of4, ...of6].map(([row, what, text]) =>
    attackOf(guard, row, what, [`CF-Connecting-IP: ${text}`], addressOf(text)),
  )
}

type Form = readonly [row: string, what: string, text: string]

/** RFC 4291 section 2.5.5.2, in the forms of section 2.2. */
function mappedForms(value: number): readonly Form[] {
  const text = formatAddress({ family: 4, value })
  const high = (value >>> 16).toString(16)
  const low = (value & 0xffff).toString(16)
  return [
    ['A7', 'a denied address, mapped', `::ffff:${text}`],
    ['A7', 'a denied address, mapped in hexadecimal', `::ffff:${high}:${low}`],
    ['A7', 'a denied address, mapped in full', `0:0:0:0:0:FFFF:${high}:${low}`],
  ]
}

/** RFC 4291 section 2.2 lets one address be written in many ways; RFC 5952 names one, and not every list. */
function otherForms(hex: string): readonly Form[] {
  const groups = hex.match(/.{4}/g) ?? []
  const dotted = groups.slice(6).flatMap((group) => [group.slice(0, 2), group.slice(2)])
  const quad = dotted.map((octet) => Number.parseInt(octet, 16)).join('.')
  return [
    ['A8', 'a denied address, written in full', groups.join(':').toUpperCase()],
    ['A8', 'a denied address, ending in a dotted quad', `${groups.slice(0, 6).join(':')}:${quad}`],
  ]
}

/** Behind a proxy, the header that the proxy sets is the caller's to forge and nobody's to believe. */
function ownWord(guard: Guard): Attack[] {
  const line = `CF-Connecting-IP: ${formatAddress(guard.inside)}`
  return [attackOf(guard, 'A1', 'the proxy’s own header, from outside', [line], guard.outside)]
}
