/**
 * Tokens by recipe: which key signs, what header and claims differ from a good token, and what is done to the text
 * afterwards. Signed by hand with Web Crypto, since a library rightly refuses to write most of them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TokenConfig } from '../../src/authentication/config.ts'

export type Recipe = {
  readonly name: string
  /** Of `issuers`; `main` when left out. */
  readonly issuer?: string
  readonly alg: string
  /** Name of the key that signs, or of what is misused as a key; by default the one that belongs to `alg`. */
  readonly key?: string
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  /** Members of header and claims that are left out. */
  readonly without?: readonly string[]
  /** The text of a part, where it is to be no JSON, or JSON that no object can hold. */
  readonly headerText?: string
  readonly claimsText?: string
  readonly mutation?: keyof typeof mutations
  /** Which client certificate is presented with it. */
  readonly certificate?: 'own' | 'other' | 'unverified'
}

export type Vectors = {
  readonly valid: readonly Recipe[]
  /** `lookup`: whether a key was looked for before the token was refused. */
  readonly hostile: readonly (Recipe & { readonly why: string; readonly lookup?: boolean })[]
}

export const vectors: Vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/tokens.json'), 'utf8'),
)

export const AUDIENCE = 'gateway'
export const ISSUER = 'https://issuer.example/main'
export const SECRET_VARIABLE = 'ISSUER_SECRET'
export const SECRET = 'a secret of issuer and gateway, long enough for a hash of 512 bits and more'

/** SHA-256 of the certificate that bound tokens name, and the same as the platform gives it. */
export const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
export const FINGERPRINT = Buffer.from(THUMBPRINT, 'base64url').toString('hex')

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** The issuers that recipes name. @param uri - of the JWK set that `tokenKeys` makes */
export function issuersAt(uri: string): readonly TokenConfig[] {
  const main: TokenConfig = {
    name: 'main',
    issuer: ISSUER,
    audience: [AUDIENCE, 'second'],
    keys: { uri, staleFor: 86_400_000 },
    algorithms: ALGORITHMS,
    clockSkew: 30_000,
  }
  return [
    main,
    { ...main, name: 'narrow', algorithms: ['ES256'] },
    { ...main, name: 'strict', type: 'at+jwt' },
    { ...main, name: 'other', issuer: 'https://issuer.example/other' },
    { ...main, name: 'shared', keys: { env: SECRET_VARIABLE }, algorithms: ['HS256', 'HS384', 'HS512'] },
  ]
}

export type TokenKeys = {
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly sign: (recipe: Recipe, nowSeconds: number) => Promise<string>
}

const ec = (namedCurve: string) => ({ name: 'ECDSA', namedCurve })
const rsa = (modulusLength: number, hash = 'SHA-256') => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash,
})

type Made = { readonly privateJwk: JsonWebKey; readonly publicJwk: JsonWebKey; readonly publicPem: string }

