/** What is attacked: a deployment that is named, with the policy that it should obey. */
import type { Signer } from '../../attack/forge.ts'
import type { Armed, SceneOptions } from '../../attack/scene.ts'
import { parseAddress } from '../../base/address.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { ClientConfig } from '../../clients/config.ts'
import { demoSecrets } from '../../policy/demo-secrets.ts'
import type { CompiledPolicy } from '../../policy/model.ts'
import type { Target } from './run.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const HTTPS_PORT = 443
const HTTP_PORT = 80

/** @param host - for the Host line, where it is another than the address says */
export function targetOf(url: string, host: string | undefined): Result<Target, string> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.href !== `${parsed.origin}/`) {
    return fail('--url takes http://host[:port] or https://host[:port], and no path')
  }
  const tls = parsed.protocol === 'https:'
  const port = parsed.port === '' ? (tls ? HTTPS_PORT : HTTP_PORT) : Number(parsed.port)
  const name = parsed.hostname.replace(/^\[|\]$/g, '')
  return ok({ peer: { host: name, port, tls }, host: host ?? parsed.host })
}

/** The variable that holds a client's secret, so that no secret stands in a command line or its history. */
export const secretVariable = (client: string): string => `SALLYPORT_SECRET_${shout(client)}`

/** The variable that holds an issuer's private key, as a JWK for ES256. */
export const keyVariable = (issuer: string): string => `SALLYPORT_KEY_${shout(issuer)}`

const shout = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_')

/**
 * The clients that the attack can be, with their secrets.
 *
 * @param names - of clients; without any, all whose secret is at hand
 */
export function armedFrom(
  { clients }: CompiledPolicy,
  names: readonly string[],
  environment: Environment,
): Result<readonly Armed[], string> {
  const unknown = names.find((name) => !clients.some((client) => client.name === name))
  if (unknown !== undefined) return fail(`--client ${unknown}: the policy has no such client`)
  const meant = names.length === 0 ? clients : clients.filter(({ name }) => names.includes(name))
  const armed = meant.flatMap((client) => {
    const secret = environment[secretVariable(client.name)] ?? publishedSecret(client)
    return secret === undefined || secret === '' ? [] : [{ client, secret }]
  })
  const bare = names.find((name) => !armed.some(({ client }) => client.name === name))
  return bare === undefined
    ? ok(armed)
    : fail(`the secret of ${bare} is read from ${secretVariable(bare)}, which is empty`)
}

/** The demonstration's clients have secrets that everybody knows. */
const publishedSecret = ({ secrets }: ClientConfig): string | undefined =>
  typeof secrets === 'string' ? undefined : demoSecrets.get(`sha256:${secrets[0]?.sha256}`)

/**
 * Issuers whose key the attacker was given: forged tokens are good ones with one thing wrong, and somebody must make those.
 *
 * @returns none where no key is in the environment; a text for the person where one is no key
 */
export function signersFrom(
  { tokens }: CompiledPolicy,
  environment: Environment,
  now: Signer['now'],
): Result<readonly Signer[], string> {
  const signers: Signer[] = []
  for (const issuer of tokens) {
    const text = environment[keyVariable(issuer.name)]
    if (!text) continue
    const key = jwkIn(text)
    // The text is a key: it is not repeated.
    if (key === undefined) return fail(`${keyVariable(issuer.name)} is no private JWK of the curve P-256`)
    signers.push({ issuer, key, now })
  }
  return ok(signers)
}

/** RFC 7518 section 6.2: the private form of an EC key. */
function jwkIn(text: string): JsonWebKey | undefined {
  try {
    const { kty, crv, x, y, d } = JSON.parse(text)
    const isKey = kty === 'EC' && crv === 'P-256' && [x, y, d].every((part) => typeof part === 'string')
    return isKey ? { kty, crv, x, y, d } : undefined
  } catch {
    return undefined
  }
}

/** @returns undefined where nothing was said: then the attack stands in the place of the proxy */
export function seenAsOf(text: string | undefined): Result<SceneOptions['seenAs'], string> {
  if (text === undefined) return ok(undefined)
  const address = parseAddress(text)
  return address.ok ? ok(address.value) : fail(`--seen-as ${text} is no address`)
}
