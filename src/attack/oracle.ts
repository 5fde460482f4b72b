/**
 * The policy's own word on what arrived: the gateway's decision function, asked about the request that the upstream
 * saw as if its sender had sent exactly that. There is no second model of what is allowed.
 */
import type { Millis } from '../base/time.ts'
import type { Reason } from '../decision/denial.ts'
import type { CompiledPolicy } from '../policy/model.ts'
import { tokenMaker } from '../testing/tokens.ts'
import { trialOf } from '../testing/trial.ts'
import type { Truth } from './attack.ts'

export type Asked = {
  readonly method: string
  readonly host: string | undefined
  readonly path: string
}

export type Ruling =
  /** `client`: name of the one that the upstream is told of. */
  | {
      readonly allowed: true
      readonly path: string
      readonly route: string
      readonly client: string | undefined
    }
  | { readonly allowed: false; readonly reason: Reason; readonly route: string | undefined }

export type Oracle = (asked: Asked, truth: Truth) => Promise<Ruling>

/**
 * @param policy - the one that the deployment should obey
 * @param now - when the attack takes place: a rule that is only tried out refuses nothing until its day
 */
export function oracleOf(policy: CompiledPolicy, now: Millis): Oracle {
  const trial = trialOf(policy, tokenMaker(now))
  return async (asked, { client, token, scopes, address }) => {
    const line = { ...asked, query: '' }
    const { route } = await trial.meets(line)
    // The trial's clients are those of its own copy of the policy.
    const own = client && trial.policy.clients.find(({ name }) => name === client.name)
    // A secret is no token, and a token no secret: who has the one has not shown the other.
    const counts = (route?.auth === 'token') === (token !== undefined)
    const sent = await trial.credentials({ client: counts ? own : undefined, token, scopes }, route)
    const decision = await trial.decide(line, sent, address)
    if (!decision.allowed) return { allowed: false, reason: decision.denial.reason, route: route?.id }
    const { known } = decision
    return {
      allowed: true,
      path: known.path,
      route: known.route.id,
      client: known.principal.client?.name,
    }
  }
}

/**
 * The path that a forgiving upstream would serve: escapes decoded twice, separators made one kind, parameters and
 * whatever follows a NUL, `?` or `#` cut off, dots resolved. Only for telling what a finding means.
 */
export function forgivingPath(path: string): string {
  const text = decoded(decoded(path))
  const [cut = ''] = text.replaceAll('\0', '#').split(/[?#]/)
  const segments: string[] = []
  for (const part of cut.replaceAll('\\', '/').split('/')) {
    const [segment = ''] = part.split(';')
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

const decoded = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