async function makeKey(algorithm: object): Promise<Made> {
  const pair = (await crypto.subtle.generateKey(algorithm as never, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair
  const jwk = async (key: CryptoKey) => {
    const { alg, key_ops, ext, ...rest } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
    return rest
  }
  const spki = Buffer.from((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer)
  const lines = spki.toString('base64').match(/.{1,64}/g) ?? []
  const publicPem = `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
  return { privateJwk: await jwk(pair.privateKey), publicJwk: await jwk(pair.publicKey), publicPem }
}

/** Key of the set by name; the name is its `kid`. The second part is what its JWK says besides. */
const SET: Readonly<Record<string, readonly [object, Readonly<Record<string, unknown>>]>> = {
  rsa: [rsa(2048), {}],
  p256: [ec('P-256'), { alg: 'ES256', use: 'sig' }],
  p384: [ec('P-384'), { use: 'sig', key_ops: ['verify'] }],
  p521: [ec('P-521'), {}],
  ed: [{ name: 'Ed25519' }, { alg: 'EdDSA' }],
  'for-encryption': [ec('P-256'), { use: 'enc' }],
  'for-signing': [ec('P-256'), { key_ops: ['sign'] }],
  'for-ps256': [rsa(2048), { alg: 'PS256' }],
  small: [rsa(1024), {}],
  twin: [ec('P-256'), {}],
}

const KEY_OF: Readonly<Record<string, string>> = { ES256: 'p256', ES384: 'p384', ES512: 'p521', EdDSA: 'ed' }
const keyNameOf = (alg: string): string => KEY_OF[alg] ?? (/^[RP]S/.test(alg) ? 'rsa' : 'secret')

/**
 * Makes fresh keys, the set that publishes them, and the signer.
 *
 * @param generation - put in front of every key id, for a second set beside a first one
 */
export async function tokenKeys(generation = ''): Promise<TokenKeys> {
  const made = new Map<string, Made>()
  for (const [name, [algorithm]] of Object.entries(SET)) made.set(name, await makeKey(algorithm))
  made.set('stranger', await makeKey(ec('P-256')))
  const published = Object.entries(SET).map(([kid, [, says]]) => ({
    ...made.get(kid)?.publicJwk,
    kid: `${generation}${kid}`,
    ...says,
  }))
  const secondTwin = { ...made.get('stranger')?.publicJwk, kid: 'twin' }
  const oct = { kty: 'oct', kid: 'oct', k: Buffer.from(SECRET).toString('base64url') }
  return {
    jwks: { keys: [...published, secondTwin, oct] },
    sign: (recipe, now) => signed(recipe, now, made, generation),
  }
}

async function signed(
  recipe: Recipe,
  now: number,
  made: ReadonlyMap<string, Made>,
  generation: string,
): Promise<string> {
  const name = recipe.key ?? keyNameOf(recipe.alg)
  const { alg, without = [] } = recipe
  const header = {
    alg,
    typ: 'at+jwt',
    ...(made.has(name) && { kid: `${generation}${name}` }),
    ...recipe.header,
  }
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'somebody',
    iat: 'now',
    exp: 'now+60',
    client_id: 'acme',
    scope: 'read write',
    ...recipe.claims,
  }
  const text = (value: object) =>
    JSON.stringify(value, (key, each) => (without.includes(key) ? undefined : instant(each, now)))
  const head = encode(recipe.headerText ?? text(header))
  const body = encode(
    recipe.claimsText?.replace(/now(\+\d+)?/g, (word) => String(instant(word, now))) ?? text(claims),
  )
  const signature = await signature256(`${head}.${body}`, alg, name, made)
  const mutate = mutations[recipe.mutation ?? 'none']
  return mutate(head, body, signature)
}

const encode = (text: string): string => Buffer.from(text).toString('base64url')

/** `now`, `now+60` and `now-31` are seconds. */
function instant(value: unknown, now: number): unknown {
  const [word, offset = '0'] = (typeof value === 'string' && /^now([+-]\d+)?$/.exec(value)) || []
  return word === undefined ? value : now + Number(offset)
}

async function signature256(
  input: string,
  alg: string,
  name: string,
  made: ReadonlyMap<string, Made>,
): Promise<string> {
  if (name === 'nobody') return ''
  const bytes = new TextEncoder().encode(input)
  const { importAs, signAs } = parametersOf(alg)
  const [kind = '', of = ''] = name.split(':')
  const key =
    importAs.name === 'HMAC'
      ? await crypto.subtle.importKey('raw', secretBytes(kind, made.get(of)), importAs, false, ['sign'])
      : await crypto.subtle.importKey('jwk', made.get(name)?.privateJwk ?? { kty: 'none' }, importAs, false, [
          'sign',
        ])
  return Buffer.from(await crypto.subtle.sign(signAs, key, bytes)).toString('base64url')
}

/** What somebody without the secret would try: the public key in its usual spellings, or nothing. */
function secretBytes(kind: string, key: Made | undefined): Uint8Array<ArrayBuffer> {
  const spellings: Readonly<Record<string, string>> = {
    secret: SECRET,
    pem: key?.publicPem ?? '',
    jwk: JSON.stringify(key?.publicJwk),
    modulus: key?.publicJwk.n ?? '',
    guess: 'secret',
  }
  return Uint8Array.from(Buffer.from(spellings[kind] ?? ''))
}

function parametersOf(alg: string) {
  const hash = `SHA-${alg.slice(2) || '256'}`
  switch (alg.slice(0, 2)) {
    case 'RS':
      return both({ name: 'RSASSA-PKCS1-v1_5', hash })
    case 'PS':
      return both({ name: 'RSA-PSS', hash, saltLength: Number(alg.slice(2)) / 8 })
    case 'ES':
      return both({
        name: 'ECDSA',
        hash,
        namedCurve: { 256: 'P-256', 384: 'P-384', 512: 'P-521' }[alg.slice(2)] ?? '',
      })
    case 'Ed':
      return both({ name: 'Ed25519' })
    default:
      return both({ name: 'HMAC', hash: /^HS\d/.test(alg) ? hash : 'SHA-256' })
  }
}

const both = <T>(parameters: T): { importAs: T; signAs: T } => ({ importAs: parameters, signAs: parameters })

/** What happens to a signed token on its way. */
export const mutations = {
  none: (head: string, body: string, signature: string) => `${head}.${body}.${signature}`,
  'no signature': (head: string, body: string) => `${head}.${body}.`,
  'two parts': (head: string, body: string) => `${head}.${body}`,
  'four parts': (head: string, body: string, signature: string) =>
    `${head}.${body}.${signature}.${signature}`,
  'five parts': (head: string, body: string, signature: string) =>
    `${head}.${body}.${signature}.${body}.${signature}`,
  'another signature': (head: string, body: string, signature: string) =>
    `${head}.${body}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`,
  'half a signature': (head: string, body: string, signature: string) =>
    `${head}.${body}.${signature.slice(0, signature.length / 2)}`,
  'zeros for a signature': (head: string, body: string, signature: string) =>
    `${head}.${body}.${'A'.repeat(signature.length)}`,
  'claims of an owner': (head: string, body: string, signature: string) => {
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    return `${head}.${encode(JSON.stringify({ ...claims, scope: 'admin' }))}.${signature}`
  },
  padding: (head: string, body: string, signature: string) => `${head}.${body}.${signature}==`,
  'standard base64': (head: string, body: string, signature: string) => `${head}+/.${body}.${signature}`,
  'a dot in front': (head: string, body: string, signature: string) => `.${head}.${body}.${signature}`,
  'a blank inside': (head: string, body: string, signature: string) => `${head}. ${body}.${signature}`,
  'sent twice': (head: string, body: string, signature: string) =>
    `${head}.${body}.${signature}, Bearer ${head}.${body}.${signature}`,
  'no header': (_: string, body: string, signature: string) => `.${body}.${signature}`,
  'no claims': (head: string, _: string, signature: string) => `${head}..${signature}`,
  'claims first': (head: string, body: string, signature: string) => `${body}.${head}.${signature}`,
} as const
