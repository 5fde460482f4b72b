/** Tokens of the policy's issuers, signed with a key of the test run's own. The rest of the check is the real one. */
import { generateKeyPair, SignJWT } from 'jose'
import type { TokenConfig } from '../authentication/config.ts'
import type { KeyFinder } from '../authentication/keys.ts'
import type { Introspect } from '../authentication/opaque.ts'
import { fail, ok } from '../base/result.ts'
import type { Millis } from '../base/time.ts'
import type { AssertionConfig, ClientConfig } from '../clients/config.ts'

const ALGORITHM = 'ES256'

/** How long a token lives: long enough for the instant at which all tests take place. */
const LIFETIME_MS = 300_000

/** Shorter than what any client may set as the longest. */
const ASSERTION_LIFETIME_MS = 1000

/** For routes whose upstream checks the token: well formed, and of no issuer. */
export const OPAQUE_TOKEN = 'opaque-token-of-a-policy-test'

export type TokenClaims = {
  readonly scopes: readonly string[] | undefined
  /** The client that the token is for, where the issuer's tokens name one. */
  readonly clientId: string | undefined
}

export type TokenMaker = {
  /** When its tokens are issued, and when everything takes place that they are sent to. */
  readonly now: Millis
  readonly keys: KeyFinder
  /** Nobody is asked: in a run even an issuer of opaque tokens issues JWTs. */
  readonly introspect: Introspect
  /** The issuer as the run's copy of the policy has it: with the run's own key and algorithm and nothing else. */
  readonly trusting: (issuer: TokenConfig) => TokenConfig
  /** The client as the run's copy of the policy has it, where it signs assertions: with the run's own key. */
  readonly trustingClient: (client: ClientConfig) => ClientConfig
  readonly sign: (issuer: TokenConfig, claims: TokenClaims) => Promise<string>
  /** A client assertion (RFC 7523), another one at each call. */
  readonly assert: (clientId: string, audience: string) => Promise<string>
}

/** @param now - when the tokens are issued */
export function tokenMaker(now: Millis): TokenMaker {
  const signed = new Map<string, Promise<string>>()
  let assertions = 0
  let pair: ReturnType<typeof generateKeyPair> | undefined
  // Most policies never need it, and a key takes longer than a hundred cases.
  const keyPair = () => {
    pair ??= generateKeyPair(ALGORITHM)
    return pair
  }
  return {
    now,
    keys: async () => ok((await keyPair()).publicKey),
    introspect: async () => fail('a policy test asks nobody'),
    trusting: ({ introspection, ...issuer }) => ({
      ...issuer,
      keys: { jwks: { keys: [] } },
      algorithms: [ALGORITHM],
    }),
    trustingClient: (client) =>
      client.assertion === undefined ? client : { ...client, assertion: trusted(client.assertion) },
    assert: async (clientId, audience) => {
      const exp = Math.floor(now / 1000) + ASSERTION_LIFETIME_MS / 1000
      const jti = `policy-test-${++assertions}`
      return sign(
        { iss: clientId, sub: clientId, aud: audience, exp, jti },
        'JWT',
        (await keyPair()).privateKey,
      )
    },
    sign: (issuer, claims) => {
      const payload = payloadOf(issuer, claims, now)
      const key = JSON.stringify(payload)
      const token = signed.get(key) ?? keyPair().then(({ privateKey }) => sign(payload, 'at+jwt', privateKey))
      signed.set(key, token)
      return token
    },
  }
}

const sign = (payload: Record<string, unknown>, typ: string, key: CryptoKey): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: ALGORITHM, typ }).sign(key)

const trusted = ({ allowedKeyIds, ...assertion }: AssertionConfig): AssertionConfig => ({
  ...assertion,
  keys: { jwks: { keys: [] } },
  algorithms: [ALGORITHM],
})

/** The claim that names the client comes last: it may be `sub`. */
function payloadOf(
  issuer: TokenConfig,
  { scopes, clientId }: TokenClaims,
  now: Millis,
): Record<string, unknown> {
  const seconds = Math.floor(now / 1000)
  return {
    iss: issuer.issuer,
    aud: issuer.audience[0],
    iat: seconds,
    exp: seconds + LIFETIME_MS / 1000,
    sub: 'policy-test',
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
    ...(clientId === undefined || issuer.clientIdClaim === undefined
      ? {}
      : { [issuer.clientIdClaim]: clientId }),
  }
}
