/** The requests of the corpus as they are sent, and as somebody would ask `explain` about them. */
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { TokenConfig } from '../../src/authentication/config.ts'
import { digestOf } from '../../src/policy/digest.ts'
import type { CompiledPolicy } from '../../src/policy/model.ts'
import type { RouteConfig } from '../../src/routing/config.ts'
import type { Drawn, Scopes, Sender } from './corpus.ts'
import { secretOf } from './corpus-clients.ts'
import { basic } from './facts.ts'
import { rawRequest } from './raw.ts'

/** What `explain` can be told of the sender. */
export type Asked = { readonly client?: string; readonly token?: string; readonly scopes?: readonly string[] }

export type Wire = {
  /** Of HTTP/1.1, whole. */
  readonly text: string
  /** Undefined where the credentials are wrong: those cannot be asked about. */
  readonly asked: Asked | undefined
}

export type Writer = {
  /** The policy, with issuers whose tokens can be made here, and limits of few that are met, and trials. */
  readonly policy: CompiledPolicy
  readonly write: (drawn: Drawn) => Promise<Wire>
}

const NEVER = { rate: 1_000_000, burst: 1_000_000 }

/** Groups that some requests are to be refused by, and those of them that are only tried out. */
const STRICT = ['public', 'oauth2', 'developer', 'admin']
const SOON = { rate: 1, burst: 2 }
const TRIED = ['developer']

/** What is tried out is so for longer than this test is kept. */
const TRIAL = { reportOnlyUntil: Date.UTC(2099, 0) }

/** Of so many routes, one is tried out. */
const TRIED_ROUTES = 7

export async function writerFor(original: CompiledPolicy): Promise<Writer> {
  const [own, other] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256'),
  ])
  const jwk = { ...(await exportJWK(own.publicKey)), alg: 'ES256' }
  const { digest, ...rest } = original
  const changed = {
    ...rest,
    decisionLog: { allowed: 1, clientAddress: 'full' as const },
    rateGroups: original.rateGroups.map(({ average, ...group }) => ({
      ...group,
      ...(STRICT.includes(group.name) ? SOON : NEVER),
      ...(TRIED.includes(group.name) && TRIAL),
    })),
    routes: original.routes.map((route, at) => (at % TRIED_ROUTES === 0 ? { ...route, ...TRIAL } : route)),
    tokens: original.tokens.map((issuer) => trusting(issuer, jwk)),
  }
  const policy = { ...changed, digest: await digestOf(changed) }
  const keys = { own: own.privateKey, other: other.privateKey }
  return { policy, write: (drawn) => wireOf(drawn, policy, keys) }
}

const trusting = ({ introspection, ...issuer }: TokenConfig, jwk: JWK): TokenConfig => ({
  ...issuer,
  keys: { jwks: { keys: [{ ...jwk }] } },
  algorithms: ['ES256'],
})

type Keys = { readonly own: CryptoKey; readonly other: CryptoKey }

type Sent = {
  readonly authorization?: string
  readonly query?: string
  readonly form?: Readonly<Record<string, string>>
  readonly asked: Asked | undefined
}

async function wireOf(drawn: Drawn, policy: CompiledPolicy, keys: Keys): Promise<Wire> {
  const { method, path, host, address, upgrade } = drawn
  const { authorization, query, form, asked } = await sentBy(drawn, policy, keys)
  const queries = [drawn.query, query].filter(Boolean).join('&')
  const target = queries === '' ? path : `${path}?${queries}`
  const headers = [
    `Host: ${host}`,
    ...(address === undefined ? [] : [`CF-Connecting-IP: ${address}`]),
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...(upgrade === undefined ? [] : [`Upgrade: ${upgrade}`]),
    ...(form === undefined ? [] : ['Content-Type: application/x-www-form-urlencoded']),
  ]
  const body = form === undefined ? '' : new URLSearchParams(form).toString()
  return { text: rawRequest(`${method} ${target}`, headers, body), asked }
}

