/** Threats T1 to T9: tokens that a gateway must not believe, made of one that it must. */
import type { Attack } from '../attack.ts'
import {
  ALGORITHM,
  base64url,
  goodClaims,
  publicOf,
  type Signer,
  type Signing,
  signed,
  strangersKey,
} from '../forge.ts'
import { cameFrom, outsideOf, type Scene } from '../scene.ts'
import { type Door, doorsOf, goodToken, sending, truthOf } from './token-doors.ts'

type Claims = Readonly<Record<string, unknown>>

/** A token that is good but for one thing. */
type Forgery = {
  readonly row: string
  readonly what: string
  readonly header?: Claims
  /** Laid over the good claims; undefined takes one away. */
  readonly claims?: Claims
  readonly signing?: Signing
}

/** One door of each issuer is enough for forgeries; a good token is tried at all of them. */
export async function tokenAttacks(scene: Scene): Promise<readonly Attack[]> {
  const attacks: Attack[] = []
  for (const signer of scene.signers) {
    const doors = await doorsOf(signer, scene)
    for (const door of doors.slice(0, 1)) {
      attacks.push(await opened(scene, door))
      for (const [at, forgery] of (await forgeries(signer)).entries())
        attacks.push(await forged(scene, door, forgery, at))
      attacks.push(...(await misplaced(scene, door)), ...(await reused(scene, door, doors)))
    }
  }
  return attacks
}

/** The good one, so that it is known that the others are refused for what is wrong with them. */
async function opened(scene: Scene, door: Door): Promise<Attack> {
  const good = await goodToken(door)
  const attack = sending(scene, door, 'T9', 'a good token', good, truthOf(door))
  return { ...attack, verdict: { kind: 'last_served' } }
}

/** Nobody's: whoever sends a forged token has shown nothing. */
async function forged(scene: Scene, door: Door, forgery: Forgery, distance: number): Promise<Attack> {
  const { row, what, header, claims, signing } = forgery
  const { signer, client, scopes } = door
  const all = { ...goodClaims(signer, client?.clientId, scopes), ...claims }
  const token = await signed({ alg: ALGORITHM, ...header }, all, signing ?? { by: 'issuer' }, signer)
  return sending(scene, door, row, what, token, { address: door.address }, distance)
}

const SECOND = 1000
const HOUR_S = 3600

/** RFC 8725 names most of them; each has been believed by a library or a gateway. */
async function forgeries({ key, now, issuer }: Signer): Promise<readonly Forgery[]> {
  const seconds = Math.floor(now() / SECOND)
  const { publicKey } = await strangersKey()
  const stranger: Signing = { by: 'stranger' }
  const ownText: Signing = { by: 'text', secret: JSON.stringify(publicOf(key)) }
  return [
    // RFC 8725 section 3.1: the algorithm is the verifier's choice (CVE-2026-22817), and `none` is none.
    { row: 'T6', what: 'alg none', header: { alg: 'none' }, signing: { by: 'nobody' } },
    { row: 'T6', what: 'alg nOnE', header: { alg: 'nOnE' }, signing: { by: 'nobody' } },
    { row: 'T6', what: 'no signature', signing: { by: 'nobody' } },
    // RFC 8725 section 2.1: what everybody may read becomes the secret of an HMAC.
    {
      row: 'T6',
      what: 'HS256 with the public key as the secret',
      header: { alg: 'HS256' },
      signing: ownText,
    },
    { row: 'T6', what: 'another key', signing: stranger },
    // RFC 7515 section 4.1.11: who does not understand it must refuse the token.
    { row: 'T6', what: 'a critical parameter', header: { crit: ['attack'], attack: true } },
    // RFC 8725 section 3.10: keys and their addresses are the policy's to name.
    { row: 'T7', what: 'a key of its own', header: { jwk: publicKey }, signing: stranger },
    {
      row: 'T7',
      what: 'the address of a key',
      header: { jku: 'https://evil.invalid/jwks' },
      signing: stranger,
    },
    {
      row: 'T7',
      what: 'the address of a certificate',
      header: { x5u: 'https://evil.invalid/x' },
      signing: stranger,
    },
    {
      row: 'T7',
      what: 'a key id that is a path',
      header: { alg: 'HS256', kid: '../../../../dev/null' },
      signing: { by: 'text', secret: '\u0000' },
    },
    // RFC 7519 section 4.1: each is optional there, and required here.
    { row: 'T9', what: 'no end date', claims: { exp: undefined } },
    { row: 'T9', what: 'an end date that has passed', claims: { exp: seconds - HOUR_S } },
    { row: 'T9', what: 'an end date that is a text', claims: { exp: 'never' } },
    { row: 'T9', what: 'a beginning that has not come', claims: { nbf: seconds + HOUR_S } },
    { row: 'T9', what: 'another issuer', claims: { iss: `${issuer.issuer}.evil.invalid` } },
    { row: 'T9', what: 'no issuer', claims: { iss: undefined } },
    { row: 'T9', what: 'another audience', claims: { aud: 'somebody-else' } },
    { row: 'T9', what: 'no audience', claims: { aud: undefined } },
  ]
}

