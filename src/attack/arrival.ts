/** What arrived, put to the policy: whether its sender may do that, and whether the upstream is told the truth. */
import { formatAddress } from '../base/address.ts'
import { foldedName } from '../forwarding/names.ts'
import { type Attack, SPOOF, type Step, type Truth } from './attack.ts'
import type { Carried, Exchange, Finding } from './carried.ts'
import { forgivingPath, type Ruling } from './oracle.ts'
import type { Aim, Scene } from './scene.ts'
import { markOf, type Seen } from './seen.ts'

/**
 * @param seen - one request at the echo
 * @param exchange - the one that it came of
 * @returns nothing where the policy lets it through just as it arrived
 */
export async function ofArrival(
  seen: Seen,
  { step, mark }: Exchange,
  { attack }: Carried,
  scene: Scene,
): Promise<Finding[]> {
  const { aim } = attack
  const say = (meaning: string, came = `${seen.method} ${seen.target}`, row = attack.row): Finding => ({
    row,
    what: attack.what,
    upstream: aim.upstream.name,
    step,
    came,
    meaning,
  })
  if (seen.server === 'canary')
    return [say('the request, credentials and all, went to a server of the attacker')]
  // A request that was hidden in another one has no credentials of its own, wherever it was hidden (threats F1 to F8).
  const isHidden = markOf(seen) !== mark
  const truth: Truth = isHidden ? { address: step.truth.address } : step.truth
  const [path = ''] = seen.target.split('?')
  // The gateway takes the prefix of the mount off; the policy has it.
  const full = aim.upstream.prefix + path
  const ruling = await scene.oracle({ method: seen.method, host: aim.host, path: full }, truth)
  const heard = ofHeaders(seen, ruling, step, aim).map(([came, meaning]) => say(meaning, came))
  if (!ruling.allowed) return [say(await unruly(full, ruling, truth, seen.method, attack, scene)), ...heard]
  if (step.never && !isHidden) return [say('it is ambiguous, and was decided on one reading of it'), ...heard]
  // What was matched is what must be served: escapes that mean the same count as another text (threats P10, P14).
  const written = ruling.path.slice(aim.upstream.prefix.length) || '/'
  return written === path ? heard : [say('the text that arrived is not the one that is matched'), ...heard]
}

/** In words, why the policy would not have let it through, and what it would have opened. */
async function unruly(
  path: string,
  { reason, route }: Extract<Ruling, { allowed: false }>,
  truth: Truth,
  method: string,
  { aim }: Attack,
  { oracle }: Scene,
): Promise<string> {
  const who = truth.client?.name ?? (truth.token === undefined ? 'nobody' : 'the holder of the token')
  const denied = `for ${who} the policy says ${reason}${route === undefined ? '' : ` at ${route}`}`
  const tidy = forgivingPath(path)
  const served = await oracle({ method, host: aim.host, path: tidy }, truth)
  // Only where tidying leads somewhere else is there more to say.
  if (served.allowed || tidy === path || served.route === undefined) return denied
  return `${denied}; an upstream that tidies paths serves ${tidy}, which is ${served.route}`
}

/** What is wrong with a header, and what an upstream would make of it. */
type Misheard = readonly [came: string, meaning: string]

/** The headers as they arrived, and what is known of the request that they came with. */
type Heard = {
  readonly seen: Seen
  readonly valuesOf: (name: string) => readonly string[]
  readonly ruling: Ruling
  readonly step: Step
  readonly aim: Aim
}

function ofHeaders(seen: Seen, ruling: Ruling, step: Step, aim: Aim): readonly Misheard[] {
  // By folded name: to many upstreams `X_Client_Id` is the same field (threat H2).
  const valuesOf = (name: string) =>
    seen.headers.filter(([each]) => foldedName(each) === name).map(([, value]) => value)
  const heard = { seen, valuesOf, ruling, step, aim }
  return [spoofed, identity, lengths, withheld, connection, nominated].flatMap((check) => check(heard))
}

/** Whatever carries the mark of a forgery was written by the caller (threats H1, H2, H6, M1). */
const spoofed = ({ seen }: Heard): Misheard[] =>
  seen.headers
    .filter(([, value]) => value.includes(SPOOF))
    .map(([name]) => [`${name}: ${SPOOF}`, 'the upstream may take it for the gateway’s own word'])

/** Who is calling, once and rightly: two fields, and an upstream may read the other one (threat H4). */
function identity({ valuesOf, ruling }: Heard): Misheard[] {
  if (!ruling.allowed) return []
  const names = valuesOf('x-sallyport-client')
  const isTold = names.length === (ruling.client === undefined ? 0 : 1) && names[0] === ruling.client
  if (isTold) return []
  const came = `X-Sallyport-Client: ${names.join(', ') || '(none)'}`
  return [[came, `the upstream should be told: ${ruling.client ?? 'nobody'}`]]
}

/** RFC 9112 section 6.1: a request with both is how smuggling starts (threat F1). */
const lengths = ({ valuesOf }: Heard): Misheard[] =>
  valuesOf('content-length').length > 0 && valuesOf('transfer-encoding').length > 0
    ? [['Content-Length and Transfer-Encoding', 'the upstream chooses where the request ends']]
    : []

/** Credentials that the policy does not forward, and the caller's own address (threat A1). */
function withheld({ valuesOf, step: { truth }, aim: { upstream } }: Heard): Misheard[] {
  // Cloudflare gives requests of a Worker an address of its own; the caller's is what must not go on.
  const home = truth.address && formatAddress(truth.address)
  const names = [
    ...(upstream.authorization === 'remove' && valuesOf('authorization').length > 0 ? ['authorization'] : []),
    ...(home !== undefined && valuesOf('cf-connecting-ip').includes(home) ? ['cf-connecting-ip'] : []),
  ]
  return names.map((name) => [`${name}: (hidden)`, 'it is for the gateway, and the policy keeps it there'])
}

/** Fields that would turn the connection into something that nobody decides on (threat F9). */
const connection = ({ valuesOf, step: { absent = [] } }: Heard): Misheard[] =>
  absent
    .filter((name) => valuesOf(name).length > 0)
    .map((name) => [
      `${name}: ${valuesOf(name).join(', ')}`,
      'it changes what the rest of the connection means',
    ])

/** Fields that the caller tried to have removed by naming them in Connection (threat H3). */
const nominated = ({ valuesOf, step: { needs = [] } }: Heard): Misheard[] =>
  needs
    .filter((name) => valuesOf(name).length === 0)
    .map((name) => [`no ${name}`, 'the caller had a header of the gateway’s removed'])