async function sentBy(drawn: Drawn, policy: CompiledPolicy, keys: Keys): Promise<Sent> {
  const { sender, meant } = drawn
  switch (sender.kind) {
    case 'nobody':
      return { asked: {} }
    case 'client':
      return byClient(sender, drawn, policy, keys)
    case 'wrong_secret':
      return { authorization: basic(sender.name, 'wrong'), asked: undefined }
    case 'with_another': {
      const authorization = basic(sender.name, secretOf(sender.name))
      return { authorization, query: 'client_id=other', form: { client_id: 'other' }, asked: undefined }
    }
    case 'stranger':
      return { authorization: basic('stranger', secretOf('stranger')), asked: undefined }
    case 'bearer':
      return withToken(meant, undefined, scopesOf(sender.scopes, drawn), policy, keys)
    case 'bad_token':
      return { authorization: `Bearer ${await badToken(sender.how, meant, policy, keys)}`, asked: undefined }
  }
}

type ByClient = Extract<Sender, { readonly kind: 'client' }>

async function byClient(sender: ByClient, drawn: Drawn, policy: CompiledPolicy, keys: Keys): Promise<Sent> {
  const { meant } = drawn
  const { name } = sender
  const scopes = scopesOf(sender.scopes, drawn)
  const authorization = basic(name, secretOf(name))
  switch (meant?.auth) {
    case undefined:
    case 'basic':
    case 'none':
      return { authorization, asked: { client: name } }
    case 'client_id':
      return { query: `client_id=${name}`, asked: { client: name } }
    case 'token':
      return withToken(meant, name, scopes, policy, keys)
    case 'client': {
      const asks = meant.client?.tokenRequest === true
      const form = asks
        ? { grant_type: 'client_credentials', ...(scopes.length > 0 && { scope: scopes.join(' ') }) }
        : undefined
      const asked = { client: name, ...(asks && { scopes }) }
      const { secrets, authentication } = policy.clients.find((client) => client.name === name) ?? {}
      if (secrets === 'none') return { form: { ...form, client_id: name }, asked }
      if (authentication === 'client_secret_post')
        return { form: { ...form, client_id: name, client_secret: secretOf(name) }, asked }
      return { authorization, ...(form && { form }), asked }
    }
  }
}

function scopesOf(which: Scopes, { meant, method }: Drawn): readonly string[] {
  if (which === 'none') return []
  if (which === 'wrong') return ['nothing.at-all']
  const callers = meant?.callers[method === 'HEAD' ? 'GET' : method]
  return callers?.kind === 'any_of' && callers.scopes.length > 0 ? callers.scopes.slice(-1) : ['openid']
}

const OPAQUE = 'opaque-token-of-the-corpus'

/** Of the route's issuer. Where its tokens name no client, the client is nobody's business. */
async function withToken(
  meant: RouteConfig | undefined,
  client: string | undefined,
  scopes: readonly string[],
  policy: CompiledPolicy,
  keys: Keys,
): Promise<Sent> {
  const issuer = policy.tokens.find(({ name }) => name === meant?.token)
  if (issuer === undefined) return { authorization: `Bearer ${OPAQUE}`, asked: { token: 'upstream' } }
  const named = issuer.clientIdClaim === undefined ? undefined : client
  const authorization = `Bearer ${await signed(issuer, named, scopes, keys.own)}`
  const isNamed = named !== undefined
  if (isNamed) return { authorization, asked: { client: named, scopes } }
  // `explain` makes up a client for scopes alone, as policy tests do.
  const asked = issuer.clientIdClaim === undefined ? { token: issuer.name, scopes } : undefined
  return { authorization, asked }
}

const signed = (
  { issuer, audience, clientIdClaim }: TokenConfig,
  client: string | undefined,
  scopes: readonly string[],
  key: CryptoKey,
  expires: string | number = '1h',
): Promise<string> =>
  new SignJWT({
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    sub: 'somebody',
    ...(client !== undefined && clientIdClaim !== undefined && { [clientIdClaim]: client }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience([...audience])
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key)

async function badToken(
  how: Extract<Sender, { readonly kind: 'bad_token' }>['how'],
  meant: RouteConfig | undefined,
  { tokens }: CompiledPolicy,
  keys: Keys,
): Promise<string> {
  const issuer = tokens.find(({ name }) => name === meant?.token) ?? tokens[0]
  const other = tokens.find(({ name }) => name !== issuer?.name)
  if (issuer === undefined || other === undefined || how === 'garbage') return 'eyJhbGciOiJub25lIn0.e30.'
  if (how === 'other_issuer') return signed(other, 'c-plain', [], keys.own)
  return how === 'expired'
    ? signed(issuer, 'c-plain', [], keys.own, 1_600_000_000)
    : signed(issuer, 'c-plain', [], keys.other)
}