/** A good token where none counts (threats T10, T15), and a good one that is not quite one. */
async function misplaced(scene: Scene, door: Door): Promise<Attack[]> {
  const { aim, address } = door
  const token = await goodToken(door)
  const home = cameFrom(scene, address)
  const truth = { address: home.address }
  const plain = (row: string, what: string, lines: readonly string[], target = aim.path): Attack => {
    const wire = { method: aim.method, target, headers: [...lines, ...home.headers] }
    return { row, what, aim, steps: [{ wire, truth }] }
  }
  const [header = '', claims = '', signature = ''] = token.split('.')
  return [
    plain('T15', 'a good token in the query', [], `${aim.path}?access_token=${token}`),
    plain('T15', 'a good token in a cookie', [`Cookie: access_token=${token}`]),
    plain('T10', 'a good token under another scheme', [`Authorization: xBearer ${token}`]),
    plain('T10', 'a good token without a scheme', [`Authorization: ${token}`]),
    plain('T6', 'a good signature under other claims', [
      `Authorization: Bearer ${header}.${base64url(JSON.stringify({ ...JSON.parse(atobUrl(claims)), admin: true }))}.${signature}`,
    ]),
  ]
}

/** Of base64url without padding (RFC 7515 section 2). */
const atobUrl = (text: string): string => atob(text.replaceAll('-', '+').replaceAll('_', '/'))

/** One token, first where it is good and then where it is not (threats T1, T2, T4, T5). */
async function reused(scene: Scene, door: Door, doors: readonly Door[]): Promise<Attack[]> {
  const token = await goodToken(door)
  const truth = truthOf(door)
  const first = sending(scene, door, 'T1', '', token, truth).steps
  const others = doors.filter(({ aim }) => aim !== door.aim)
  const elsewhere = others.map(
    (other): Attack => ({
      row: other.aim.route === door.aim.route ? 'T4' : 'T1',
      what: `a token of ${door.aim.method} ${door.aim.route.id}, used for ${other.aim.method} ${other.aim.route.id}`,
      aim: other.aim,
      steps: [...first, ...sending(scene, other, 'T1', '', token, truth).steps],
    }),
  )
  // Keys of two issuers in one set, or one memory for both, and the token of the one opens the doors of the other.
  const foreign = scene.signers.filter(({ issuer }) => issuer !== door.signer.issuer)
  const crossed: Attack[] = []
  for (const signer of foreign) {
    const all = goodClaims(signer, door.client?.clientId, door.scopes)
    const other = await signed({ alg: ALGORITHM }, all, { by: 'issuer' }, signer)
    crossed.push(
      sending(scene, door, 'T2', `a token of ${signer.issuer.name}`, other, { address: truth.address }),
    )
  }
  return [...elsewhere, ...crossed, ...moved(scene, door, token, first)]
}

/** From an address that the token's client may not use (threat T5). */
function moved(scene: Scene, door: Door, token: string, first: Attack['steps']): Attack[] {
  const outside = door.client && outsideOf(door.client)
  if (outside === undefined || scene.seenAs !== undefined || !door.aim.route.respectsAllowList) return []
  const there = sending(scene, door, 'T5', 'a token from an address outside', token, {
    ...truthOf(door),
    address: outside,
  })
  return [{ ...there, steps: [...first, ...there.steps] }]
}
